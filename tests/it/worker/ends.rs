//! What becomes of a task when its handler is done.

use std::time::Duration;

use futures_util::future::BoxFuture;
use qctl::task::transition::{Failure, RetryPolicy, TaskResult, Verdict};
use qctl::task::{Backoff, NewTask, QueueName, State};
use qctl::worker::{Attempt, Ended, Event, Route, Stop, Unmatched};

use super::crew::{ended_of, failure, route, succeed};
use super::shop::{Shop, keys, seconds_until, task};

/// A route whose tasks fail, with another attempt after ten minutes.
fn fail(verdict: Verdict) -> Route {
    let mut route = route("t", move |_, _| async move { Err(failure(verdict)) });
    route.retry.backoff = Backoff::Constant(Duration::from_secs(600));
    route
}

fn retries(max_retry: i32) -> NewTask {
    task("one").with(|options| options.max_retry = max_retry)
}

/// Works a task off that is enqueued first, and tells how its attempt ended.
#[track_caller]
fn end(shop: &Shop, task: &NewTask, route: Route) -> Ended {
    shop.enqueue(task);
    let events = shop.crew().route(route).work_off();
    events
        .iter()
        .find_map(|event| ended_of(event, "one"))
        .unwrap()
}

#[test]
fn a_success_is_deleted_or_kept_with_its_result() {
    let shop = Shop::open();
    let kept = NewTask {
        id: super::shop::id("kept"),
        ..task("one")
    }
    .with(|options| options.retention = Duration::from_secs(600));
    shop.enqueue(&kept);
    let result = route("t", |_, _| async { Ok(b"\xff42".to_vec()) });
    assert_eq!(end(&shop, &task("one"), result), Ended::Done);
    assert_eq!(shop.state("one"), None);
    let found = shop.find("kept").unwrap();
    assert_eq!(
        (found.state, found.result.as_deref()),
        (State::Completed, Some(b"\xff42".as_slice()))
    );
    assert!((590..=600).contains(&seconds_until(found.score.unwrap())));
    let completed_at = found.message.unwrap().completed_at;
    assert!((-10..=0).contains(&(completed_at - qctl::clock::now().timestamp())));
    assert_eq!(shop.counters(), (2, 0));
    assert_eq!(shop.list(&keys().active()), [""; 0]);
    assert_eq!(shop.lease_of("one").or(shop.lease_of("kept")), None);
}

#[test]
fn a_failure_is_tried_again_after_the_delay_of_the_policy() {
    let policies = [
        (Backoff::Asynq, 15..=44),
        (Backoff::Constant(Duration::from_secs(600)), 600..=600),
        (
            Backoff::Exponential {
                min: Duration::from_secs(100),
                max: Duration::from_secs(3600),
            },
            90..=100,
        ),
    ];
    for (backoff, expected) in policies {
        let shop = Shop::open();
        let mut route = fail(Verdict::Retry);
        route.retry.backoff = backoff.clone();
        let Ended::Retry { error, at } = end(&shop, &task("one"), route) else {
            panic!("not retried");
        };
        assert_eq!(error, "boom");
        let found = shop.find("one").unwrap();
        assert_eq!((found.state, found.score), (State::Retry, Some(at)));
        let message = found.message.unwrap();
        assert_eq!((message.retried, message.last_error.as_str()), (1, "boom"));
        // Rounded up to a second, and a second or two for the test to come here.
        let delay = at.timestamp() - message.last_failed_at;
        let range = *expected.start()..=expected.end() + 2;
        assert!(range.contains(&delay), "{backoff:?}: {delay}");
        assert_eq!(shop.counters(), (1, 1));
    }
}

#[test]
fn the_smaller_limit_of_task_and_handler_decides_when_to_give_up() {
    for (of_task, of_handler, archived) in [
        (0, None, true),
        (1, None, false),
        (5, Some(0), true),
        (0, Some(5), true),
        (5, Some(5), false),
    ] {
        let shop = Shop::open();
        let mut route = fail(Verdict::Retry);
        route.retry.max = of_handler;
        let ended = end(&shop, &retries(of_task), route);
        assert_eq!(
            matches!(ended, Ended::Archived { .. }),
            archived,
            "{of_task} {of_handler:?}: {ended:?}"
        );
        let expected = if archived {
            (State::Archived, 0)
        } else {
            (State::Retry, 1)
        };
        let found = shop.find("one").unwrap();
        let message = found.message.unwrap();
        assert_eq!((found.state, message.retried), expected);
        assert_eq!(message.last_error, "boom");
        assert_eq!(shop.counters(), (1, 1));
    }
}

