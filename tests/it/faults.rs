//! A worker while Redis does not answer, loses replies, or refuses.

use std::time::{Duration, Instant};

use qctl::task::transition::Verdict;
use qctl::task::{NewTask, State};
use qctl::worker::{Ended, Event, Phase, Route};

use crate::harness::proxy::Proxy;
use crate::harness::{SOON, eventually};
use crate::worker::crew::{Crew, Gate, count, ended_of, failure, route, succeed, until_stopped};
use crate::worker::shop::{Shop, keys, queue, task, typed};

/// A task that keeps its result.
fn kept(text: &str) -> NewTask {
    task(text).with(|options| options.retention = Duration::from_secs(600))
}

fn trouble(event: &Event, with: &str) -> Option<()> {
    matches!(event, Event::DutyFailed { duty, .. } if *duty == with).then_some(())
}

#[test]
fn an_outcome_is_kept_while_redis_is_away() {
    let shop = Shop::open();
    let proxy = Proxy::new(&shop.redis);
    let gate = Gate::closed();
    shop.enqueue(&kept("one"));
    let worker = Crew::at(&proxy.url()).route(gate.route("t")).start();
    worker.started("one");
    proxy.cut();
    gate.open();
    worker.wait_for(|event| trouble(event, "settle"));
    assert_eq!(shop.state("one"), Some(State::Active));
    proxy.heal();
    assert_eq!(worker.finished("one"), Ended::Done);
    assert_eq!(shop.state("one"), Some(State::Completed));
    assert_eq!(shop.counters(), (1, 0));
    // Everything else resumes as well.
    shop.enqueue(&task("two"));
    assert_eq!(worker.finished("two"), Ended::Done);
    let events = worker.stop();
    let better = |event: &Event| matches!(event, Event::DutyRecovered { duty: "settle" });
    assert!(events.iter().any(better), "{events:#?}");
}

#[test]
fn a_worker_survives_a_restart_of_redis() {
    let mut shop = Shop::open();
    let gate = Gate::closed();
    shop.enqueue(&kept("one"));
    let worker = shop.crew().route(gate.route("t")).start();
    worker.started("one");
    shop.redis.stop();
    gate.open();
    worker.wait_for(|event| trouble(event, "settle"));
    shop.redis.start_again();
    assert_eq!(worker.finished("one"), Ended::Done);
    shop.enqueue(&task("two"));
    assert_eq!(worker.finished("two"), Ended::Done);
    worker.stop();
    assert_eq!(shop.counters(), (2, 0));
}

#[test]
fn a_worker_survives_a_redis_that_hangs() {
    let shop = Shop::open();
    let gate = Gate::closed();
    shop.enqueue(&kept("one"));
    let worker = shop.crew().route(gate.route("t")).start();
    worker.started("one");
    shop.redis.freeze();
    gate.open();
    worker.wait_for(|event| trouble(event, "settle"));
    shop.redis.thaw();
    assert_eq!(worker.finished("one"), Ended::Done);
    // What was sent before is performed as well when the server goes on: counted once all the same.
    worker.stop();
    assert_eq!(shop.state("one"), Some(State::Completed));
    assert_eq!(shop.counters(), (1, 0));
}

/// The script ran, the answer never came: it must neither run twice nor be taken for a lost lease.
#[test]
fn a_lost_reply_of_a_settlement_is_no_loss() {
    for (kind, kept, failed, state) in [
        ("good", false, 0, None),
        ("good", true, 0, Some(State::Completed)),
        ("bad", false, 1, Some(State::Retry)),
        ("hopeless", false, 1, Some(State::Archived)),
    ] {
        let shop = Shop::open();
        let proxy = Proxy::new(&shop.redis);
        let gate = Gate::closed();
        let worker = Crew::at(&proxy.url())
            .route(at_gate(&gate, "good", None))
            .route(at_gate(&gate, "bad", Some(Verdict::Retry)))
            .route(at_gate(&gate, "hopeless", Some(Verdict::GiveUp)))
            .start();
        let retention = Duration::from_secs(if kept { 600 } else { 0 });
        let enqueue = |name: &str| {
            shop.enqueue(&typed(kind, name).with(|options| options.retention = retention));
        };
        // So that Redis knows the script, and the lost reply is the one of its run.
        enqueue("warm");
        worker.started("warm");
        gate.open();
        worker.finished("warm");
        gate.close();
        enqueue("one");
        worker.started("one");
        proxy.lose_next_reply_to(keys().processed());
        gate.open();
        let ended = worker.finished("one");
        assert_ne!(ended, Ended::LeaseLost, "{kind}");
        assert_eq!(proxy.lost(), 1);
        let events = worker.stop();
        let started = events
            .iter()
            .filter(|event| matches!(event, Event::Started(task) if task.id.as_str() == "one"));
        assert_eq!(started.count(), 1);
        assert_eq!(shop.state("one"), state);
        assert_eq!(shop.counters(), (2, 2 * failed), "{kind}");
    }
}

