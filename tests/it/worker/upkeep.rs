//! Tasks that are due, abandoned, expired or broken.

use std::time::{Duration, Instant};

use qctl::broker::Container;
use qctl::broker::keys::QueueKeys;
use qctl::clock;
use qctl::task::new::Start;
use qctl::task::transition::Move;
use qctl::task::{Message, NewTask, QueueName, State};
use qctl::worker::{Ended, Event, Queues, Settings};

use super::crew::succeed;
use super::shop::{Shop, id, keys, queue, task};
use crate::harness::{SOON, eventually};

/// How much later than `at` an event was, in seconds.
fn late(since: chrono::DateTime<chrono::Utc>) -> f64 {
    (clock::now() - since).as_seconds_f64()
}

#[test]
fn scheduled_tasks_and_retries_start_when_they_are_due() {
    let shop = Shop::open();
    let due = clock::now() + Duration::from_secs(1);
    shop.enqueue(&NewTask {
        start: Start::At(due),
        ..task("scheduled")
    });
    // One that failed, in the state in which a worker leaves it.
    shop.enqueue(&task("failed"));
    let (pending, retry) = (keys().pending(), keys().retry());
    shop.redis.cmd(&["LREM", &pending, "1", "failed"]);
    let due_at = shop.find("scheduled").unwrap().score.unwrap();
    let score = due_at.timestamp().to_string();
    shop.redis.cmd(&["ZADD", &retry, &score, "failed"]);
    shop.redis
        .cmd(&["HSET", &keys().task(&id("failed")), "state", "retry"]);
    let worker = shop.crew().slots(2).route(succeed("t")).start();
    for name in ["scheduled", "failed"] {
        worker.started(name);
        let late = late(due_at);
        assert!((0.0..1.5).contains(&late), "{name}: {late}");
    }
}

/// Makes tasks active as a worker does that then vanishes without a trace.
fn abandon(shop: &Shop, tasks: &[NewTask]) {
    for task in tasks {
        shop.enqueue(task);
        let claim = async |broker: &qctl::broker::Broker| {
            broker.claim(&task.options.queue, 1, clock::now()).await
        };
        assert_eq!(shop.ask(claim).unwrap().claims.len(), 1);
    }
}

#[test]
fn what_vanished_workers_left_is_retried_or_archived() {
    let shop = Shop::open();
    let last = task("last").with(|options| options.max_retry = 0);
    abandon(&shop, &[task("again"), last]);
    shop.rewind_leases();
    abandon(&shop, &[task("held")]);
    let worker = shop.crew().route(succeed("t")).start();
    let again = shop.reaches("again", State::Retry).message.unwrap();
    let error = "asynq: task lease expired";
    assert_eq!((again.last_error.as_str(), again.retried), (error, 1));
    let last = shop.reaches("last", State::Archived).message.unwrap();
    assert_eq!((last.last_error.as_str(), last.retried), (error, 0));
    assert_eq!(shop.counters(), (2, 2));
    // Its worker may still be there.
    assert_eq!(shop.state("held"), Some(State::Active));
    let events = worker.stop();
    let recovered = |event: &&Event| matches!(event, Event::Recovered { .. });
    assert_eq!(events.iter().filter(recovered).count(), 2);
}

