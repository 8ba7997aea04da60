//! Handlers that run only so many tasks at a time: those that wait hold up nobody, and none is lost.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use qctl::broker::FIRST_WAIT;
use qctl::clock;
use qctl::task::{QueueName, State};
use qctl::worker::{Ended, Event, Route};
use serde_json::Value;

use super::crew::{AtWork, Gate, count, route, succeed};
use super::shop::{Shop, keys, queue, typed};
use crate::harness::leaks::assert_no_leaks;
use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;
use crate::harness::{SOON, eventually};

pub(super) fn limited(mut route: Route, concurrency: usize) -> Route {
    route.concurrency = Some(concurrency);
    route
}

fn started(events: &[Event], kind: &str) -> Vec<String> {
    let of_kind = events.iter().filter_map(|event| match event {
        Event::Started(task) if task.kind == kind => Some(task.id.to_string()),
        _ => None,
    });
    of_kind.collect()
}

fn enqueue(shop: &Shop, kind: &str, count: usize) -> Vec<String> {
    let names: Vec<String> = (0..count).map(|n| format!("{kind}{n:03}")).collect();
    for name in &names {
        shop.enqueue(&typed(kind, name));
    }
    names
}

/// Waits until all but the first of these stand in line.
fn stand_in_line(shop: &Shop, worker: &AtWork, names: &[String]) {
    worker.started(&names[0]);
    for name in &names[1..] {
        shop.reaches(name, State::Retry);
    }
}

#[test]
fn tasks_that_wait_for_their_turn_hold_neither_a_slot_nor_a_lease() {
    let shop = Shop::open();
    let gate = Gate::closed();
    let narrow = enqueue(&shop, "narrow", 50);
    let wide = enqueue(&shop, "wide", 50);
    let crew = shop.crew().slots(3).route(limited(gate.route("narrow"), 1));
    let worker = crew.route(succeed("wide")).start();
    for name in &wide {
        assert_eq!(worker.finished(name), Ended::Done);
    }
    stand_in_line(&shop, &worker, &narrow);
    assert_eq!(shop.list(&keys().active()), [narrow[0].as_str()]);
    assert_eq!(shop.redis.query::<u64>(&["ZCARD", &keys().lease()]), 1);
    let waiting = shop.find(&narrow[1]).unwrap().message.unwrap();
    assert_eq!((waiting.retried, waiting.last_error.as_str()), (0, ""));
    assert_eq!(shop.counters(), (50, 0));
    gate.open();
    for name in &narrow {
        assert_eq!(worker.finished(name), Ended::Done);
    }
    assert_eq!(started(&worker.stop(), "narrow"), narrow);
    assert_eq!(shop.counters(), (100, 0));
    assert_no_leaks(&shop.redis);
}

#[test]
fn whoever_looks_at_a_waiting_task_sees_why_it_waits() {
    let shop = Shop::open();
    let gate = Gate::closed();
    let narrow = enqueue(&shop, "narrow", 2);
    let crew = shop.crew().slots(2);
    let worker = crew.route(limited(gate.route("narrow"), 1)).start();
    stand_in_line(&shop, &worker, &narrow);
    let why = "waits for the limit of its handler, without a failure";
    let print = |words: &str| {
        let shown = Qctl::new(&shop.redis).args(words.split(' '));
        let shown = shown.run_unchecked().expect_code(0);
        shown.stdout_str().to_owned()
    };
    for words in [
        "inspect narrow001",
        "ls default -o wide",
        "ls default -s retry",
    ] {
        assert!(print(words).contains(why), "{}", print(words));
    }
    let document = |id: &str| -> Value {
        serde_json::from_str(&print(&format!("inspect {id} -o json"))).unwrap()
    };
    assert_eq!(document("narrow001")["waiting_for_handler"], true);
    assert_eq!(document("narrow000")["waiting_for_handler"], false);
    // A failure is another reason to wait.
    let later = "9999999999";
    shop.redis
        .cmd(&["ZADD", &keys().retry(), "XX", later, "narrow001"]);
    assert_eq!(document("narrow001")["waiting_for_handler"], false);
    shop.redis
        .cmd(&["ZADD", &keys().retry(), "XX", "1", "narrow001"]);
    gate.open();
    worker.finished(&narrow[1]);
    worker.stop();
}

/// Those that are due come back in vain meanwhile.
#[test]
fn no_task_is_lost_or_loses_its_place_when_all_return_in_vain() {
    let shop = Shop::open();
    let gate = Gate::closed();
    let narrow = enqueue(&shop, "narrow", 20);
    let crew = shop.crew().slots(3).route(limited(gate.route("narrow"), 1));
    let worker = crew.start();
    stand_in_line(&shop, &worker, &narrow);
    let retry = keys().retry();
    for name in narrow[1..].iter().rev() {
        shop.redis.cmd(&["ZADD", &retry, "XX", "1", name]);
    }
    // They were due in another order, and stand in line again.
    eventually(SOON, || {
        let due: Vec<String> = shop.redis.query(&["ZRANGEBYSCORE", &retry, "0", "1"]);
        let waiting: u64 = shop.redis.query(&["ZCARD", &retry]);
        (due.is_empty() && waiting == 19).then_some(())
    });
    gate.open();
    worker.finished(&narrow[19]);
    assert_eq!(started(&worker.stop(), "narrow"), narrow);
    assert_eq!(shop.counters(), (20, 0));
    assert_no_leaks(&shop.redis);
}

