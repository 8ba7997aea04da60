//! Handlers that run only so many tasks at a time: those that wait hold up nobody, and none is lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use qctl::broker::Sending;
use qctl::clock;
use qctl::task::{QueueName, State};
use qctl::worker::{Ended, Event, Route};

use super::crew::{AtWork, Gate, count, route, succeed};
use super::shop::{Shop, keys, queue, typed};
use crate::harness::leaks::assert_no_leaks;
use crate::harness::{SOON, eventually, within};

fn limited(mut route: Route, concurrency: usize) -> Route {
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

/// Those that are due come back in vain meanwhile.
#[test]
fn nobody_loses_a_place_or_is_lost_when_all_come_back_in_vain() {
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
    let crowd = Arc::clone(&most);
    let two = route("narrow", move |_, _| {
        let crowd = Arc::clone(&crowd);
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
    let begun = Instant::now();
    let events = crew
        .route(limited(two, 2))
        .route(succeed("wide"))
        .work_off();
    assert_eq!(count(&events, |ended| *ended == Ended::Done), 900);
    let most = most.1.load(Ordering::SeqCst);
    assert!((1..=2).contains(&most), "{most}");
    // Without anybody's having waited until it was due.
    assert!(
        begun.elapsed() < Duration::from_secs(4),
        "{:?}",
        begun.elapsed()
    );
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

/// Redis's own count, commands inside scripts included.
fn commands(shop: &Shop) -> u64 {
    let info: String = shop.redis.query(&["INFO", "stats"]);
    let line = info
        .lines()
        .find_map(|line| line.strip_prefix("total_commands_processed:"));
    line.unwrap().trim().parse().unwrap()
}

/// What tasks of one type have done.
#[derive(Default)]
struct Work {
    tasks: AtomicUsize,
    micros: AtomicU64,
}

/// A route whose tasks take so long.
fn taking(pattern: &str, time: Duration) -> (Route, Arc<Work>) {
    let work = Arc::new(Work::default());
    let total = Arc::clone(&work);
    let route = route(pattern, move |_, _| {
        let total = Arc::clone(&total);
        async move {
            let begun = Instant::now();
            tokio::time::sleep(time).await;
            let micros = u64::try_from(begun.elapsed().as_micros()).unwrap();
            total.micros.fetch_add(micros, Ordering::Relaxed);
            total.tasks.fetch_add(1, Ordering::Relaxed);
            Ok(Vec::new())
        }
    });
    (route, work)
}

/// Tasks of two types in turns: `narrow` first, as many as there are of each to one.
fn enqueue_mixed(shop: &Shop, narrow: usize, wide: usize) {
    let each = narrow.checked_div(wide).unwrap_or(0);
    let mut tasks = Vec::new();
    for n in 0..wide {
        tasks.extend((0..each).map(|m| typed("narrow", &format!("n{n}-{m}"))));
        tasks.push(typed("wide", &format!("w{n}")));
    }
    for some in tasks.chunks(1000) {
        let sent = shop.ask(async |broker| {
            broker
                .enqueue_many(some, Sending::First, clock::now())
                .await
        });
        assert!(sent.iter().all(Result::is_ok));
    }
}

/// Works off tasks of two types, of which `narrow` may run one at a time. Returns the tasks of the other type a
/// second, and how much of the time a task of the limited type ran.
fn measure(narrow: usize, wide: usize, time: Duration) -> (f64, f64) {
    let shop = Shop::open();
    enqueue_mixed(&shop, narrow, wide);
    let (route, limited_work) = taking("narrow", time);
    let (others, other_work) = taking("wide", time);
    let crew = shop.crew().slots(20).route(limited(route, 1)).route(others);
    let begun = Instant::now();
    let _worker = crew.start();
    within(Duration::from_secs(300), || {
        (other_work.tasks.load(Ordering::Relaxed) >= wide).then_some(())
    })
    .unwrap();
    let took = begun.elapsed().as_secs_f64();
    let busy = Duration::from_micros(limited_work.micros.load(Ordering::Relaxed));
    (wide as f64 / took, busy.as_secs_f64() / took)
}

/// Commands a second while one task runs and all others stand in line.
fn commands_with(narrow: usize) -> f64 {
    let shop = Shop::open();
    enqueue_mixed(&shop, narrow, 1);
    let gate = Gate::closed();
    let crew = shop
        .crew()
        .slots(20)
        .route(limited(gate.route("narrow"), 1));
    let _worker = crew.route(succeed("wide")).start();
    within(Duration::from_secs(300), || {
        shop.list(&keys().pending()).is_empty().then_some(())
    })
    .unwrap();
    let (before, since) = (commands(&shop), Instant::now());
    within(Duration::from_secs(20), || {
        (since.elapsed().as_secs() >= 10).then_some(())
    });
    (commands(&shop) - before) as f64 / since.elapsed().as_secs_f64()
}

#[test]
#[ignore = "some minutes; it prints figures"]
fn figures_of_a_hundred_thousand_tasks_of_a_type_limited_to_one() {
    for millis in [2, 10, 50] {
        let time = Duration::from_millis(millis);
        let wide = 200_000 / usize::try_from(millis).unwrap();
        for _ in 0..3 {
            let (alone, _) = measure(0, wide, time);
            let (beside, busy) = measure(100_000, wide, time);
            println!(
                "tasks of {millis} ms: others {alone:.0}/s alone, {beside:.0}/s beside them ({:.0} %); \
                 one of the type ran {:.1} % of the time",
                100.0 * beside / alone,
                100.0 * busy,
            );
        }
    }
    for narrow in [1, 100, 100_000] {
        println!(
            "{narrow} of the type: {:.0} commands a second",
            commands_with(narrow)
        );
    }
}
