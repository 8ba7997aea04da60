//! Redis goes away in the middle of a stream: nothing is lost, and nothing is there twice.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write as _;
use std::process::Command;
use std::sync::{Arc, Mutex};

use qctl::{Client, Context, Outcome, Task, Worker};
use rustix::process::Signal;
use tokio::task::block_in_place;

use crate::harness::proxy::Proxy;
use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;
use crate::harness::{SOON, eventually};

const PENDING: &str = "asynq:{default}:pending";

/// So many lines without ids.
fn lines(count: usize) -> String {
    let lines = (0..count).map(|n| format!("{{\"type\":\"t\",\"payload\":{n}}}\n"));
    lines.collect()
}

/// All payloads, sorted: each number once, or something was lost or doubled.
fn payloads(redis: &Redis) -> Vec<usize> {
    let mut numbers: Vec<usize> = Qctl::new(redis)
        .args(["ls", "tasks", "-o", "ndjson"])
        .run_unchecked()
        .ndjson()
        .iter()
        .map(|task| usize::try_from(task["payload"].as_u64().unwrap()).unwrap())
        .collect();
    numbers.sort_unstable();
    numbers
}

#[test]
fn a_lost_reply_doubles_nothing() {
    let redis = Redis::start();
    let proxy = Proxy::new(&redis);
    let count = 5_000;
    proxy.lose_next_reply_to(PENDING);
    let output = Qctl::at(&proxy.url())
        .args(["enqueue", "--from", "-"])
        .stdin(lines(count))
        .run_unchecked()
        .expect_code(0);
    assert_eq!(output.stdout_str(), "enqueued 5,000 tasks\n");
    assert!(
        output.stderr_str().contains("trying again"),
        "{}",
        output.stderr_str()
    );
    assert_eq!(proxy.lost(), 1);
    assert_eq!(payloads(&redis), (0..count).collect::<Vec<_>>());
}

/// Quick workers run and delete the tasks of a batch before it is sent again.
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_reply_runs_nothing_twice() {
    let redis = Redis::start();
    let proxy = Proxy::new(&redis);
    let client = Client::connect(&redis.url()).await.unwrap();
    let runs = Arc::new(Mutex::new(BTreeMap::<Vec<u8>, usize>::new()));
    let counted = Arc::clone(&runs);
    let handler = move |task: Task, _: Context| {
        *counted
            .lock()
            .unwrap()
            .entry(task.payload().to_vec())
            .or_default() += 1;
        async { Ok(Outcome::Done) }
    };
    let worker = Worker::builder(&client).concurrency(50);
    let worker = worker.start(handler).await.unwrap();
    let count = 2_500;
    block_in_place(|| {
        proxy.lose_next_reply_to(PENDING);
        let feed = Qctl::at(&proxy.url())
            .args(["enqueue", "--from", "-"])
            .stdin(lines(count))
            .spawn();
        eventually(SOON, || (proxy.lost() == 1).then_some(()));
        // What was stored runs before anything is sent again.
        proxy.cut();
        eventually(SOON, || {
            redis
                .query::<Vec<String>>(&["KEYS", "*:t:*"])
                .is_empty()
                .then_some(())
        });
        assert!(!runs.lock().unwrap().is_empty());
        proxy.heal();
        let output = feed.wait(SOON).expect_code(0);
        assert_eq!(output.stdout_str(), "enqueued 2,500 tasks\n");
        eventually(SOON, || (runs.lock().unwrap().len() == count).then_some(()));
    });
    worker.stop().await.unwrap();
    assert!(runs.lock().unwrap().values().all(|&times| times == 1));
}

#[test]
fn a_cut_in_the_middle_loses_nothing_and_doubles_nothing() {
    let redis = Redis::start();
    let proxy = Proxy::new(&redis);
    let count = 20_000;
    let running = Qctl::at(&proxy.url())
        .args(["enqueue", "--from", "-"])
        .stdin(lines(count))
        .spawn();
    let length = || redis.query::<usize>(&["LLEN", PENDING]);
    eventually(SOON, || (length() > 1_000).then_some(()));
    proxy.cut();
    running.wait_for_line(|line| line.contains("trying again"), SOON);
    assert!(length() < count);
    proxy.heal();
    let output = running.wait(SOON).expect_code(0);
    assert_eq!(output.stdout_str(), "enqueued 20,000 tasks\n");
    assert_eq!(payloads(&redis), (0..count).collect::<Vec<_>>());
}

#[test]
fn an_interrupt_ends_after_the_batch_and_says_how_far() {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let redis = Redis::start();
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        assert!(
            Command::new("mkfifo")
                .arg(&pipe)
                .status()
                .unwrap()
                .success()
        );
        let running = Qctl::new(&redis)
            .args(["enqueue", "--from"])
            .arg(&pipe)
            .spawn();
        // A producer that says three lines and stays. It opens once the program does.
        let mut producer = File::options().write(true).open(&pipe).unwrap();
        producer.write_all(lines(3).as_bytes()).unwrap();
        // Lines of a slow producer do not wait for more.
        eventually(SOON, || {
            (redis.query::<usize>(&["LLEN", PENDING]) == 3).then_some(())
        });
        running.signal(signal);
        let output = running.wait(SOON).expect_code(code);
        assert_eq!(output.stdout_str(), "enqueued 3 tasks\n");
        assert_eq!(
            output.stderr_str(),
            "hint: 3 lines done; continue with --skip 3\n"
        );
        drop(producer);
    }
}

#[test]
fn queues_may_be_many() {
    let redis = Redis::start();
    let lines = (0..3_000).map(|n| format!("{{\"type\":\"t\",\"queue\":\"q{}\"}}\n", n % 1_500));
    Qctl::new(&redis)
        .args(["enqueue", "--from", "-"])
        .stdin(lines.collect::<String>())
        .stdout("enqueued 3,000 tasks\n")
        .run();
    assert_eq!(redis.query::<usize>(&["SCARD", "asynq:queues"]), 1_500);
}

#[test]
fn an_import_waits_for_a_redis_that_is_away_when_it_starts() {
    let redis = Redis::start();
    let proxy = Proxy::new(&redis);
    proxy.cut();
    let start = |input: &str| {
        let running = Qctl::at(&proxy.url())
            .args(["enqueue", "--from", "-", "--skip", "1"])
            .stdin(input)
            .spawn();
        running.wait_for_line(|line| line.ends_with("trying again for 30 seconds"), SOON);
        running
    };
    let interrupted = start(&lines(2));
    interrupted.signal(Signal::TERM);
    let output = interrupted.wait(SOON).expect_code(143);
    assert!(
        output
            .stderr_str()
            .ends_with("hint: 1 line done; continue with --skip 1\n")
    );
    let running = start(&lines(3));
    proxy.heal();
    let output = running.wait(SOON).expect_code(0);
    assert_eq!(output.stdout_str(), "enqueued 2 tasks\n");
}
