//! Leases are held while tasks run, and a lost one is noticed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use qctl::broker::{Held, Leases};
use qctl::task::transition::RetryPolicy;
use qctl::task::{Backoff, QueueName, State};
use qctl::worker::{Ended, Event, StopReason};

use super::crew::{Gate, ended_of, route};
use super::shop::{Shop, keys, task, typed};
use crate::harness::{SOON, eventually};

#[test]
fn a_lease_moves_forward_while_its_task_runs() {
    let shop = Shop::open();
    let gate = Gate::closed();
    shop.enqueue(&task("one"));
    let worker = shop.crew().route(gate.route("t")).start();
    worker.started("one");
    let first = shop.lease_of("one").unwrap();
    let left = first - qctl::clock::now().timestamp();
    assert!((20..=30).contains(&left), "{left}");
    // As if most of it had gone by.
    shop.redis.cmd(&["ZINCRBY", &keys().lease(), "-25", "one"]);
    eventually(SOON, || (shop.lease_of("one")? >= first).then_some(()));
    gate.open();
    assert_eq!(worker.finished("one"), Ended::Done);
}

/// Somebody else has the task by then, so not a word may be written about it.
#[test]
fn a_lost_lease_stops_the_attempt_and_nothing_is_written() {
    let shop = Shop::open();
    shop.enqueue(&task("one"));
    let stopped = Arc::new(AtomicBool::new(false));
    let noting = Arc::clone(&stopped);
    let route = route("t", move |_, mut stop| {
        let stopped = Arc::clone(&noting);
        async move {
            assert_eq!(stop.requested().await, StopReason::LeaseLost);
            stopped.store(true, Ordering::Relaxed);
            Ok(Vec::new())
        }
    });
    let worker = shop.crew().route(route).start();
    worker.started("one");
    let (active, lease) = (keys().active(), keys().lease());
    shop.redis.cmd(&["ZREM", &lease, "one"]);
    assert_eq!(worker.finished("one"), Ended::LeaseLost);
    assert!(stopped.load(Ordering::Relaxed));
    worker.stop();
    assert_eq!(shop.state("one"), Some(State::Active));
    assert_eq!(shop.list(&active), ["one"]);
    assert_eq!(shop.counters(), (0, 0));
}

/// Somebody has recovered it, and it has come back: to the worker that still runs it.
#[test]
fn a_task_that_is_claimed_again_ends_its_former_attempt() {
    let shop = Shop::open();
    shop.enqueue(&task("one"));
    let attempts = Arc::new(AtomicUsize::new(0));
    let route = route("t", move |_, mut stop| {
        let first = attempts.fetch_add(1, Ordering::Relaxed) == 0;
        async move {
            if first {
                assert_eq!(stop.requested().await, StopReason::LeaseLost);
            }
            Ok(Vec::new())
        }
    });
    let worker = shop.crew().slots(2).route(route).start();
    worker.started("one");
    let back = "
        redis.call('ZREM', KEYS[1], 'one')
        redis.call('LREM', KEYS[2], 0, 'one')
        redis.call('LPUSH', KEYS[3], 'one')";
    let keys = keys();
    let (lease, active, pending) = (keys.lease(), keys.active(), keys.pending());
    shop.redis
        .cmd(&["EVAL", back, "3", &lease, &active, &pending]);
    let both = || {
        let ended: Vec<_> = worker
            .events()
            .iter()
            .filter_map(|event| ended_of(event, "one"))
            .collect();
        (ended.len() == 2).then_some(ended)
    };
    let ended = eventually(SOON, both);
    assert!(ended.contains(&Ended::LeaseLost), "{ended:?}");
    assert!(ended.contains(&Ended::Done), "{ended:?}");
    worker.stop();
    assert_eq!(shop.counters(), (1, 0));
}

/// The lease of one that has just been settled is gone as well.
#[test]
fn tasks_that_end_while_leases_are_extended_are_not_lost() {
    let shop = Shop::open();
    shop.enqueue_many(&QueueName::default(), "n", 3_000);
    let events = shop
        .crew()
        .slots(50)
        .route(route("t", |_, _| async {
            tokio::task::yield_now().await;
            Ok(Vec::new())
        }))
        .work_off();
    assert_eq!(
        super::crew::count(&events, |ended| *ended == Ended::Done),
        3_000
    );
    assert_eq!(
        super::crew::count(&events, |ended| *ended != Ended::Done),
        0
    );
    assert_eq!(shop.counters(), (3_000, 0));
}

