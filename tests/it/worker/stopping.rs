//! Signals to `qctl work` while it runs commands.

use std::path::Path;
use std::time::{Duration, Instant};

use qctl::clock;
use qctl::task::{QueueName, State};
use rustix::process::Signal;
use tempfile::TempDir;

use super::shop::{Shop, keys};
use crate::harness::qctl::Qctl;
use crate::harness::running::Running;
use crate::harness::{SOON, eventually};

const SLEEPER: &str = "t=touch started.$QCTL_TASK_ID; sleep 1000";

/// A worker that runs the command for tasks of type `t`, in a folder.
fn work(shop: &Shop, folder: &Path, args: &[&str]) -> Running {
    let worker = Qctl::new(&shop.redis)
        .args(["work", "-q", "default"])
        .args(args)
        .cwd(folder)
        .spawn();
    worker.wait_for_line(|line| line.contains("ready"), SOON);
    worker
}

/// Waits until so many tasks have started.
fn started(folder: &Path, count: usize) {
    eventually(SOON, || {
        (std::fs::read_dir(folder).unwrap().count() == count).then_some(())
    });
}

fn servers(shop: &Shop) -> Vec<qctl::broker::records::ServerFound> {
    shop.ask(async |broker| broker.servers(clock::now()).await)
        .unwrap()
}

#[track_caller]
fn everything_is_back(shop: &Shop, before: &[String]) {
    let keys = keys();
    assert_eq!(shop.list(&keys.pending()), before);
    assert_eq!(shop.list(&keys.active()), [""; 0]);
    assert!(!shop.redis.query::<bool>(&["EXISTS", &keys.lease()]));
    assert!(servers(shop).is_empty());
    assert_eq!(shop.counters(), (0, 0));
    assert_eq!(shop.find("0").unwrap().state, State::Pending);
}

/// With tasks waiting and tasks running, none of which ends in time.
#[test]
fn a_graceful_stop_gives_everything_back_in_order() {
    for signal in [Signal::TERM, Signal::INT] {
        let shop = Shop::open();
        let folder = TempDir::new().unwrap();
        shop.enqueue_many(&QueueName::default(), "", 20);
        let before = shop.list(&keys().pending());
        let args = [
            "-c",
            "8",
            "--handle",
            SLEEPER,
            "--shutdown-timeout",
            "300ms",
        ];
        let worker = work(&shop, folder.path(), &args);
        started(folder.path(), 8);
        let asked = Instant::now();
        worker.signal(signal);
        let output = worker.wait(SOON).expect_code(0);
        assert!(asked.elapsed() >= Duration::from_millis(300));
        assert_eq!(output.stdout_str(), "");
        let said = output.stderr_str();
        for word in ["draining", "aborting", "requeued", "stopped"] {
            assert!(said.contains(word), "{word}: {said}");
        }
        everything_is_back(&shop, &before);
    }
}

#[test]
fn what_ends_in_time_is_done() {
    let shop = Shop::open();
    let folder = TempDir::new().unwrap();
    shop.enqueue_many(&QueueName::default(), "", 6);
    let handler = "t=touch started.$QCTL_TASK_ID; while ! [ -e go ]; do sleep 0.02; done";
    let args = ["-c", "4", "--handle", handler, "--shutdown-timeout", "1h"];
    let worker = work(&shop, folder.path(), &args);
    started(folder.path(), 4);
    worker.signal(Signal::TERM);
    worker.wait_for_line(|line| line.contains("draining"), SOON);
    std::fs::write(folder.path().join("go"), "").unwrap();
    worker.wait(SOON).expect_code(0);
    assert_eq!(shop.counters(), (4, 0));
    assert_eq!(shop.list(&keys().pending()), ["5", "4"]);
}

#[test]
fn a_second_signal_ends_the_wait() {
    let shop = Shop::open();
    let folder = TempDir::new().unwrap();
    shop.enqueue_many(&QueueName::default(), "", 6);
    let before = shop.list(&keys().pending());
    let args = ["-c", "4", "--handle", SLEEPER, "--shutdown-timeout", "1h"];
    let worker = work(&shop, folder.path(), &args);
    started(folder.path(), 4);
    worker.signal(Signal::TERM);
    worker.wait_for_line(|line| line.contains("draining"), SOON);
    worker.signal(Signal::INT);
    let asked = Instant::now();
    worker.wait(SOON).expect_code(0);
    // Far less than the five seconds that a command has after TERM.
    assert!(asked.elapsed() < Duration::from_secs(4));
    everything_is_back(&shop, &before);
}

#[test]
fn tstp_stops_claiming_and_presence_says_so() {
    let shop = Shop::open();
    let folder = TempDir::new().unwrap();
    shop.enqueue_many(&QueueName::default(), "", 1);
    let args = ["-c", "2", "--handle", SLEEPER, "--shutdown-timeout", "0s"];
    let worker = work(&shop, folder.path(), &args);
    started(folder.path(), 1);
    worker.signal(Signal::TSTP);
    worker.wait_for_line(|line| line.contains("suspended"), SOON);
    shop.enqueue_many(&QueueName::default(), "later", 1);
    eventually(SOON, || {
        let server = servers(&shop).pop()?;
        (server.status == "stopped" && server.active_workers == 1).then_some(())
    });
    assert_eq!(shop.state("later0"), Some(State::Pending));
    worker.signal(Signal::TERM);
    worker.wait(SOON).expect_code(0);
    assert_eq!(shop.list(&keys().pending()), ["later0", "0"]);
}

/// Redis is gone for good: the worker has nothing to give back to, and ends all the same.
#[test]
fn a_worker_without_redis_ends_when_asked_to() {
    let mut shop = Shop::open();
    let folder = TempDir::new().unwrap();
    shop.enqueue_many(&QueueName::default(), "", 2);
    let args = [
        "-c",
        "2",
        "--handle",
        SLEEPER,
        "--shutdown-timeout",
        "200ms",
    ];
    let worker = work(&shop, folder.path(), &args);
    started(folder.path(), 2);
    shop.redis.kill9();
    worker.wait_for_line(|line| line.contains("ERROR  error"), SOON);
    worker.signal(Signal::TERM);
    worker.wait(SOON).expect_code(0);
}
