//! Attempts that must end before their handlers are done: timeouts, deadlines, cancellation.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use qctl::clock;
use qctl::task::State;
use qctl::task::transition::Verdict;
use qctl::worker::{Ended, Event, Route, Stop, StopReason};

use super::crew::{AtWork, Gate, Outcome, failure, route, succeed, until_stopped};
use super::shop::{Shop, id, queue, task};
use crate::harness::qctl::Qctl;
use crate::harness::{SOON, eventually};

const CANCELLED: &str = "cancelled";

#[track_caller]
fn error_of(ended: Ended) -> String {
    match ended {
        Ended::Retry { error, .. } => error,
        other => panic!("not retried: {other:?}"),
    }
}

#[test]
fn an_attempt_ends_with_the_timeout_of_its_handler_or_its_task() {
    let shop = Shop::open();
    shop.enqueue(&task("one"));
    let mut route = until_stopped("t");
    route.timeout = Some(Duration::from_millis(20));
    let worker = shop.crew().route(route).start();
    assert_eq!(error_of(worker.finished("one")), "timed out after 20ms");
    worker.stop();
    shop.enqueue(&task("two").with(|options| options.timeout = Some(Duration::from_secs(1))));
    let worker = shop.crew().route(until_stopped("t")).start();
    assert_eq!(error_of(worker.finished("two")), "timed out after 1s");
    worker.stop();
    assert_eq!(shop.counters(), (2, 2));
}

/// Whatever a handler says once its time is over, it is over.
#[test]
fn a_late_success_is_a_timeout() {
    let shop = Shop::open();
    shop.enqueue(&task("one"));
    let mut route = route("t", |_, mut stop| async move {
        assert_eq!(stop.requested().await, StopReason::TimedOut);
        Ok(Vec::new())
    });
    route.timeout = Some(Duration::from_millis(20));
    let worker = shop.crew().route(route).start();
    assert_eq!(error_of(worker.finished("one")), "timed out after 20ms");
}

#[test]
fn a_deadline_in_the_past_fails_without_running_anything() {
    let shop = Shop::open();
    shop.enqueue(
        &task("one")
            .with(|options| options.deadline = Some(clock::now() - Duration::from_secs(60))),
    );
    let ran = Arc::new(AtomicUsize::new(0));
    let counting = Arc::clone(&ran);
    let route = route("t", move |_, _| {
        counting.fetch_add(1, Ordering::Relaxed);
        async { Ok(Vec::new()) }
    });
    let worker = shop.crew().route(route).start();
    assert_eq!(
        error_of(worker.finished("one")),
        "timed out before it started"
    );
    worker.stop();
    assert_eq!(ran.load(Ordering::Relaxed), 0);
    assert_eq!(shop.state("one"), Some(State::Retry));
}

#[test]
fn a_limit_beyond_the_last_date_is_no_limit() {
    let shop = Shop::open();
    shop.enqueue(&task("one"));
    let mut route = succeed("t");
    route.timeout = Some(Duration::MAX);
    let worker = shop.crew().route(route).start();
    assert_eq!(worker.finished("one"), Ended::Done);
}

/// The time that a task waits for others of its type is not its own.
#[test]
fn a_timeout_begins_when_the_handler_does() {
    let shop = Shop::open();
    let gate = Gate::closed();
    let mut route = gate.route("t");
    route.concurrency = Some(1);
    shop.enqueue(&task("one"));
    let worker = shop.crew().slots(2).route(route).start();
    worker.started("one");
    shop.enqueue(&task("two").with(|options| options.timeout = Some(Duration::from_secs(1))));
    shop.reaches("two", State::Retry);
    let claimed = std::time::Instant::now();
    eventually(SOON, || {
        (claimed.elapsed() > Duration::from_millis(1500)).then_some(())
    });
    gate.open();
    assert_eq!(worker.finished("one"), Ended::Done);
    assert_eq!(worker.finished("two"), Ended::Done);
}