/// It may be what kills them. With many retries left, a worker would be lost each time.
#[test]
fn a_task_that_no_worker_survives_is_archived() {
    let shop = Shop::open();
    abandon(&shop, &[task("deadly")]);
    let often = |settings: &mut Settings| {
        settings.timing.recovery = Duration::from_millis(100);
        settings.max_workers_lost = 2;
        settings.queues = Queues::Weighted(vec![(queue("other"), 1)]);
    };
    let recoverer = shop.crew().with(often).start();
    let (queue, id) = (QueueName::default(), id("deadly"));
    for lost in 1..=3 {
        shop.rewind_leases();
        let ended = recoverer.wait_for(|event| match event {
            Event::Recovered { task, ended } if task.retried == lost - 1 => Some(ended.clone()),
            _ => None,
        });
        if lost == 3 {
            let error = "asynq: task lease expired: 3 workers in a row have vanished while they ran this task";
            let error = error.to_owned();
            assert_eq!(ended, Ended::Archived { error });
            break;
        }
        assert!(matches!(ended, Ended::Retry { .. }), "{ended:?}");
        shop.ask(async |broker| {
            let run = broker.apply(&queue, Move::Retry, std::slice::from_ref(&id), broker.now());
            run.await.unwrap();
            broker.claim(&queue, 1, broker.now()).await.unwrap();
        });
    }
    let archived = shop.reaches("deadly", State::Archived).message.unwrap();
    assert_eq!(archived.retried, 2);
}

/// One that is seen without a lease once may be on its way.
#[test]
fn active_tasks_without_a_lease_are_recovered_in_the_second_round() {
    let shop = Shop::open();
    abandon(&shop, &[task("sign")]);
    shop.rewind_leases();
    abandon(&shop, &[task("lost")]);
    shop.redis.cmd(&["ZREM", &keys().lease(), "lost"]);
    let often = |settings: &mut Settings| settings.timing.recovery = Duration::from_secs(1);
    let worker = shop.crew().with(often).route(succeed("t")).start();
    let recovered = |name: &'static str| {
        worker.wait_for(|event| match event {
            Event::Recovered { task, .. } if task.id.as_str() == name => Some(()),
            _ => None,
        });
    };
    recovered("sign");
    assert_eq!(shop.state("lost"), Some(State::Active));
    recovered("lost");
    let message = shop.reaches("lost", State::Retry).message.unwrap();
    assert_eq!(message.last_error, "asynq: task lease expired");
}

#[test]
fn queues_without_a_server_are_looked_after() {
    let shop = Shop::open();
    let elsewhere = queue("elsewhere");
    let there = |name: &str| task(name).with(|options| options.queue = elsewhere.clone());
    let keys = QueueKeys::new(&elsewhere);
    abandon(&shop, &[there("abandoned")]);
    shop.redis.cmd(&["ZADD", &keys.lease(), "1", "abandoned"]);
    shop.enqueue(&NewTask {
        start: Start::At(clock::now() + Duration::from_secs(600)),
        ..there("due")
    });
    shop.redis.cmd(&["ZADD", &keys.scheduled(), "1", "due"]);
    let worker = shop.crew().route(succeed("t")).start();
    let reaches = |name: &str, state| {
        eventually(SOON, || {
            shop.find_in("elsewhere", name)
                .filter(|found| found.state == state)
        });
    };
    reaches("abandoned", State::Retry);
    reaches("due", State::Pending);
    worker.stop();
}

/// Each worker used to look after all queues: a thousand of them, and fifty workers, kept Redis busy.
#[test]
fn one_worker_looks_after_the_queues_of_all() {
    let shop = Shop::open();
    for n in 0..200 {
        let elsewhere = queue(&format!("elsewhere-{n}"));
        shop.enqueue(&task("t").with(|options| options.queue = elsewhere));
    }
    let abandoned = |name: &str| {
        let there = task(name).with(|options| options.queue = queue("elsewhere"));
        abandon(&shop, &[there]);
        let lease = QueueKeys::new(&queue("elsewhere")).lease();
        shop.redis.cmd(&["ZADD", &lease, "1", name]);
    };
    let recovered = |name: &str| {
        eventually(SOON, || {
            let found = shop.find_in("elsewhere", name)?;
            (found.state == State::Retry).then_some(())
        });
    };
    abandoned("first");
    let often = |settings: &mut Settings| settings.timing.recovery = Duration::from_millis(100);
    let first = shop.crew().start();
    recovered("first");
    let before = shop.commands();
    for _ in 0..3 {
        let other = shop.crew().weights(&[("other", 1)]).start();
        other.wait_for(|event| matches!(event, Event::Ready).then_some(()));
        // Rounds of upkeep that have begun come to their end.
        other.stop();
    }
    let commands = shop.commands() - before;
    assert!(commands < 1000, "{commands}");
    // The next one takes over.
    let next = shop.crew().with(often).weights(&[("other", 1)]).start();
    first.stop();
    abandoned("second");
    recovered("second");
    next.stop();
}