/// A worker whose clock is wrong has recovered the task and claimed it again.
#[test]
fn a_task_that_somebody_else_has_taken_over_is_neither_held_nor_settled() {
    let shop = Shop::open();
    let gate = Gate::closed();
    shop.enqueue(&task("one"));
    let worker = shop.crew().route(gate.route("t")).start();
    worker.started("one");
    let theirs = shop.lease_of("one").unwrap() + 60;
    let lease = keys().lease();
    shop.redis
        .cmd(&["ZADD", &lease, &theirs.to_string(), "one"]);
    gate.open();
    assert_eq!(worker.finished("one"), Ended::LeaseLost);
    worker.stop();
    assert_eq!(shop.lease_of("one"), Some(theirs));
    assert_eq!(shop.state("one"), Some(State::Active));
    assert_eq!(shop.counters(), (0, 0));
}

/// Otherwise the other worker would find its own lease extended by a stranger, and end its attempt as well.
#[test]
fn a_lost_lease_is_not_extended_while_its_attempt_ends() {
    let shop = Shop::open();
    let (gate, asked) = (Gate::closed(), Gate::closed());
    let (end, told) = (gate.clone(), asked.clone());
    let slow_to_stop = route("slow", move |_, mut stop| {
        let (end, told) = (end.clone(), told.clone());
        async move {
            stop.requested().await;
            told.open();
            end.passed().await;
            Ok(Vec::new())
        }
    });
    shop.enqueue(&typed("slow", "one"));
    shop.enqueue(&task("two"));
    let crew = shop.crew().slots(2).route(slow_to_stop);
    let worker = crew.route(gate.route("t")).start();
    worker.started("one");
    worker.started("two");
    let first = shop.lease_of("one").unwrap();
    let set = |id: &str, until: i64| {
        let (lease, until) = (keys().lease(), until.to_string());
        shop.redis.cmd(&["ZADD", &lease, &until, id])
    };
    set("one", first + 60);
    shop.ask(async |_| asked.passed().await);
    // Theirs may end before what this worker has tried to write.
    set("one", first - 20);
    shop.redis.cmd(&["ZINCRBY", &keys().lease(), "-20", "two"]);
    eventually(SOON, || (shop.lease_of("two")? >= first).then_some(()));
    assert_eq!(shop.lease_of("one"), Some(first - 20));
    gate.open();
    assert_eq!(worker.finished("one"), Ended::LeaseLost);
    assert_eq!(worker.finished("two"), Ended::Done);
}

/// Redis has forgotten the script, so the outcome is sent a second time, behind the extension.
#[test]
fn an_outcome_that_is_overtaken_by_an_extension_of_its_lease_is_written() {
    let shop = Shop::open();
    let gate = Gate::closed();
    shop.enqueue(&task("one"));
    let beat = Duration::from_millis(1250);
    let crew = shop
        .crew()
        .with(|settings| settings.timing.heartbeat = beat);
    let worker = crew.route(gate.route("t")).start();
    worker.started("one");
    shop.redis.cmd(&["SCRIPT", "FLUSH"]);
    // Loads the script that extends leases, and no other.
    shop.ask(async |broker| {
        let (queue, now) = (QueueName::default(), broker.now());
        let claimed = broker.claim(&queue, 1, now).await?;
        let held: Vec<_> = claimed.claims.iter().map(Held::from).collect();
        broker.extend_leases(&queue, &held, now).await
    })
    .unwrap();
    // The outcome and the next extension wait together, in this order.
    shop.redis.cmd(&["CLIENT", "PAUSE", "1500", "ALL"]);
    gate.open();
    assert_eq!(worker.finished("one"), Ended::Done);
    worker.stop();
    assert_eq!(shop.state("one"), None);
    assert_eq!(shop.counters(), (1, 0));
}

/// As after a suspension of the machine, or of Redis: others have the task by then, or are about to.
#[test]
fn a_claim_that_is_answered_after_its_lease_has_ended_is_not_run() {
    let shop = Shop::open();
    let gate = Gate::closed();
    shop.enqueue(&task("before"));
    let crew = shop.crew().with(|settings| {
        settings.timing.leases = Leases {
            length: Duration::from_secs(1),
            grace: Duration::from_secs(1),
        };
        settings.timing.recovery = Duration::from_millis(200);
    });
    let at_once = RetryPolicy {
        backoff: Backoff::Constant(Duration::ZERO),
        ..RetryPolicy::default()
    };
    let mut route = gate.route("t");
    route.retry = at_once;
    let worker = crew.route(route).start();
    worker.started("before");
    shop.enqueue(&task("one"));
    shop.redis.cmd(&["CLIENT", "PAUSE", "1800", "ALL"]);
    gate.open();
    assert_eq!(worker.finished("one"), Ended::Done);
    let started = worker.stop().into_iter().filter_map(|event| match event {
        Event::Started(task) if task.id.as_str() == "one" => Some(task.retried),
        _ => None,
    });
    // Recovery counts the attempt that did not begin, as for any claim that nobody holds.
    assert_eq!(started.collect::<Vec<_>>(), [1]);
}
