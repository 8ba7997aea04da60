//! Which tasks are taken, how many at a time, and when a burst is over.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use qctl::broker::{Address, Broker, Tls};
use qctl::clock;
use qctl::task::new::Start;
use qctl::task::{NewTask, QueueName, State};
use qctl::worker::{Ended, Event, Phase, Route};

use super::crew::{Gate, count, route, succeed};
use super::shop::{Shop, id, keys, queue, task, typed};
use crate::harness::{SOON, eventually};

/// The queues of the first `n` attempts, with how often each.
fn first(events: &[Event], n: usize) -> HashMap<String, usize> {
    let started = events.iter().filter_map(|event| match event {
        Event::Started(task) => Some(task.queue.to_string()),
        _ => None,
    });
    started.take(n).fold(HashMap::new(), |mut counts, queue| {
        *counts.entry(queue).or_default() += 1;
        counts
    })
}

#[test]
fn queues_are_served_as_their_weights_say() {
    let shop = Shop::open();
    for (name, tasks) in [("a", 1_500), ("b", 900), ("c", 400)] {
        shop.enqueue_many(&queue(name), name, tasks);
    }
    let events = shop
        .crew()
        .slots(10)
        .weights(&[("a", 6), ("b", 3), ("c", 1)])
        .route(succeed("t"))
        .work_off();
    // As long as no queue is empty.
    let counts = first(&events, 2_000);
    for (name, percent) in [("a", 60), ("b", 30), ("c", 10)] {
        let seen = counts[name] / 20;
        assert!(seen.abs_diff(percent) <= 5, "{counts:?}");
    }
    assert_eq!(count(&events, |ended| *ended == Ended::Done), 2_800);
}

#[test]
fn in_strict_order_a_lower_queue_waits_for_the_higher_ones() {
    let shop = Shop::open();
    for name in ["c", "a", "b"] {
        shop.enqueue_many(&queue(name), name, 50);
    }
    let worker = shop.crew().strict(&["a", "b", "c"]);
    let events = worker.route(succeed("t")).work_off();
    assert_eq!(first(&events, 50), [("a".to_owned(), 50)].into());
    assert_eq!(first(&events, 100)["b"], 50);
    assert_eq!(first(&events, 150)["c"], 50);
}

#[test]
fn tasks_of_one_queue_are_taken_in_the_order_they_came() {
    let shop = Shop::open();
    shop.enqueue_many(&QueueName::default(), "", 250);
    let events = shop.crew().route(succeed("t")).work_off();
    let started: Vec<usize> = events
        .iter()
        .filter_map(|event| match event {
            Event::Started(task) => Some(task.id.as_str().parse().unwrap()),
            _ => None,
        })
        .collect();
    assert_eq!(started, (0..250).collect::<Vec<_>>());
}

#[test]
fn nothing_is_taken_from_a_paused_queue_until_it_is_resumed() {
    let shop = Shop::open();
    let paused = queue("paused");
    shop.ask(async |broker| broker.pause(&paused, clock::now()).await)
        .unwrap();
    shop.enqueue(&task("waits").with(|options| options.queue = paused.clone()));
    shop.enqueue(&task("runs"));
    let crew = shop.crew().weights(&[("paused", 9), ("default", 1)]);
    let worker = crew.route(succeed("t")).start();
    assert_eq!(worker.finished("runs"), Ended::Done);
    shop.enqueue(&task("runs too"));
    assert_eq!(worker.finished("runs too"), Ended::Done);
    let pending = shop.find_in("paused", "waits").unwrap();
    assert_eq!(pending.state, State::Pending);
    shop.ask(async |broker| broker.resume(&paused).await)
        .unwrap();
    assert_eq!(worker.finished("waits"), Ended::Done);
}

