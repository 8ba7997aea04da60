//! `qctl enqueue --wait`, with a real worker beside.

use rustix::process::Signal;

use crate::harness::proxy::Proxy;
use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;
use crate::harness::running::Running;
use crate::harness::{SOON, eventually};

fn worker(redis: &Redis, handlers: &[&str]) -> Running {
    let worker = handlers
        .iter()
        .fold(Qctl::new(redis).arg("work"), |qctl, handler| {
            qctl.args(["--handle", handler])
        })
        .spawn();
    worker.wait_for_line(|line| line.contains("ready"), SOON);
    worker
}

#[test]
fn the_result_is_written_as_it_is() {
    let redis = Redis::start();
    let _worker = worker(&redis, &["t=printf '\\377\\000'; cat", "none=true"]);
    let output = Qctl::new(&redis)
        .args(["enqueue", "t", "--payload", "abc", "--wait=20s"])
        .run_unchecked()
        .expect_code(0);
    assert_eq!(output.stdout, b"\xff\0abc");
    assert!(output.stderr.is_empty());
    let output = Qctl::new(&redis)
        .args(["enqueue", "t", "--wait", "-o", "json", "--retention", "2m"])
        .run_unchecked()
        .expect_code(0);
    let document = output.json();
    assert_eq!(document["state"], "completed");
    assert_eq!(document["retention_seconds"], 120);
    Qctl::new(&redis).args(["enqueue", "none", "--wait"]).run();
}

#[test]
fn a_task_that_fails_for_good_is_a_failure() {
    let redis = Redis::start();
    let _worker = worker(&redis, &["t=echo no such user >&2; exit 65"]);
    Qctl::new(&redis)
        .args(["enqueue", "t", "--id", "x", "--wait"])
        .stderr("error: task \"x\" failed (exit status 65: no such user)\n")
        .status(9)
        .run();
}

#[test]
fn a_task_that_is_set_aside_is_not_waited_for() {
    let redis = Redis::start();
    let waiting = Qctl::new(&redis)
        .args(["enqueue", "t", "--id", "x", "--wait"])
        .spawn();
    let key = "asynq:{default}:t:x";
    eventually(SOON, || {
        (redis.query::<u64>(&["EXISTS", key]) == 1).then_some(())
    });
    redis.cmd(&["HSET", key, "msg", "not a message"]);
    let _worker = worker(&redis, &["t=true"]);
    let output = waiting.wait(SOON).expect_code(9);
    // A note that nobody serves the queue may come first, if the worker starts slowly.
    let stderr = output.stderr_str();
    let told = "error: task \"x\" in queue \"default\" was set aside: its message cannot be read\n\
         hint: qctl inspect x\n";
    assert!(stderr.ends_with(told), "{stderr}");
}

#[test]
fn patience_ends_and_the_task_stays() {
    let redis = Redis::start();
    // Enough for one look, also on a slow machine; the note that nobody serves the queue may come first.
    let output = Qctl::new(&redis)
        .args(["enqueue", "t", "--id", "x", "--wait=2s"])
        .run_unchecked()
        .expect_code(8);
    let stderr = output.stderr_str();
    let told = "error: timed out waiting for task \"x\" in queue \"default\" (its state is pending)\n\
         hint: qctl inspect x\n";
    assert!(stderr.ends_with(told), "{stderr}");
    let running = Qctl::new(&redis)
        .args(["enqueue", "t", "--id", "y", "--wait"])
        .spawn();
    // Printed while it waits, so the signal is caught by then.
    running.wait_for_line(|line| line.contains("no server serves queue default"), SOON);
    running.signal(Signal::TERM);
    let output = running.wait(SOON).expect_code(143);
    let stderr = output.stderr_str();
    assert!(
        stderr.ends_with("\ntask y stays in queue default\n"),
        "{stderr}"
    );
    assert_eq!(
        redis.query::<usize>(&["LLEN", "asynq:{default}:pending"]),
        2
    );
}

#[test]
fn a_task_that_is_gone_has_no_known_end() {
    let redis = Redis::start();
    let running = Qctl::new(&redis)
        .args(["enqueue", "t", "--id", "x", "--wait"])
        .spawn();
    running.wait_for_line(|line| line.contains("no server serves queue default"), SOON);
    Qctl::new(&redis)
        .args(["delete", "x", "--yes"])
        .run_unchecked()
        .expect_code(0);
    let output = running.wait(SOON).expect_code(3);
    let stderr = output.stderr_str();
    let told =
        "error: task \"x\" no longer exists in queue \"default\", and how it ended is unknown\n";
    assert!(stderr.contains(told), "{stderr}");
}

#[test]
fn an_end_that_cannot_be_seen_is_not_waited_for() {
    for options in [["--retention", "0s"], ["--group", "g"]] {
        let refused = Qctl::alone()
            .args(["enqueue", "t", "--wait"])
            .args(options)
            .run_unchecked()
            .expect_code(2);
        assert!(refused.stderr_str().starts_with("error: --wait "));
    }
}

#[test]
fn who_waits_learns_that_the_queue_is_paused() {
    let redis = Redis::start();
    Qctl::new(&redis)
        .args(["pause", "default", "--force"])
        .run_unchecked()
        .expect_code(0);
    let note = "queue default is paused: its tasks wait until it is resumed\n";
    Qctl::new(&redis)
        .args(["enqueue", "t", "--id", "x"])
        .stdout("enqueued task x (t) in queue default\n")
        .stderr(note)
        .run();
    let waited = Qctl::new(&redis)
        .args(["enqueue", "t", "--wait=10ms"])
        .run_unchecked()
        .expect_code(8);
    assert!(waited.stderr_str().starts_with(note));
}

#[test]
fn a_result_that_is_too_large_to_store_is_a_failure() {
    let redis = Redis::start();
    let _worker = worker(&redis, &["t=head -c 2000000 /dev/zero"]);
    Qctl::new(&redis)
        .args(["enqueue", "t", "--id", "x", "--wait"])
        .stderr("error: task \"x\" completed, but its result is lost (result of 2.0 MiB is larger than 1 MiB and was not stored)\n")
        .status(9)
        .run();
}

#[test]
fn waiting_goes_on_while_redis_is_away() {
    let redis = Redis::start();
    let proxy = Proxy::new(&redis);
    let running = Qctl::at(&proxy.url())
        .args(["enqueue", "t", "--payload", "abc", "--wait"])
        .spawn();
    // So the answer to the enqueueing has arrived.
    running.wait_for_line(|line| line.contains("no server serves"), SOON);
    proxy.cut();
    running.wait_for_line(|line| line.contains("still waiting"), SOON);
    let _worker = worker(&redis, &["t=cat"]);
    proxy.heal();
    assert_eq!(running.wait(SOON).expect_code(0).stdout, b"abc");
}
