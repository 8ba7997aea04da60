//! Damage that the real Asynq does: the doctor finds it and repairs it, and Go works on.

use qctl::task::State;
use serde_json::json;

use super::{pair, serve, stop, work};
use crate::cli::{OF_THRESHOLDS, keys, message, put};
use crate::harness::peer::Peer;
use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;
use crate::harness::{SOON, eventually};

/// What is found, as `CODE COUNT`, without what the thresholds say.
fn found(redis: &Redis, args: &[&str]) -> Vec<String> {
    let output = Qctl::new(redis).arg("doctor").args(args).arg("--json");
    let health = output.run_unchecked().json();
    let findings = health["findings"].as_array().unwrap().iter();
    let shown = findings.filter_map(|finding| {
        let code = finding["code"].as_str().unwrap();
        let ours = finding["repair"].is_string() || !OF_THRESHOLDS.contains(&code);
        ours.then(|| format!("{code} {}", finding["count"]))
    });
    shown.collect()
}

/// Repairs the only finding, after which there is none.
fn repair(redis: &Redis, finding: &str) {
    assert_eq!(found(redis, &["--quick"]), [finding]);
    let fix = ["doctor", "--quick", "--fix", "--yes"];
    Qctl::new(redis).args(fix).run_unchecked().expect_code(0);
    assert_eq!(found(redis, &["--quick"]), [""; 0]);
}

/// A Go server does a task.
fn works_on(peer: &mut Peer) {
    peer.call(&json!({"op": "enqueue", "type": "next"}));
    let ended = |event: &serde_json::Value| event["type"] == "next" && event["phase"] == "ended";
    peer.wait_for_event(SOON, ended);
}

#[test]
fn tasks_that_gos_inspector_has_trimmed_are_found() {
    let Some((redis, mut peer)) = pair() else {
        return;
    };
    put(
        &redis,
        "default",
        "6ba7b810-9dad-11d1-80b4-aaaaaaaaaaaa",
        State::Pending,
    );
    let mut pipeline = ::redis::pipe();
    for number in 0..10_001 {
        let id = format!("6ba7b810-9dad-11d1-80b4-{number:012}");
        let bytes = message("default", &id).to_bytes();
        let fields: [(&str, &[u8]); 2] = [("msg", &bytes), ("state", b"pending")];
        let key = format!("asynq:{{default}}:t:{id}");
        pipeline.hset_multiple(key, &fields).ignore();
        pipeline.lpush(keys("default").pending(), &id).ignore();
    }
    pipeline
        .query::<()>(&mut redis.connection().unwrap())
        .unwrap();
    peer.call(&json!({"op": "archive_all", "queue": "default", "state": "pending", "group": ""}));
    assert_eq!(found(&redis, &["--quick"]), ["lost-task 3"]);
    let fix = ["doctor", "--quick", "--fix", "--yes"];
    Qctl::new(&redis).args(fix).run_unchecked().expect_code(0);
    // The archive is full.
    assert_eq!(found(&redis, &["--quick"]), ["set-aside 3"]);
    let delete = ["delete", "-q", "default", "-s", "aside", "--yes"];
    Qctl::new(&redis)
        .args(delete)
        .run_unchecked()
        .expect_code(0);
    assert_eq!(found(&redis, &["--quick"]), [""; 0]);
    serve(&mut peer, &json!({"*": {"do": "succeed"}}));
    works_on(&mut peer);
}

#[test]
fn the_lock_of_a_refused_task_is_released() {
    let Some((redis, mut peer)) = pair() else {
        return;
    };
    peer.call(
        &json!({"op": "enqueue", "type": "t", "id": "a", "process_at_unix": 4_000_000_000_u64}),
    );
    let unique = |id: &str| json!({"op": "enqueue", "type": "u", "id": id, "unique_s": 3600});
    assert_eq!(peer.try_call(&unique("a")).unwrap_err().kind, "conflict");
    assert_eq!(peer.try_call(&unique("b")).unwrap_err().kind, "duplicate");
    repair(&redis, "stale-lock 1");
    peer.call(&unique("b"));
    assert_eq!(found(&redis, &["--quick"]), [""; 0]);
}