/// A route whose tasks wait at the gate, and then fail so or succeed.
fn at_gate(gate: &Gate, pattern: &str, verdict: Option<Verdict>) -> Route {
    let gate = gate.clone();
    route(pattern, move |_, _| {
        let gate = gate.clone();
        async move {
            gate.passed().await;
            verdict.map_or(Ok(Vec::new()), |verdict| Err(failure(verdict)))
        }
    })
}

/// A `completed` of a strange type: tasks that go there cannot be settled, however often one tries.
#[test]
fn an_outcome_that_redis_refuses_holds_up_no_other() {
    let shop = Shop::open();
    let completed = keys().completed();
    shop.redis.cmd(&["SET", &completed, "x"]);
    let worker = shop.crew().slots(4).route(succeed("t")).start();
    shop.enqueue(&kept("poison"));
    worker.wait_for(|event| trouble(event, "settle"));
    let started = Instant::now();
    for n in 0..200 {
        let name = format!("n{n}");
        shop.enqueue(&task(&name));
        assert_eq!(worker.finished(&name), Ended::Done);
    }
    assert!(
        started.elapsed() < Duration::from_secs(10),
        "{:?}",
        started.elapsed()
    );
    // It is tried again, so it is written once Redis lets it.
    shop.redis.cmd(&["DEL", &completed]);
    assert_eq!(worker.finished("poison"), Ended::Done);
    assert_eq!(shop.state("poison"), Some(State::Completed));
    let events = worker.stop();
    let told = events
        .iter()
        .filter(|event| trouble(event, "settle").is_some());
    assert!(told.count() < 4, "{events:#?}");
}

#[test]
fn a_full_redis_loses_no_outcome() {
    let shop = Shop::open();
    let gate = Gate::closed();
    shop.enqueue(&kept("one"));
    let worker = shop.crew().route(gate.route("t")).start();
    worker.started("one");
    shop.redis.cmd(&["CONFIG", "SET", "maxmemory", "1"]);
    gate.open();
    worker.wait_for(|event| trouble(event, "settle"));
    shop.redis.cmd(&["CONFIG", "SET", "maxmemory", "0"]);
    assert_eq!(worker.finished("one"), Ended::Done);
    assert_eq!(shop.state("one"), Some(State::Completed));
    assert_eq!(shop.counters(), (1, 0));
}

/// Whoever stops a worker must not have to wait for a Redis that does not come back.
#[test]
fn a_worker_ends_in_time_while_redis_is_away() {
    let shop = Shop::open();
    let proxy = Proxy::new(&shop.redis);
    let gate = Gate::closed();
    shop.enqueue(&kept("one"));
    let worker = Crew::at(&proxy.url())
        .with(|settings| settings.shutdown_timeout = Duration::from_millis(500))
        .route(gate.route("t"))
        .start();
    worker.started("one");
    proxy.cut();
    gate.open();
    let started = Instant::now();
    let events = worker.stop();
    assert!(
        started.elapsed() < Duration::from_secs(15),
        "{:?}",
        started.elapsed()
    );
    let lost =
        |event: &Event| matches!(event, Event::OutcomeLost(task) if task.id.as_str() == "one");
    assert!(events.iter().any(lost), "{events:#?}");
    assert_eq!(shop.state("one"), Some(State::Active));
}