/// Sets of groups whose merging was never finished go back to their groups.
#[test]
fn stale_aggregation_sets_are_reclaimed() {
    let shop = Shop::open();
    shop.enqueue(&task("one").with(|options| options.group = Some("g".to_owned())));
    let keys = keys();
    let set = keys.aggregation_set("g", "4c9f2d0e");
    shop.redis.cmd(&["RENAME", &keys.group("g"), &set]);
    shop.redis.cmd(&["SREM", &keys.groups(), "g"]);
    shop.redis
        .cmd(&["ZADD", &keys.aggregation_sets(), "1", &set]);
    let worker = shop.crew().route(succeed("t")).start();
    let group = Container::Group("g".to_owned());
    eventually(SOON, || {
        let count = async |broker: &qctl::broker::Broker| {
            broker
                .count(&qctl::task::QueueName::default(), &group)
                .await
        };
        (shop.ask(count).unwrap() == 1).then_some(())
    });
    eventually(SOON, || {
        shop.redis
            .query::<bool>(&["SISMEMBER", &keys.groups(), "g"])
            .then_some(())
    });
    worker.stop();
}

#[test]
fn what_is_over_is_deleted() {
    let shop = Shop::open();
    let keys = keys();
    let kept = |name: &str| task(name).with(|options| options.retention = Duration::from_secs(600));
    for name in ["over", "kept"] {
        shop.enqueue(&kept(name));
    }
    shop.crew().route(succeed("t")).work_off();
    shop.redis.cmd(&["ZADD", &keys.completed(), "1", "over"]);
    // Archived more than ninety days ago.
    shop.enqueue(&task("old"));
    shop.redis.cmd(&["DEL", &keys.pending()]);
    shop.redis
        .cmd(&["HSET", &keys.task(&id("old")), "state", "archived"]);
    shop.redis.cmd(&["ZADD", &keys.archived(), "1", "old"]);
    let worker = shop.crew().route(succeed("t")).start();
    for name in ["over", "old"] {
        eventually(SOON, || shop.state(name).is_none().then_some(()));
    }
    assert_eq!(shop.state("kept"), Some(State::Completed));
    worker.stop();
}

#[test]
fn broken_tasks_are_put_aside_and_hold_up_no_other() {
    let shop = Shop::open();
    let keys = keys();
    shop.redis
        .cmd(&["LPUSH", &keys.pending(), "no hash", "no message"]);
    let broken = keys.task(&id("no message"));
    shop.redis.cmd(&[
        b"HSET".as_slice(),
        broken.as_bytes(),
        b"msg",
        b"\xff\xff",
        b"state",
        b"pending",
    ]);
    shop.enqueue(&task("good"));
    let events = shop.crew().slots(3).route(succeed("t")).work_off();
    let aside = Event::SetAside {
        queue: queue("default"),
        ids: vec![id("no message")],
    };
    assert!(events.contains(&aside), "{events:?}");
    let done = |event: &Event| super::crew::ended_of(event, "good") == Some(Ended::Done);
    assert!(events.iter().any(done));
    let found = shop.find("no message").unwrap();
    assert_eq!(
        (found.state, found.message),
        (State::Aside, Err(b"\xff\xff".to_vec()))
    );
    assert_eq!(shop.find("no hash"), None);
    for key in [keys.pending(), keys.active(), keys.lease()] {
        assert!(!shop.redis.query::<bool>(&["EXISTS", &key]), "{key}");
    }
}