#[test]
fn an_exhausted_task_is_archived_after_its_last_attempt() {
    let shop = Shop::open();
    shop.enqueue(&retries(1));
    let mut route = fail(Verdict::Retry);
    route.retry.backoff = Backoff::Constant(Duration::ZERO);
    let worker = shop.crew().route(route).start();
    shop.reaches("one", State::Archived);
    let events = worker.stop();
    let ended: Vec<_> = events
        .iter()
        .filter_map(|event| ended_of(event, "one"))
        .collect();
    let [Ended::Retry { .. }, Ended::Archived { .. }] = ended[..] else {
        panic!("{ended:?}");
    };
    assert_eq!(shop.counters(), (2, 2));
}

#[test]
fn giving_up_archives_whatever_is_left() {
    let shop = Shop::open();
    let ended = end(&shop, &task("one"), fail(Verdict::GiveUp));
    let error = "boom".to_owned();
    assert_eq!(ended, Ended::Archived { error });
    assert_eq!(shop.state("one"), Some(State::Archived));
    assert_eq!(shop.counters(), (1, 1));
}

#[test]
fn a_release_counts_nothing_even_when_no_retry_is_left() {
    for max_retry in [25, 0] {
        let shop = Shop::open();
        let ended = end(&shop, &retries(max_retry), fail(Verdict::Release));
        assert!(matches!(ended, Ended::Released { .. }), "{ended:?}");
        let found = shop.find("one").unwrap();
        assert_eq!(
            (found.state, found.message.unwrap().retried),
            (State::Retry, 0)
        );
        assert_eq!(shop.counters(), (0, 0));
    }
}

fn explode(_: &Attempt, _: Stop) -> BoxFuture<'_, Result<TaskResult, Failure>> {
    panic!("before the first await")
}

#[test]
fn a_panic_is_a_failure_and_frees_the_slot() {
    let late = route("t", |attempt, _| async move {
        panic!("while handling {}", attempt.message.id)
    });
    let early = Route::new("t", explode);
    for (route, expected) in [
        (late, "while handling one"),
        (early, "before the first await"),
    ] {
        let shop = Shop::open();
        shop.enqueue(&task("one"));
        shop.enqueue(&super::shop::typed("next", "two"));
        let worker = shop.crew().route(route).route(succeed("next")).start();
        let Ended::Retry { error, .. } = worker.finished("one") else {
            panic!("not retried");
        };
        assert_eq!(error, format!("the handler panicked: {expected}"));
        assert_eq!(worker.finished("two"), Ended::Done);
        worker.stop();
        assert_eq!(shop.state("one"), Some(State::Retry));
    }
}

#[test]
fn a_task_without_a_handler_fails_or_is_released() {
    for (unmatched, counters, retried) in [
        (Unmatched::Fail, (1, 1), 1),
        (Unmatched::Release, (0, 0), 0),
    ] {
        let shop = Shop::open();
        shop.enqueue(&task("one"));
        let crew = shop.crew().route(succeed("other"));
        let events = crew.mux(|mux| mux.unmatched = unmatched).work_off();
        let ended = events.iter().find_map(|event| ended_of(event, "one"));
        let Some(Ended::Retry { error, .. } | Ended::Released { error, .. }) = ended else {
            panic!("{ended:?}");
        };
        assert_eq!(error, "handler not found for task \"t\"");
        assert_eq!(shop.counters(), counters);
        assert_eq!(shop.find("one").unwrap().message.unwrap().retried, retried);
    }
}

#[test]
fn discarded_tasks_are_done_without_a_word() {
    let shop = Shop::open();
    shop.enqueue_many(&QueueName::default(), "n", 300);
    let events = shop.crew().route(Route::discard("t")).work_off();
    let told = |event: &Event| matches!(event, Event::Started(_) | Event::Finished { .. });
    assert!(!events.iter().any(told), "{events:?}");
    assert_eq!(shop.counters(), (300, 0));
    let keys: Vec<String> = shop.redis.query(&["KEYS", "asynq:{default}:t:*"]);
    assert_eq!(keys, [""; 0]);
}

#[test]
fn a_handler_gets_the_properties_of_its_task() {
    let shop = Shop::open();
    let seen = NewTask {
        payload: Some(b"\0\xff".to_vec()),
        ..task("one")
    }
    .with(|options| {
        options.headers = [("k".to_owned(), "vé".to_owned())].into();
        options.timeout = Some(Duration::from_secs(60));
        options.retention = Duration::from_secs(60);
    });
    let tell = route("t", |attempt, _| async move {
        let left = seconds_until(attempt.deadline);
        assert!((50..=60).contains(&left), "{left}");
        let message = attempt.message;
        Ok(format!("{:?} {:?}", message.payload, message.headers).into_bytes())
    });
    assert_eq!(end(&shop, &seen, tell), Ended::Done);
    let result = shop.find("one").unwrap().result.unwrap();
    assert_eq!(
        String::from_utf8(result).unwrap(),
        "[0, 255] {\"k\": \"vé\"}"
    );
    // What the policy of a route is unless it says otherwise.
    assert_eq!(RetryPolicy::default().backoff, Backoff::Asynq);
}