#[test]
fn a_worker_ends_in_time_while_redis_hangs() {
    let shop = Shop::open();
    shop.enqueue(&task("one"));
    let worker = shop
        .crew()
        .with(|settings| settings.shutdown_timeout = Duration::from_millis(100))
        .route(until_stopped("t"))
        .start();
    worker.started("one");
    shop.redis.freeze();
    let started = Instant::now();
    worker.control.advance(Phase::Draining);
    worker.ended();
    assert!(
        started.elapsed() < Duration::from_secs(20),
        "{:?}",
        started.elapsed()
    );
    shop.redis.thaw();
}

/// Redis does not answer more often than it is there, and yet every task is done once.
#[test]
fn nothing_is_lost_or_counted_twice_on_a_bad_line() {
    let shop = Shop::open();
    let proxy = Proxy::new(&shop.redis);
    shop.enqueue_many(&queue("default"), "n", 400);
    let worker = Crew::at(&proxy.url())
        .slots(5)
        // Work that takes a moment, so that lines break while tasks run.
        .route(route("t", |_, _| async {
            let ended = tokio::process::Command::new("true").status().await;
            assert!(ended.unwrap().success());
            Ok(Vec::new())
        }))
        .start();
    for round in 1..=5 {
        eventually(SOON, || {
            let done = count(&worker.events(), |ended| *ended == Ended::Done);
            (done >= 20 * round).then_some(())
        });
        proxy.cut();
        worker.wait_for(|event| matches!(event, Event::DutyFailed { .. }).then_some(()));
        proxy.heal();
    }
    // A claim whose reply was lost leaves tasks active until their leases are over.
    let done = eventually(SOON, || {
        let pending = shop.list(&keys().pending()).len();
        let active = shop.list(&keys().active());
        let events = worker.events();
        let running = |event: &Event| match event {
            Event::Started(task) => !events
                .iter()
                .any(|other| ended_of(other, task.id.as_str()).is_some()),
            _ => false,
        };
        let idle = pending == 0 && !events.iter().any(running);
        idle.then(|| (shop.counters(), active.len()))
    });
    let left = u64::try_from(done.1).unwrap();
    assert_eq!(done.0, (400 - left, 0));
    let events = worker.stop();
    assert_eq!(count(&events, |ended| *ended == Ended::LeaseLost), 0);
    let mut started: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            Event::Started(task) => Some(task.id.clone()),
            _ => None,
        })
        .collect();
    let all = started.len();
    started.sort();
    started.dedup();
    assert_eq!(started.len(), all, "a task ran twice");
}

/// The connection breaks, the server does not: leases go on being held.
#[test]
fn a_dropped_connection_costs_no_lease() {
    let shop = Shop::open();
    let gate = Gate::closed();
    shop.enqueue(&task("one"));
    let worker = shop.crew().route(gate.route("t")).start();
    worker.started("one");
    let first = shop.lease_of("one").unwrap();
    shop.redis.cmd(&["ZINCRBY", &keys().lease(), "-25", "one"]);
    shop.redis.cmd(&["CLIENT", "KILL", "TYPE", "normal"]);
    eventually(SOON, || (shop.lease_of("one")? >= first).then_some(()));
    gate.open();
    assert_eq!(worker.finished("one"), Ended::Done);
    worker.stop();
}

/// A Redis that comes back empty has forgotten the task: there is nothing to write, and nothing to hang on.
#[test]
fn a_redis_that_forgot_everything_is_no_reason_to_hang() {
    let mut shop = Shop::open();
    shop.enqueue(&task("one"));
    let gate = Gate::closed();
    let worker = shop.crew().route(gate.route("t")).start();
    worker.started("one");
    shop.redis.kill9();
    shop.redis.start_again();
    // The worker is connected again: an outcome whose answer was lost would count as written.
    eventually(SOON, || {
        (shop.redis.query::<u64>(&["ZCARD", "asynq:servers"]) > 0).then_some(())
    });
    gate.open();
    assert_eq!(worker.finished("one"), Ended::LeaseLost);
    worker.stop();
}