#[test]
fn an_idle_worker_takes_a_new_task_at_once() {
    let shop = Shop::open();
    let worker = shop.crew().route(succeed("t")).start();
    worker.wait_for(|event| (*event == Event::Ready).then_some(()));
    for n in 0..20 {
        let name = format!("n{n}");
        let enqueued = std::time::Instant::now();
        shop.enqueue(&task(&name));
        worker.finished(&name);
        // Far above what it takes, and far below the interval at which the worker looks by itself.
        assert!(enqueued.elapsed() < Duration::from_secs(2));
    }
}

/// Counts how many run, and the most that ever did.
#[derive(Default)]
struct Crowd {
    now: AtomicUsize,
    most: AtomicUsize,
}

impl Crowd {
    fn route(self: &Arc<Self>, pattern: &str) -> Route {
        let crowd = Arc::clone(self);
        route(pattern, move |_, _| {
            let crowd = Arc::clone(&crowd);
            async move {
                let now = crowd.now.fetch_add(1, Ordering::SeqCst) + 1;
                crowd.most.fetch_max(now, Ordering::SeqCst);
                for _ in 0..10 {
                    tokio::task::yield_now().await;
                }
                crowd.now.fetch_sub(1, Ordering::SeqCst);
                Ok(Vec::new())
            }
        })
    }

    fn most(&self) -> usize {
        self.most.load(Ordering::SeqCst)
    }
}

#[test]
fn no_more_tasks_run_than_there_are_slots() {
    let shop = Shop::open();
    let crowd = Arc::new(Crowd::default());
    for name in ["a", "b", "c"] {
        shop.enqueue_many(&queue(name), name, 300);
    }
    let crew = shop.crew().slots(7);
    crew.weights(&[("a", 6), ("b", 3), ("c", 1)])
        .route(crowd.route("t"))
        .work_off();
    assert!((2..=7).contains(&crowd.most()), "{}", crowd.most());
}

#[test]
fn no_more_tasks_of_a_type_run_than_its_handler_allows() {
    let shop = Shop::open();
    let (narrow, wide) = (Arc::new(Crowd::default()), Arc::new(Crowd::default()));
    for n in 0..200 {
        shop.enqueue(&typed("narrow", &format!("n{n}")));
        shop.enqueue(&typed("wide", &format!("w{n}")));
    }
    let mut limited = narrow.route("narrow");
    limited.concurrency = Some(2);
    let crew = shop.crew().slots(8).route(limited);
    let events = crew.route(wide.route("wide")).work_off();
    assert_eq!(count(&events, |ended| *ended == Ended::Done), 400);
    assert!(narrow.most() <= 2, "{}", narrow.most());
}

#[test]
fn a_burst_ends_when_the_queues_are_empty() {
    let shop = Shop::open();
    assert_eq!(
        shop.crew().route(succeed("t")).work_off(),
        [Event::Ready, Event::Phase(Phase::Over)]
    );
    shop.enqueue_many(&QueueName::default(), "n", 500);
    let events = shop.crew().slots(20).route(succeed("t")).work_off();
    assert_eq!(count(&events, |ended| *ended == Ended::Done), 500);
}

#[test]
fn a_burst_runs_tasks_that_its_tasks_enqueue() {
    let shop = Shop::open();
    let url = shop.redis.url();
    let chain = route("t", move |attempt, _| {
        let url = url.clone();
        async move {
            let left: u32 = attempt.message.id.parse().unwrap();
            if left > 0 {
                let settings = qctl::broker::Settings {
                    address: Address::parse(&url).unwrap(),
                    tls: Tls::default(),
                    timeout: SOON,
                };
                let broker = Broker::connect(settings).await.unwrap();
                let next = task(&(left - 1).to_string());
                broker.enqueue(&next, clock::now()).await.unwrap();
            }
            Ok(Vec::new())
        }
    });
    shop.enqueue(&task("20"));
    let events = shop.crew().slots(2).route(chain).work_off();
    assert_eq!(count(&events, |ended| *ended == Ended::Done), 21);
}

