//! A cluster that changes: slots move with their keys, replicas take over, servers join and leave, while a
//! queue is in use. What goes on goes on by itself, nothing is lost, and nothing is done twice.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Instant;

use qctl::broker::keys::{self, QueueKeys};
use qctl::broker::{Broker, Error};
use qctl::clock;
use qctl::task::QueueName;
use qctl::worker::{Ended, Event};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::moving::Moving;
use super::{Site, task_in};
use crate::broker::connect;
use crate::harness::cluster::Cluster;
use crate::harness::redis::Redis;
use crate::harness::{SOON, eventually, within};
use crate::worker::crew::{Crew, route};

/// Changes the server of a key in every way; after each, `goes_on` must see a sign of life that is newer.
fn change(cluster: &mut Cluster, key: &str, mut goes_on: impl FnMut(&Cluster, &str)) {
    let home = cluster.place(key);
    let other = cluster.join();
    cluster.follow(other, home);
    goes_on(cluster, "before");
    cluster.promote(other);
    goes_on(cluster, "after a replica has taken over");
    cluster.has_followed(home, other);
    cluster.kill_followed(other, home);
    goes_on(cluster, "after the death of a primary");
    cluster.node_mut(other).start_again();
    cluster.is_well();
    let newcomer = cluster.join();
    for way in [(home, newcomer), (newcomer, home)] {
        let moving = Moving::between(cluster, key, way);
        moving.some();
        moving.is_felt();
        while moving.some() > 0 {}
        moving.end();
        goes_on(cluster, "after a slot has moved");
    }
    cluster.leave();
    goes_on(cluster, "after a server has left");
}

/// Enqueues tasks one after the other, each until it is accepted.
struct Feeder {
    broker: Broker,
    queue: QueueName,
    /// How many more may wait.
    room: Arc<Semaphore>,
    stop: Arc<AtomicBool>,
    fed: Arc<AtomicUsize>,
}

