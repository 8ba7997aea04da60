//! Workers of both kinds, the real Asynq's and ours, on the same queues.

mod beside; // each shows, cancels and recovers what the other runs, and both share one queue
mod doctor; // damage that Asynq does is found and repaired
mod exchange; // each works what the other enqueued, and reads what became of it

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::harness::peer::Peer;
use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;
use crate::harness::running::Running;
use crate::harness::{SOON, eventually};

pub(crate) fn pair() -> Option<(Redis, Peer)> {
    let redis = Redis::start();
    let peer = Peer::start(&redis)?;
    Some((redis, peer))
}

/// A Go server with two slots on the queue `default` and short intervals.
pub(crate) fn serve(peer: &mut Peer, handlers: &Value) {
    peer.call(&json!({
        "op": "serve", "concurrency": 2, "queues": {"default": 1}, "task_check_ms": 10, "delayed_check_ms": 100,
        "shutdown_timeout_ms": 100, "retry_delay_s": 1000, "handlers": handlers,
    }));
}

pub(crate) fn qctl(redis: &Redis, args: &[&str]) -> Value {
    Qctl::new(redis)
        .args(args)
        .arg("--json")
        .run_unchecked()
        .expect_code(0)
        .json()
}

/// A worker of ours; ended by the test, or killed with it.
pub(crate) fn work(redis: &Redis, args: &[&str]) -> Running {
    let worker = Qctl::new(redis).arg("work").args(args).spawn();
    worker.wait_for_line(|line| line.contains("ready"), SOON);
    worker
}

#[track_caller]
pub(crate) fn stop(worker: Running) {
    worker.signal(Signal::TERM);
    worker.wait(SOON).expect_code(0);
}

pub(crate) fn info(peer: &mut Peer, id: &str) -> Option<Value> {
    peer.try_call(&json!({"op": "task_info", "queue": "default", "id": id}))
        .ok()
}

#[track_caller]
pub(crate) fn reaches(peer: &mut Peer, id: &str, state: &str) -> Value {
    eventually(SOON, || {
        info(peer, id).filter(|info| info["state"] == state)
    })
}

#[track_caller]
pub(crate) fn started(peer: &mut Peer, id: &str) -> Value {
    peer.wait_for_event(SOON, |event| {
        event["id"] == id && event["phase"] == "started"
    })
}

pub(crate) fn base64(bytes: &[u8]) -> Value {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD
        .encode(bytes)
        .into()
}

/// Puts the lease of every task back, so that it has been over for a long time.
pub(crate) fn rewind(redis: &Redis) {
    let lease = "asynq:{default}:lease";
    for id in redis.query::<Vec<String>>(&["ZRANGE", lease, "0", "-1"]) {
        redis.cmd(&["ZADD", lease, "XX", "1", &id]);
    }
}