#[test]
fn tasks_of_an_unfinished_merge_go_back_to_their_group() {
    let Some((redis, mut peer)) = pair() else {
        return;
    };
    let q = keys("default");
    peer.call(&json!({"op": "enqueue", "type": "t", "id": "a", "group": "g"}));
    let server = |kind: &str| {
        json!({
            "op": "serve", "concurrency": 1, "queues": {"default": 1}, "task_check_ms": 10,
            "handlers": {"*": {"do": "succeed"}},
            "aggregator": {"type": kind, "grace_s": 1, "max_delay_s": 1, "max_size": 1},
        })
    };
    // The function returns nil, which leaves the set open.
    peer.call(&server(""));
    let set: String = crate::harness::eventually(SOON, || {
        let sets: Vec<String> = redis.query(&["ZRANGE", &q.aggregation_sets(), "0", "-1"]);
        sets.into_iter().next()
    });
    peer.call(&json!({"op": "shutdown"}));
    assert_eq!(
        found(&redis, &["--quick"]),
        [""; 0],
        "it may be merged still"
    );
    redis.cmd(&["ZADD", &q.aggregation_sets(), "1700000000", &set]);
    repair(&redis, "stale-set 1");
    // Go puts tasks back without listing the group.
    redis.cmd(&["SREM", &q.groups(), "g"]);
    repair(&redis, "unlisted-group 1");
    peer.call(&server("merged"));
    let aggregated = |event: &serde_json::Value| event["phase"] == "aggregated";
    peer.wait_for_event(SOON, aggregated);
}

#[test]
fn a_ghost_in_the_hands_of_a_go_server_is_removed() {
    let Some((redis, mut peer)) = pair() else {
        return;
    };
    let q = keys("default");
    serve(&mut peer, &json!({"*": {"do": "succeed"}}));
    works_on(&mut peer);
    redis.cmd(&["LPUSH", &q.pending(), "ghost"]);
    crate::harness::eventually(SOON, || {
        let lease: Option<f64> = redis.query(&["ZSCORE", &q.lease(), "ghost"]);
        lease
    });
    repair(&redis, "missing-task 1");
    let left: u64 = redis.query(&["EXISTS", &q.active(), &q.lease()]);
    assert_eq!(left, 0);
    works_on(&mut peer);
}

#[test]
fn the_task_of_a_killed_go_server_runs_again() {
    let Some((redis, mut peer)) = pair() else {
        return;
    };
    serve(&mut peer, &json!({"*": {"do": "until_cancelled"}}));
    peer.call(&json!({"op": "enqueue", "type": "t", "id": "a"}));
    peer.wait_for_event(SOON, |event| event["phase"] == "started");
    peer.kill9();
    redis.cmd(&["ZADD", &keys("default").lease(), "1700000000", "a"]);
    repair(&redis, "lease-over 1");
    let Some(mut other) = Peer::start(&redis) else {
        return;
    };
    serve(&mut other, &json!({"*": {"do": "succeed"}}));
    other.wait_for_event(SOON, |event| {
        event["id"] == "a" && event["phase"] == "ended"
    });
}

/// The second look waits for a lease: this test takes as long, if the first look sees a task on its way.
#[test]
fn busy_workers_of_both_kinds_give_no_findings() {
    let Some((redis, mut peer)) = pair() else {
        return;
    };
    serve(&mut peer, &json!({"*": {"do": "succeed"}}));
    let worker = work(&redis, &["--handle", "t=true", "-c", "4"]);
    let stopped = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        let redis = &redis;
        let stopped = &stopped;
        scope.spawn(move || {
            while !stopped.load(std::sync::atomic::Ordering::Relaxed) {
                let lines = "{\"type\":\"t\"}\n{\"type\":\"t\",\"unique_seconds\":60}\n".repeat(50);
                let import = Qctl::new(redis)
                    .args(["enqueue", "--from", "-"])
                    .stdin(lines);
                import.run_unchecked();
            }
        });
        for _ in 0..3 {
            assert_eq!(found(redis, &[]), [""; 0]);
        }
        stopped.store(true, std::sync::atomic::Ordering::Relaxed);
    });
    stop(worker);
}

/// Two copies of one service: each enqueues the task of each tick (F1).
#[test]
fn a_schedule_of_two_go_schedulers_is_found() {
    let redis = Redis::start();
    let schedule =
        json!({"op": "schedule", "spec": "0 3 * * *", "type": "report:build", "queue": "low"});
    let mut peers = Vec::new();
    for _ in 0..2 {
        let Some(mut peer) = Peer::start(&redis) else {
            return;
        };
        peer.call(&schedule);
        peers.push(peer);
    }
    eventually(SOON, || {
        let found = found(&redis, &["--quick", "--only", "double-schedule"]);
        (found == ["double-schedule 1"]).then_some(())
    });
}