impl Feeder {
    async fn run(self) {
        while !self.stop.load(Ordering::SeqCst) {
            self.room.acquire().await.unwrap().forget();
            let task = task_in(
                &self.queue,
                &format!("n{}", self.fed.load(Ordering::SeqCst)),
            );
            let deadline = Instant::now() + SOON;
            loop {
                match self.broker.enqueue(&task, clock::now()).await {
                    // The answer to the attempt before was lost.
                    Ok(_) | Err(Error::IdTaken { .. }) => break,
                    Err(error) => {
                        assert!(error.passing() && Instant::now() < deadline, "{error}");
                    }
                }
            }
            self.fed.fetch_add(1, Ordering::SeqCst);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_runs_every_task_once_while_servers_change() {
    let Some(mut site) = Site::of(Redis::with).await else {
        return;
    };
    let queue = site.queues[0].clone();
    let room = Arc::new(Semaphore::new(20));
    let (stop, fed) = (Arc::new(AtomicBool::new(false)), Arc::default());
    let feeder = Feeder {
        broker: connect(&site.cluster.url()).await.unwrap(),
        queue: queue.clone(),
        room: Arc::clone(&room),
        stop: Arc::clone(&stop),
        fed: Arc::clone(&fed),
    };
    let crew = Crew::at(&site.cluster.url()).slots(4);
    let worker = tokio::task::block_in_place(|| {
        let run = route("t", move |_, _| {
            room.add_permits(1);
            async { Ok(Vec::new()) }
        });
        crew.weights(&[(queue.as_str(), 1)]).route(run).start()
    });
    let feeding = tokio::spawn(feeder.run());
    let key = QueueKeys::new(&queue).pending();
    tokio::task::block_in_place(|| {
        change(&mut site.cluster, &key, |_, _| {
            let next = fed.load(Ordering::SeqCst) + 20;
            assert_eq!(worker.finished(&format!("n{next}")), Ended::Done);
        });
    });
    stop.store(true, Ordering::SeqCst);
    feeding.await.unwrap();
    let count = fed.load(Ordering::SeqCst);
    worker.finished(&format!("n{}", count - 1));
    let mut runs: BTreeMap<String, usize> = BTreeMap::new();
    for event in worker.stop() {
        if let Event::Finished { task, ended, .. } = event {
            assert_eq!(ended, Ended::Done, "{task:?}");
            *runs.entry(task.id.to_string()).or_default() += 1;
        }
    }
    let not_once: Vec<_> = runs.iter().filter(|(_, times)| **times != 1).collect();
    assert!(not_once.is_empty(), "{not_once:?}");
    assert_eq!(runs.len(), count);
    let stats = site.broker.stats(&[queue], clock::now()).await.unwrap();
    assert_eq!(
        (stats[0].size(), stats[0].processed_total),
        (0, count as u64)
    );
}

/// How many tasks wait.
fn waiting(cluster: &Cluster, queue: &QueueName) -> u64 {
    cluster.ask(&["LLEN", &QueueKeys::new(queue).pending()])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bulk_change_ends_with_all_changed_while_servers_change() {
    let Some(mut site) = Site::of(Redis::with).await else {
        return;
    };
    let queue = site.queues[0].clone();
    let tasks: Vec<_> = (0..8000)
        .map(|n| task_in(&queue, &format!("n{n}")))
        .collect();
    let sent = site.broker.enqueue_many(&tasks, clock::now()).await;
    assert!(sent.iter().all(Result::is_ok));
    // Half a minute: the servers need a quarter of that to change, on a fast machine.
    let archive = ["archive", "-s", "pending", "--yes", "--rate", "250", "-q"];
    let change_all = site.qctl(&archive).arg(queue.as_str()).spawn();
    tokio::task::block_in_place(|| {
        change(
            &mut site.cluster,
            &QueueKeys::new(&queue).pending(),
            |cluster, when| {
                let before = waiting(cluster, &queue);
                assert!(before > 0, "it is over {when}");
                eventually(SOON, || (waiting(cluster, &queue) < before).then_some(()));
            },
        );
        let output = change_all.wait(2 * SOON).expect_code(0);
        assert_eq!(output.stdout_str(), "archived 8,000 tasks\n");
        assert_eq!(waiting(&site.cluster, &queue), 0);
        let archived: u64 = site
            .cluster
            .ask(&["ZCARD", &QueueKeys::new(&queue).archived()]);
        assert_eq!(archived, 8000);
    });
}

/// Writes lines into a pipe until it is stopped, a few at a time, when those before are enqueued. Returns how many.
async fn write_lines(
    mut pipe: File,
    broker: Broker,
    queue: QueueName,
    stop: Arc<AtomicBool>,
) -> u64 {
    let mut written = 0;
    // Without ids: only the receipts tell a batch that is sent again.
    let lines = (json!({"type": "t", "queue": queue.as_str()}).to_string() + "\n").repeat(3);
    while !stop.load(Ordering::SeqCst) {
        tokio::task::block_in_place(|| pipe.write_all(lines.as_bytes())).unwrap();
        written += 3;
        let enqueued = async || {
            let stats = broker
                .stats(std::slice::from_ref(&queue), clock::now())
                .await;
            stats.map_or(0, |stats| stats[0].size())
        };
        while enqueued().await < written {}
    }
    written
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_enqueues_every_line_once_while_servers_change() {
    let Some(mut site) = Site::of(Redis::with).await else {
        return;
    };
    let queue = site.queues[0].clone();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tasks");
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    rustix::fs::mkfifoat(rustix::fs::CWD, &path, mode).unwrap();
    let feed = site.qctl(&["enqueue", "--from"]).arg(&path).spawn();
    let stop = Arc::new(AtomicBool::new(false));
    let pipe = tokio::task::block_in_place(|| File::options().write(true).open(&path));
    let broker = connect(&site.cluster.url()).await.unwrap();
    let lines = write_lines(pipe.unwrap(), broker, queue.clone(), Arc::clone(&stop));
    let lines = tokio::spawn(lines);
    let key = QueueKeys::new(&queue).pending();
    tokio::task::block_in_place(|| {
        change(&mut site.cluster, &key, |cluster, when| {
            let before = waiting(cluster, &queue);
            let grew = within(SOON, || (waiting(cluster, &queue) > before).then_some(()));
            assert!(grew.is_some(), "{when}: {:?}", feed.lines());
        });
    });
    stop.store(true, Ordering::SeqCst);
    let written = lines.await.unwrap();
    let output = tokio::task::block_in_place(|| feed.wait(SOON)).expect_code(0);
    assert_eq!(waiting(&site.cluster, &queue), written, "{output:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_tick_is_enqueued_once_while_servers_change() {
    let Some(mut site) = Site::of(Redis::with).await else {
        return;
    };
    let home = site.cluster.place(keys::CRON_NAMES);
    let queue = site.queues[(home + 1) % 3].clone();
    let add = [
        "cron",
        "add",
        "s",
        "@every 1s",
        "t",
        "-q",
        queue.as_str(),
        "--catch-up",
        "all",
    ];
    site.qctl(&add).run_unchecked().expect_code(0);
    let scheduler = site.qctl(&["cron", "run-scheduler"]).spawn();
    let ids = |cluster: &Cluster| -> Vec<String> {
        cluster.ask(&["LRANGE", &QueueKeys::new(&queue).pending(), "0", "-1"])
    };
    let mut ids = tokio::task::block_in_place(|| {
        change(&mut site.cluster, keys::CRON_NAMES, |cluster, _| {
            let before = ids(cluster).len();
            eventually(SOON, || (ids(cluster).len() > before).then_some(()));
        });
        scheduler.signal(rustix::process::Signal::TERM);
        scheduler.wait(SOON).expect_code(0);
        ids(&site.cluster)
    });
    ids.reverse();
    let ticks: Vec<chrono::DateTime<chrono::Utc>> = ids
        .iter()
        .map(|id| id.strip_prefix("s@").unwrap().parse().unwrap())
        .collect();
    let step = chrono::TimeDelta::seconds(1);
    let whole = ticks.windows(2).all(|pair| pair[1] - pair[0] == step);
    assert!(whole, "once each, and without a gap: {ids:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn watched_statistics_go_on_while_servers_change() {
    let Some(mut site) = Site::of(Redis::with).await else {
        return;
    };
    let queue = site.queues[0].clone();
    let watch = ["stats", "--watch=100ms", "--json", queue.as_str()];
    let first = task_in(&queue, "n0");
    site.broker.enqueue(&first, clock::now()).await.unwrap();
    let watch = site.qctl(&watch).spawn();
    let key = QueueKeys::new(&queue).pending();
    tokio::task::block_in_place(|| {
        change(&mut site.cluster, &key, |cluster, _| {
            let pending: u64 = cluster.ask(&["LPUSH", &key, "more"]);
            let shows = |line: &str| {
                serde_json::from_str(line)
                    .is_ok_and(|document: Value| document["total"]["pending"] == pending)
            };
            watch.wait_for_line(shows, SOON);
        });
        watch.signal(rustix::process::Signal::INT);
        watch.wait(SOON).expect_code(0);
    });
}