#[test]
fn a_burst_ends_after_the_last_in_line() {
    let shop = Shop::open();
    let most = Arc::new((AtomicUsize::new(0), AtomicUsize::new(0)));
    // When the last task began, and the longest time between two.
    let pauses = Arc::new(Mutex::new((Instant::now(), Duration::ZERO)));
    let (crowd, beginnings) = (Arc::clone(&most), Arc::clone(&pauses));
    let two = route("narrow", move |_, _| {
        let crowd = Arc::clone(&crowd);
        let mut pauses = beginnings.lock().unwrap();
        *pauses = (Instant::now(), pauses.1.max(pauses.0.elapsed()));
        async move {
            let now = crowd.0.fetch_add(1, Ordering::SeqCst) + 1;
            crowd.1.fetch_max(now, Ordering::SeqCst);
            tokio::task::yield_now().await;
            crowd.0.fetch_sub(1, Ordering::SeqCst);
            Ok(Vec::new())
        }
    });
    let other = queue("other");
    for n in 0..300 {
        for (kind, queue) in [
            ("narrow", QueueName::default()),
            ("narrow", other.clone()),
            ("wide", other.clone()),
        ] {
            let task = typed(kind, &format!("{kind}{n}"));
            shop.enqueue(&task.with(|options| options.queue = queue));
        }
    }
    let crew = shop
        .crew()
        .slots(8)
        .weights(&[("default", 1), ("other", 1)]);
    pauses.lock().unwrap().0 = Instant::now();
    let events = crew
        .route(limited(two, 2))
        .route(succeed("wide"))
        .work_off();
    assert_eq!(count(&events, |ended| *ended == Ended::Done), 900);
    let most = most.1.load(Ordering::SeqCst);
    assert!((1..=2).contains(&most), "{most}");
    // Without anybody's having waited until it was due.
    let (_, longest) = *pauses.lock().unwrap();
    assert!(longest < FIRST_WAIT / 2, "{longest:?}");
    assert_no_leaks(&shop.redis);
}

#[test]
fn another_worker_with_a_free_turn_takes_those_in_line() {
    let shop = Shop::open();
    let gate = Gate::closed();
    let narrow = enqueue(&shop, "narrow", 10);
    let crew = shop.crew().slots(3).route(limited(gate.route("narrow"), 1));
    let busy = crew.start();
    stand_in_line(&shop, &busy, &narrow);
    let crew = shop.crew().slots(3).route(limited(succeed("narrow"), 1));
    let idle = crew.start();
    for name in &narrow[1..] {
        assert_eq!(idle.finished(name), Ended::Done);
    }
    gate.open();
    assert_eq!(busy.finished(&narrow[0]), Ended::Done);
}

/// A second worker that was there already looks by itself.
#[test]
fn a_worker_without_work_notices_a_line_that_another_makes() {
    let shop = Shop::open();
    let idle = shop.crew().slots(3).route(limited(succeed("narrow"), 1));
    let idle = idle.weights(&[("other", 1), ("default", 1)]).start();
    idle.wait_for(|event| (*event == Event::Ready).then_some(()));
    let narrow = enqueue(&shop, "narrow", 1);
    idle.finished(&narrow[0]);
    // Past the worker: as one would leave them that has gone by now.
    shop.ask(async |broker| {
        broker
            .pause(&QueueName::default(), clock::now())
            .await
            .unwrap();
    });
    let names = enqueue(&shop, "narrow", 5);
    for (place, name) in names.iter().enumerate() {
        let due = (clock::now().timestamp() + 3600).to_string();
        let task = keys().task(&super::shop::id(name));
        shop.redis.cmd(&["LREM", &keys().pending(), "0", name]);
        shop.redis.cmd(&["ZADD", &keys().retry(), &due, name]);
        shop.redis
            .cmd(&["HSET", &task, "state", "retry", "waits_until", &due]);
        let line = keys().waiting("narrow");
        shop.redis.cmd(&["ZADD", &line, &place.to_string(), name]);
    }
    shop.ask(async |broker| broker.resume(&QueueName::default()).await.unwrap());
    let done = |events: &[Event]| count(events, |ended| *ended == Ended::Done);
    eventually(SOON, || (done(&idle.events()) == 6).then_some(()));
    assert_no_leaks(&shop.redis);
}

/// A configuration may change while tasks stand in line.
#[test]
fn a_handler_that_has_lost_its_limit_takes_all_in_line_at_once() {
    let shop = Shop::open();
    let gate = Gate::closed();
    let narrow = enqueue(&shop, "narrow", 20);
    let crew = shop.crew().slots(3).route(limited(gate.route("narrow"), 1));
    let before = crew.start();
    stand_in_line(&shop, &before, &narrow);
    let crew = shop.crew().slots(3).route(succeed("narrow"));
    let mut names = started(&crew.work_off(), "narrow");
    names.sort();
    assert_eq!(names, narrow[1..]);
    gate.open();
    before.finished(&narrow[0]);
}

#[test]
fn a_line_needs_no_rights_beyond_those_to_the_queues() {
    let redis = Redis::with().config("user default on nopass ~asynq:* &* +@all");
    let shop = Shop::on(redis.start());
    let narrow = enqueue(&shop, "narrow", 5);
    let crew = shop.crew().slots(3).route(limited(succeed("narrow"), 1));
    assert_eq!(started(&crew.work_off(), "narrow"), narrow);
}