/// Cancels until a worker has heard: it may not listen yet.
#[track_caller]
fn cancel(shop: &Shop, text: &str) {
    eventually(SOON, || {
        let heard = shop.ask(async |broker| broker.cancel(&id(text)).await);
        (heard.unwrap() > Some(0)).then_some(())
    });
}

fn at_work(shop: &Shop, route: Route) -> AtWork {
    shop.enqueue(&task("one"));
    let worker = shop.crew().slots(2).route(route).start();
    worker.started("one");
    worker
}

#[test]
fn a_cancelled_attempt_fails_and_is_retried() {
    let shop = Shop::open();
    let worker = at_work(&shop, until_stopped("t"));
    cancel(&shop, "another");
    cancel(&shop, "one");
    assert_eq!(error_of(worker.finished("one")), CANCELLED);
    worker.stop();
    assert_eq!(shop.counters(), (1, 1));
    let message = shop.find("one").unwrap().message.unwrap();
    assert_eq!(
        (message.retried, message.last_error.as_str()),
        (1, CANCELLED)
    );
}

#[test]
fn qctl_cancel_reaches_the_worker() {
    let shop = Shop::open();
    let worker = at_work(&shop, until_stopped("t"));
    // Once the worker listens, which `cancel` above waits for.
    cancel(&shop, "another");
    Qctl::new(&shop.redis)
        .args(["cancel", "one", "-o", "id"])
        .run_unchecked()
        .expect_code(0);
    assert_eq!(error_of(worker.finished("one")), CANCELLED);
}

#[test]
fn a_cancelled_handler_may_have_the_last_word() {
    type Say = fn() -> Outcome;
    type Expect = fn(&Ended) -> bool;
    let verdicts: [(Say, Expect); 3] = [
        (|| Ok(Vec::new()), |ended| *ended == Ended::Done),
        (
            || Err(failure(Verdict::GiveUp)),
            |ended| matches!(ended, Ended::Archived { error } if error == "boom"),
        ),
        (
            || Err(failure(Verdict::Release)),
            |ended| matches!(ended, Ended::Released { error, .. } if error == "boom"),
        ),
    ];
    for (say, expected) in verdicts {
        let shop = Shop::open();
        let worker = at_work(
            &shop,
            route("t", move |_, mut stop: Stop| async move {
                assert_eq!(stop.requested().await, StopReason::Cancelled);
                say()
            }),
        );
        cancel(&shop, "one");
        let ended = worker.finished("one");
        assert!(expected(&ended), "{ended:?}");
    }
}

/// A cancellation names no queue, so it is for both.
#[test]
fn two_queues_may_hold_the_same_id() {
    let shop = Shop::open();
    for name in ["a", "b"] {
        shop.enqueue(&task("same").with(|options| options.queue = queue(name)));
    }
    let worker = shop
        .crew()
        .slots(2)
        .weights(&[("a", 1), ("b", 1)])
        .route(until_stopped("t"))
        .start();
    let started = |name: &'static str| {
        worker.wait_for(|event| {
            matches!(event, Event::Started(task) if task.queue.as_str() == name).then_some(())
        });
    };
    started("a");
    started("b");
    // Both leases are kept, though there is but one id.
    for name in ["a", "b"] {
        let lease = qctl::broker::keys::QueueKeys::new(&queue(name)).lease();
        let end = shop.redis.query::<f64>(&["ZSCORE", &lease, "same"]);
        let rewound = (end - 20.0).to_string();
        shop.redis.cmd(&["ZADD", &lease, &rewound, "same"]);
        eventually(SOON, || {
            let now = shop.redis.query::<f64>(&["ZSCORE", &lease, "same"]);
            (now >= end).then_some(())
        });
    }
    cancel(&shop, "same");
    eventually(SOON, || {
        let state = |name| shop.find_in(name, "same").map(|found| found.state);
        (state("a") == Some(State::Retry) && state("b") == Some(State::Retry)).then_some(())
    });
}
