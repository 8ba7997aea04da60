//! What a worker with many queues asks of Redis, counted in commands.

use std::time::Duration;

use qctl::worker::{Ended, Settings};

use super::crew::{AtWork, Crew, count, succeed};
use super::shop::{Shop, queue, task};
use crate::harness::{SOON, eventually};

const QUEUES: usize = 200;

fn name(n: usize) -> String {
    format!("queue-{n}")
}

/// A worker with all of these queues, which looks after them seldom.
fn crew(shop: &Shop) -> Crew {
    let names: Vec<String> = (0..QUEUES).map(name).collect();
    let weights: Vec<(&str, u32)> = names.iter().map(|name| (name.as_str(), 1)).collect();
    let seldom = |settings: &mut Settings| {
        let timing = &mut settings.timing;
        timing.forward = Duration::from_secs(60);
        timing.heartbeat = Duration::from_secs(5);
    };
    let crew = shop.crew().slots(10).with(seldom);
    crew.weights(&weights).route(succeed("t"))
}

/// Waits until the first rounds of all duties are over.
fn settled(shop: &Shop, worker: &AtWork) {
    worker.started("first");
    let mut before = 0;
    eventually(SOON, || {
        let last = std::mem::replace(&mut before, shop.commands());
        (before - last < 5).then_some(())
    });
}

fn put(shop: &Shop, n: usize, id: &str) {
    shop.enqueue(&task(id).with(|options| options.queue = queue(&name(n))));
}

#[test]
fn a_task_costs_nothing_in_the_other_queues_of_an_idle_worker() {
    let shop = Shop::open();
    put(&shop, 0, "first");
    let worker = crew(&shop).start();
    settled(&shop, &worker);
    let before = shop.commands();
    for n in 1..=20 {
        let id = format!("task-{n}");
        put(&shop, n, &id);
        worker.finished(&id);
    }
    let commands = shop.commands() - before;
    // a look into each of the two hundred queues would be a command at least. Heartbeats go on meanwhile.
    assert!(commands < 20 * 150, "{commands}");
}

/// Their watches used to look again after each round of claims.
#[test]
fn queues_with_tasks_are_not_watched() {
    let shop = Shop::open();
    let worker = crew(&shop);
    for n in 0..QUEUES {
        for m in 0..5 {
            put(&shop, n, &format!("{n}-{m}"));
        }
    }
    let before = shop.commands();
    let worker = worker.start();
    eventually(SOON, || {
        let done = count(&worker.events(), |ended| *ended == Ended::Done);
        (done == 5 * QUEUES).then_some(())
    });
    let commands = shop.commands() - before;
    assert!(commands < 5 * 200 * 25, "{commands}");
    worker.stop();
}
