//! Many schedules and several workers, which are killed again and again, and a Redis that restarts.
//!
//! The workers serve a queue of their own. The tasks go to another, where they are deleted at once, so
//! that nothing but the schedulers keeps a tick from being enqueued twice.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use qctl::clock;
use qctl::worker::Event;

use super::{Tower, form};
use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;
use crate::harness::running::Running;
use crate::harness::{SOON, say, within};
use crate::worker::crew::{AtWork, succeed};

const SCHEDULES: usize = 50;

#[test]
fn kills_and_a_restart_lose_no_tick() {
    endure(Duration::from_secs(16), Duration::from_secs(3));
}

#[test]
#[ignore = "ten minutes; run it with --ignored"]
fn ten_minutes_of_kills_and_a_restart_lose_no_tick() {
    endure(Duration::from_secs(600), Duration::from_secs(20));
}

fn name(n: usize) -> String {
    format!("s{n:02}")
}

/// The ids of the ticks between two instants that nobody has seen.
fn missing(
    taken: &BTreeMap<String, usize>,
    since: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Vec<String> {
    let seconds = since.timestamp() + 1..until.timestamp();
    let ids = seconds.flat_map(|second| {
        let tick = DateTime::from_timestamp(second, 0).unwrap();
        (0..SCHEDULES).map(move |n| format!("{}@{}", name(n), tick.format("%Y-%m-%dT%H:%M:%SZ")))
    });
    ids.filter(|id| !taken.contains_key(id)).collect()
}

fn worker(tower: &Tower) -> Running {
    let worker = Qctl::new(&tower.shop.redis)
        .args(["work", "-q", "idle", "--discard", "*", "-c", "1"])
        .spawn();
    worker.wait_for_line(|line| line.contains("ready"), SOON);
    worker
}

/// How often each task was taken for the first time: what a server takes back from a dead one, or after
/// a restart of Redis, is a second attempt at the same task.
fn taken(crew: &AtWork) -> BTreeMap<String, usize> {
    let mut taken = BTreeMap::new();
    for event in crew.events() {
        if let Event::Started(task) = event
            && task.retried == 0
        {
            *taken.entry(task.id.to_string()).or_default() += 1;
        }
    }
    taken
}

fn endure(span: Duration, between_kills: Duration) {
    let redis = Redis::with().config("appendonly yes").start();
    let mut tower = Tower::on(redis);
    let since = clock::now();
    for n in 0..SCHEDULES {
        let spec = if n % 2 == 0 {
            "@every 1s"
        } else {
            "* * * * * *"
        };
        tower.put_form(&form(&name(n), spec), since);
    }
    let crew = tower.shop.crew().slots(32).route(succeed("t")).start();
    let mut workers: Vec<Running> = (0..3).map(|_| worker(&tower)).collect();
    let begun = Instant::now();
    let mut disturbed = Vec::new();
    let mut restarted = false;
    for round in 1.. {
        let next = between_kills * round;
        // The claims of the last victim are over when the time is.
        if next + Duration::from_secs(6) >= span {
            break;
        }
        wait_until(begun + next);
        if round % 2 == 1 {
            wait_for_a_tick(TimeDelta::milliseconds(i64::from(round) % 8));
        }
        disturbed.push(clock::now());
        let victim = usize::try_from(round).unwrap() % workers.len();
        workers[victim].kill9();
        workers[victim] = worker(&tower);
        if !restarted && begun.elapsed() > span / 2 {
            restarted = true;
            wait_until(Instant::now() + between_kills / 2);
            disturbed.push(clock::now());
            tower.shop.redis.restart();
        }
    }
    wait_until(begun + span);
    let until = clock::now();
    drop_and_drain(workers, &tower);
    report(&tower, &crew, (since, until), &disturbed);
}

/// Waits until so long after the next whole second, when schedulers are at work.
fn wait_for_a_tick(after: TimeDelta) {
    let now = clock::now();
    let tick = DateTime::from_timestamp(now.timestamp() + 1, 0).unwrap();
    let rest = (tick + after - now).to_std().unwrap();
    wait_until(Instant::now() + rest);
}

fn wait_until(then: Instant) {
    while let Some(rest) = then.checked_duration_since(Instant::now()) {
        std::thread::park_timeout(rest);
    }
}

/// Stops the workers as an order does, and lets the queue run empty.
fn drop_and_drain(workers: Vec<Running>, tower: &Tower) {
    for worker in &workers {
        worker.signal(rustix::process::Signal::TERM);
    }
    for worker in workers {
        worker.wait(SOON).expect_code(0);
    }
    within(SOON * 6, || tower.pending().is_empty().then_some(())).unwrap();
}

/// Every tick is there; a tick is there twice only where something was killed.
fn report(
    tower: &Tower,
    crew: &AtWork,
    (since, until): (DateTime<Utc>, DateTime<Utc>),
    disturbed: &[DateTime<Utc>],
) {
    let taken = taken(crew);
    // A claim of the dead ends, another takes over; a tick on the way at that moment may be of a second before.
    let is_disturbed = |tick: DateTime<Utc>| {
        let near = |at: &DateTime<Utc>| {
            (*at - TimeDelta::seconds(2)..*at + TimeDelta::seconds(6)).contains(&tick)
        };
        disturbed.iter().any(near)
    };
    let missing = missing(&taken, since, until);
    let mut lateness: Vec<TimeDelta> = Vec::new();
    let mut worst_when_disturbed = TimeDelta::zero();
    for record in (0..SCHEDULES).flat_map(|n| tower.history(&name(n))) {
        let tick = record.tick.unwrap();
        if is_disturbed(tick) {
            worst_when_disturbed = worst_when_disturbed.max(record.at - tick);
        } else {
            lateness.push(record.at - tick);
        }
    }
    lateness.sort();
    let part = |share: usize| lateness[(lateness.len() - 1) * share / 1000].num_milliseconds();
    let doubled: Vec<&String> = taken
        .iter()
        .filter(|(_, times)| **times > 1)
        .map(|(id, _)| id)
        .collect();
    say(&format!(
        "{} ticks in {} s, {} disturbances; missing {}, doubled {}: {doubled:?}; late by {} ms (half), {} ms (99 %), {} ms \
         (most) when undisturbed, {} ms at most when disturbed",
        taken.len(),
        (until - since).num_seconds(),
        disturbed.len(),
        missing.len(),
        doubled.len(),
        part(500),
        part(990),
        part(1000),
        worst_when_disturbed.num_milliseconds(),
    ));
    assert_eq!(missing, [""; 0]);
    let ticks: BTreeSet<&str> = doubled
        .iter()
        .filter_map(|id| id.split('@').nth(1))
        .collect();
    for tick in ticks {
        let at: DateTime<Utc> = tick.parse().unwrap();
        assert!(
            is_disturbed(at),
            "{tick} is doubled, and nothing was killed"
        );
    }
}