#[test]
fn a_burst_leaves_paused_and_later_tasks_alone() {
    let shop = Shop::open();
    let paused = queue("paused");
    shop.ask(async |broker| broker.pause(&paused, clock::now()).await)
        .unwrap();
    shop.enqueue(&task("waits").with(|options| options.queue = paused));
    shop.enqueue(&NewTask {
        start: Start::At(clock::now() + Duration::from_secs(600)),
        ..task("later")
    });
    shop.enqueue(&task("now"));
    let crew = shop.crew().weights(&[("paused", 1), ("default", 1)]);
    let events = crew.route(succeed("t")).work_off();
    assert_eq!(count(&events, |_| true), 1);
    assert_eq!(shop.state("later"), Some(State::Scheduled));
    let waits = shop.find_in("paused", "waits").unwrap();
    assert_eq!(waits.state, State::Pending);
}

#[test]
fn a_suspended_worker_claims_no_more_and_continues_running_tasks() {
    let shop = Shop::open();
    let gate = Gate::closed();
    shop.enqueue(&task("one"));
    let worker = shop.crew().slots(4).route(gate.route("t")).start();
    worker.started("one");
    worker.control.advance(Phase::Stopped);
    worker.wait_for(|event| (*event == Event::Phase(Phase::Stopped)).then_some(()));
    shop.enqueue(&task("two"));
    gate.open();
    assert_eq!(worker.finished("one"), Ended::Done);
    // It shows that it is stopped, and only once what ran before is written.
    eventually(SOON, || {
        let servers = shop.ask(async |broker| broker.servers(clock::now()).await);
        let server = servers.unwrap().pop()?;
        (server.status == "stopped" && server.active_workers == 0).then_some(())
    });
    worker.stop();
    assert_eq!(shop.state("two"), Some(State::Pending));
    let servers = shop.ask(async |broker| broker.servers(clock::now()).await);
    assert!(servers.unwrap().is_empty());
}

/// An attempt that is claimed at the moment of the second signal must not run for as long as it likes.
#[test]
fn aborting_reaches_tasks_claimed_a_moment_ago() {
    let shop = Shop::open();
    for n in 0..20 {
        let name = format!("n{n}");
        shop.enqueue(&task(&name));
        let worker = shop.crew().route(super::crew::until_stopped("t")).start();
        // As soon as it is active, which is before the worker itself knows.
        eventually(SOON, || {
            (shop.state(&name) == Some(State::Active)).then_some(())
        });
        worker.control.advance(Phase::Aborting);
        worker.ended();
        let found = shop.ask(async |broker| broker.find(&QueueName::default(), &id(&name)).await);
        assert_eq!(found.unwrap().unwrap().state, State::Pending);
        shop.redis.cmd(&["DEL", &keys().pending()]);
    }
}

/// In the order in which they were taken, so that the longest waiting is next again.
#[test]
fn aborted_tasks_go_back_in_their_order() {
    let shop = Shop::open();
    shop.enqueue_many(&QueueName::default(), "", 30);
    let before = shop.list(&keys().pending());
    let crew = shop.crew().slots(20);
    let worker = crew
        .with(|settings| settings.shutdown_timeout = Duration::ZERO)
        .route(super::crew::until_stopped("t"))
        .start();
    eventually(SOON, || {
        let started = |event: &&Event| matches!(event, Event::Started(_));
        (worker.events().iter().filter(started).count() == 20).then_some(())
    });
    let events = worker.stop();
    assert_eq!(count(&events, |ended| *ended == Ended::Requeued), 20);
    assert_eq!(shop.list(&keys().pending()), before);
    let keys = keys();
    assert!(!shop.redis.query::<bool>(&["EXISTS", &keys.active()]));
    assert!(!shop.redis.query::<bool>(&["EXISTS", &keys.lease()]));
    assert!(shop.find("0").unwrap().pending_since.is_some());
    assert_eq!(shop.counters(), (0, 0));
}
