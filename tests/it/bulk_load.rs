//! Bulk changes while producers enqueue and servers of both kinds drain the same queue: no task is lost,
//! none runs twice, and nothing is left behind.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use qctl::task::State;
use serde_json::json;

use crate::broker::{Lab, NOW};
use crate::harness::leaks::assert_no_leaks;
use crate::harness::peer::Peer;
use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;
use crate::harness::{SOON, eventually};
use crate::worker_interop::{serve, stop, work};

/// Enqueues unique tasks that are kept when they are done; `start_at` is empty or a member of the document.
fn enqueue(redis: &Redis, prefix: &str, count: u64, start_at: &str) -> u64 {
    let mut lines = String::new();
    for n in 0..count {
        writeln!(
            lines,
            r#"{{"type":"t","id":"{prefix}{n}","payload":{{"n":{n},"of":"{prefix}"}},"unique_seconds":3600,"retention_seconds":3600{start_at}}}"#,
        )
        .unwrap();
    }
    let enqueued = Qctl::new(redis).args(["enqueue", "--from", "-"]);
    enqueued.stdin(lines).run_unchecked().expect_code(0);
    count
}

/// Makes a change, and tells of how many tasks.
fn change(redis: &Redis, line: &str, filter: &str) -> u64 {
    let mut qctl = Qctl::new(redis).args(line.split(' '));
    qctl = qctl.args(["-q", "default", "--json"]);
    if !line.starts_with("retry") {
        qctl = qctl.arg("--yes");
    }
    if !filter.is_empty() {
        qctl = qctl.args(["--filter", filter]);
    }
    // It competes with workers and a producer.
    let output = qctl.spawn().wait(4 * SOON).expect_code(0);
    output.json()["changed"].as_u64().unwrap()
}

/// With the filter of each, if it has one.
const CHANGES: [(&str, &str); 13] = [
    ("delete -s pending", ".payload.n % 10 == 0"),
    ("archive -s pending", ".payload.n % 10 == 1"),
    ("retry -s archived", ".payload.n % 20 == 1"),
    ("delete -s archived -l 400", ""),
    ("archive -s scheduled", ".payload.n % 2 == 0"),
    ("retry -s scheduled -l 500", ""),
    ("delete -s scheduled", ".payload.n % 3 == 0"),
    ("retry -s retry -l 700", ""),
    ("archive -s retry -t t*", ""),
    ("archive -s pending -l 500", ""),
    ("delete -s completed -l 500", ""),
    ("delete -s pending -l 500", ""),
    ("retry", ""),
];

struct StopOnDrop<'a>(&'a AtomicBool);

impl Drop for StopOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[tokio::test]
async fn bulk_changes_under_load_lose_nothing_and_leave_nothing() {
    let lab = Lab::start().await;
    let redis = &lab.redis;
    let later = format!(
        r#","next_process_at":"{}""#,
        chrono::DateTime::from_timestamp(NOW, 0)
            .unwrap()
            .to_rfc3339()
    );
    let mut all = enqueue(redis, "first-", 5_000, "") + enqueue(redis, "later-", 1_500, &later);
    for (state, prefix) in [(State::Retry, "r"), (State::Archived, "a")] {
        lab.fill(state, 800, prefix);
        all += 800;
    }
    let mut peer = Peer::start(redis);
    if let Some(peer) = &mut peer {
        serve(peer, &json!({"*": {"do": "succeed"}}));
    }
    let worker = work(redis, &["-c", "4", "--discard", "*"]);
    let over = AtomicBool::new(false);
    let mut deleted = 0;
    thread::scope(|scope| {
        // Also when a change fails: the producer must not go on forever.
        let _stop = StopOnDrop(&over);
        let producer = scope.spawn(|| {
            let mut batches = 0..;
            let more = batches
                .by_ref()
                .take_while(|_| !over.load(Ordering::Relaxed));
            more.map(|batch| enqueue(redis, &format!("new-{batch}-"), 300, ""))
                .sum::<u64>()
        });
        for (line, filter) in CHANGES {
            let changed = change(redis, line, filter);
            // Those that are completed have been counted when they ran.
            if line.starts_with("delete") && !line.contains("completed") {
                deleted += changed;
            }
        }
        over.store(true, Ordering::Relaxed);
        all += producer.join().unwrap();
    });
    let length = |key: &str, command: &str| redis.query::<u64>(&[command, key]);
    let waiting = || length(&lab.keys.pending(), "LLEN") + length(&lab.keys.active(), "LLEN");
    // How many there are depends on the speed of the producer.
    let mut left = waiting();
    while left > 0 {
        left = eventually(SOON, || Some(waiting()).filter(|now| *now < left));
    }
    stop(worker);
    drop(peer);
    assert_no_leaks(redis);
    let sets = [lab.keys.scheduled(), lab.keys.retry(), lab.keys.archived()];
    let left: u64 = sets.iter().map(|key| length(key, "ZCARD")).sum();
    let run = u64::try_from(lab.number(&lab.keys.processed()).unwrap()).unwrap();
    assert_eq!(
        run + deleted + left,
        all,
        "{run} ran, {deleted} deleted, {left} left"
    );
    assert!(
        deleted > 400 && left > 100,
        "{deleted} deleted, {left} left"
    );
}