/// A key of a strange type makes Redis refuse the work of its queue, not that of others.
#[test]
fn a_broken_queue_holds_up_no_other() {
    let shop = Shop::open();
    let good = |name: &str| task(name).with(|options| options.queue = queue("good"));
    shop.enqueue(&task("stays").with(|options| options.queue = queue("bad")));
    let bad = QueueKeys::new(&queue("bad"));
    let broken = [
        bad.active(),
        bad.lease(),
        bad.scheduled(),
        bad.completed(),
        bad.aggregation_sets(),
    ];
    for key in broken {
        shop.redis.cmd(&["SET", &key, "x"]);
    }
    abandon(&shop, &[good("abandoned")]);
    let keys = QueueKeys::new(&queue("good"));
    shop.redis.cmd(&["ZADD", &keys.lease(), "1", "abandoned"]);
    let soon = Start::At(clock::now() + Duration::from_secs(1));
    shop.enqueue(&NewTask {
        start: soon,
        ..good("due")
    });
    for n in 0..50 {
        shop.enqueue(&good(&format!("n{n}")));
    }
    let started = Instant::now();
    let worker = shop
        .crew()
        .slots(2)
        .weights(&[("bad", 1), ("good", 1)])
        .route(succeed("t"))
        .start();
    assert_eq!(worker.finished("n49"), Ended::Done);
    assert_eq!(worker.finished("due"), Ended::Done);
    eventually(SOON, || {
        let found = shop.find_in("good", "abandoned")?;
        (found.state == State::Retry).then_some(())
    });
    assert!(started.elapsed() < Duration::from_secs(15));
    let events = worker.stop();
    // And it is told without end neither.
    let trouble = |event: &&Event| {
        matches!(
            event,
            Event::DutyFailed { .. } | Event::DutyRecovered { .. }
        )
    };
    let told = events.iter().filter(trouble).count();
    assert!((1..40).contains(&told), "{told} of {events:#?}");
    // Each names the key.
    for event in &events {
        if let Event::DutyFailed { error, .. } = event {
            assert!(error.contains("asynq:{bad}:"), "{error}");
            assert!(error.contains("is a string, not a"), "{error}");
        }
    }
}

/// Asynq's own messages have no fields that we do not know; those of a later one may.
#[test]
fn a_message_keeps_its_fields_after_a_failure() {
    let shop = Shop::open();
    let rich = task("one").with(|options| {
        options.headers = [("k".to_owned(), "v".to_owned())].into();
        options.unique_for = Some(Duration::from_secs(600));
        options.deadline = Some(clock::now() + Duration::from_secs(3_000));
        options.retention = Duration::from_secs(60);
    });
    shop.enqueue(&rich);
    let before = shop.find("one").unwrap().message.unwrap();
    abandon_pending(&shop);
    shop.rewind_leases();
    let worker = shop.crew().route(succeed("t")).start();
    let after = shop.reaches("one", State::Retry).message.unwrap();
    assert_eq!(
        after,
        Message {
            retried: 1,
            last_error: after.last_error.clone(),
            last_failed_at: after.last_failed_at,
            ..before
        }
    );
    worker.stop();
}

fn abandon_pending(shop: &Shop) {
    let claim = async |broker: &qctl::broker::Broker| {
        broker
            .claim(&qctl::task::QueueName::default(), 1, clock::now())
            .await
    };
    assert_eq!(shop.ask(claim).unwrap().claims.len(), 1);
}

/// Otherwise a worker that completes more than one round deletes fills Redis.
#[test]
fn a_backlog_of_expired_tasks_does_not_wait_for_the_next_round() {
    let shop = Shop::open();
    let fill = "for n = 1, 12000 do redis.call('ZADD', KEYS[1], 1, n) end";
    shop.redis.cmd(&["EVAL", fill, "1", &keys().completed()]);
    let seldom = |settings: &mut Settings| settings.timing.cleaning = SOON * 10;
    let worker = shop.crew().with(seldom).start();
    let left = || -> u64 { shop.redis.query(&["ZCARD", &keys().completed()]) };
    eventually(SOON, || (left() == 0).then_some(()));
    worker.stop();
}
