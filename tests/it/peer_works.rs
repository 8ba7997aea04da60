//! That each operation of the Go peer does what the tests rely on.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::peer::Peer;
use crate::harness::redis::Redis;
use crate::harness::{SOON, eventually};

/// Intervals as short as the library takes them.
fn serve(peer: &mut Peer, handlers: &Value) {
    peer.call(&json!({
        "op": "serve", "concurrency": 2, "queues": {"default": 1}, "task_check_ms": 10, "delayed_check_ms": 100,
        "shutdown_timeout_ms": 100, "retry_delay_s": 1000, "handlers": handlers,
    }));
}

fn state_of(peer: &mut Peer, id: &str) -> Option<Value> {
    let info = peer.try_call(&json!({"op": "task_info", "queue": "default", "id": id}));
    info.ok().map(|mut info| info["state"].take())
}

fn reaches(peer: &mut Peer, id: &str, state: &str) {
    eventually(SOON, || (state_of(peer, id)? == state).then_some(()));
}

#[test]
fn every_option_of_an_enqueue_arrives() {
    let redis = Redis::start();
    let Some(mut peer) = Peer::start(&redis) else {
        return;
    };
    let info = peer.call(&json!({
        "op": "enqueue", "type": "größe:測", "payload_base64": "AP8=", "queue": "q", "id": "one", "max_retry": 3,
        "timeout_s": 90, "deadline_unix": 4_000_000_000_i64, "process_at_unix": 3_900_000_000_i64, "unique_s": 60,
        "retention_s": 120, "headers": {"key": "value"},
    }));
    let expected = json!({
        "id": "one", "queue": "q", "type": "größe:測", "payload_base64": "AP8=", "headers": {"key": "value"},
        "state": "scheduled", "max_retry": 3, "retried": 0, "last_err": "", "last_failed_at": null, "timeout_s": 90,
        "deadline": 4_000_000_000_i64, "group": "", "next_process_at": 3_900_000_000_i64, "is_orphaned": false,
        "retention_s": 120, "completed_at": null, "result_base64": "",
    });
    assert_eq!(info, expected);
    assert_eq!(
        peer.call(&json!({"op": "task_info", "queue": "q", "id": "one"})),
        expected
    );
    assert!(redis.query::<bool>(&["EXISTS", "asynq:{q}:t:one"]));
    let grouped = peer.call(&json!({"op": "enqueue", "type": "t", "queue": "q", "group": "g"}));
    assert_eq!(
        (&grouped["state"], &grouped["group"]),
        (&json!("aggregating"), &json!("g"))
    );
}

#[test]
fn a_missing_payload_differs_from_an_empty_one() {
    let redis = Redis::start();
    let Some(mut peer) = Peer::start(&redis) else {
        return;
    };
    for payload in [json!(null), json!("")] {
        peer.call(
            &json!({"op": "enqueue", "type": "t", "unique_s": 60, "payload_base64": payload}),
        );
    }
    assert_eq!(redis.query::<u32>(&["LLEN", "asynq:{default}:pending"]), 2);
}

#[test]
fn errors_have_a_kind() {
    let redis = Redis::with().password("secret").start();
    let Some(mut peer) = Peer::start(&redis) else {
        return;
    };
    let mut kind = |request: Value| peer.try_call(&request).unwrap_err().kind;
    let unique = json!({"op": "enqueue", "type": "t", "unique_s": 60, "id": "one"});
    assert_eq!(
        kind(json!({"op": "list", "queue": "q", "state": "pending"})),
        "queue_not_found"
    );
    assert_eq!(kind(json!({"op": "enqueue", "type": " "})), "other");
    assert_eq!(
        kind(json!({"op": "enqueue", "type": "t", "qeueu": "q"})),
        "other"
    );
    peer.call(&unique);
    let mut kind = |request: &Value| peer.try_call(request).unwrap_err().kind;
    assert_eq!(kind(&unique), "duplicate");
    assert_eq!(
        kind(&json!({"op": "enqueue", "type": "other", "id": "one"})),
        "conflict"
    );
    assert_eq!(
        kind(&json!({"op": "task_info", "queue": "default", "id": "two"})),
        "task_not_found"
    );
    assert_eq!(
        kind(&json!({"op": "delete_queue", "queue": "default", "force": false})),
        "queue_not_empty"
    );
}

#[test]
fn servers_do_what_the_test_asks_and_tell_what_they_saw() {
    let redis = Redis::start();
    let Some(mut peer) = Peer::start(&redis) else {
        return;
    };
    serve(
        &mut peer,
        &json!({
            "good": {"do": "succeed", "result_base64": "b2s="}, "bad": {"do": "fail", "error": "oops"},
            "hopeless": {"do": "skip_retry", "error": "no"}, "shaky": {"do": "panic", "error": "aargh"},
            "slow": {"do": "sleep", "sleep_ms": 20}, "void": {"do": "revoke"}, "*": {"do": "succeed"},
        }),
    );
    for kind in ["good", "bad", "hopeless", "shaky", "slow", "void", "any"] {
        peer.call(&json!({"op": "enqueue", "type": kind, "id": kind, "retention_s": 100, "headers": {"k": "v"}}));
    }
    for (id, state) in [
        ("good", "completed"),
        ("bad", "retry"),
        ("hopeless", "archived"),
        ("shaky", "retry"),
    ] {
        reaches(&mut peer, id, state);
    }
    reaches(&mut peer, "slow", "completed");
    reaches(&mut peer, "any", "completed");
    eventually(SOON, || state_of(&mut peer, "void").is_none().then_some(()));
    let good = peer.call(&json!({"op": "task_info", "queue": "default", "id": "good"}));
    assert_eq!(good["result_base64"], "b2s=");
    let bad = peer.call(&json!({"op": "task_info", "queue": "default", "id": "bad"}));
    assert_eq!(
        (&bad["last_err"], &bad["retried"]),
        (&json!("oops"), &json!(1))
    );
    let seen = peer.wait_for_event(SOON, |event| {
        event["id"] == "good" && event["phase"] == "started"
    });
    assert_eq!(seen["headers"], json!({"k": "v"}));
    assert_eq!(
        (&seen["queue"], &seen["retried"], &seen["max_retry"]),
        (&json!("default"), &json!(0), &json!(25))
    );
    assert!(seen["time_left_s"].as_f64().unwrap() > 1790.0);
    let seen = peer.wait_for_event(SOON, |event| {
        event["id"] == "good" && event["phase"] == "ended"
    });
    assert_eq!(seen["context_error"], json!(null));
}

#[test]
fn running_tasks_are_shown_and_cancelled() {
    let redis = Redis::start();
    let Some(mut peer) = Peer::start(&redis) else {
        return;
    };
    serve(&mut peer, &json!({"*": {"do": "until_cancelled"}}));
    peer.call(&json!({"op": "enqueue", "type": "t", "id": "one", "payload_base64": "eA=="}));
    peer.wait_for_event(SOON, |event| event["phase"] == "started");
    // Shown with the next heartbeat.
    let worker = eventually(SOON, || {
        let servers = peer.call(&json!({"op": "servers"}));
        assert_eq!(servers[0]["pid"], peer.pid());
        assert_eq!(servers[0]["queues"], json!({"default": 1}));
        servers[0]["workers"].get(0).cloned()
    });
    assert_eq!(
        (&worker["task_id"], &worker["payload_base64"]),
        (&json!("one"), &json!("eA=="))
    );
    peer.call(&json!({"op": "cancel", "id": "one"}));
    let ended = peer.wait_for_event(SOON, |event| event["phase"] == "ended");
    assert_eq!(ended["context_error"], "context canceled");
    reaches(&mut peer, "one", "retry");
}

#[test]
fn servers_stop_fetching_shut_down_and_die() {
    let redis = Redis::start();
    let Some(mut peer) = Peer::start(&redis) else {
        return;
    };
    serve(&mut peer, &json!({"*": {"do": "until_cancelled"}}));
    peer.call(&json!({"op": "enqueue", "type": "t", "id": "one"}));
    peer.wait_for_event(SOON, |event| event["phase"] == "started");
    peer.call(&json!({"op": "stop_fetching"}));
    peer.call(&json!({"op": "enqueue", "type": "t", "id": "two"}));
    peer.call(&json!({"op": "shutdown"}));
    let pending = peer.call(&json!({"op": "list", "queue": "default", "state": "pending"}));
    assert_eq!(
        (&pending[0]["id"], &pending[1]["id"]),
        (&json!("one"), &json!("two"))
    );
    serve(&mut peer, &json!({"*": {"do": "until_cancelled"}}));
    reaches(&mut peer, "one", "active");
    reaches(&mut peer, "two", "active");
    peer.kill9();
    assert_eq!(redis.query::<u32>(&["ZCARD", "asynq:{default}:lease"]), 2);
}

#[test]
fn groups_are_aggregated() {
    let redis = Redis::start();
    let Some(mut peer) = Peer::start(&redis) else {
        return;
    };
    peer.call(&json!({
        "op": "serve", "concurrency": 1, "queues": {"default": 1}, "task_check_ms": 10, "handlers": {},
        "aggregator": {"type": "merged", "grace_s": 1, "max_size": 2},
    }));
    for (id, payload) in [("one", "YQ=="), ("two", "Yg==")] {
        peer.call(&json!({"op": "enqueue", "type": "t", "id": id, "group": "g", "payload_base64": payload}));
    }
    let event = peer.wait_for_event(SOON, |event| event["phase"] == "aggregated");
    assert_eq!(
        (&event["group"], &event["payloads_base64"]),
        (&json!("g"), &json!(["YQ==", "Yg=="]))
    );
    // No handler takes it, so it fails.
    let merged = eventually(SOON, || {
        let tasks = peer.call(&json!({"op": "list", "queue": "default", "state": "retry"}));
        tasks.get(0).cloned()
    });
    assert_eq!(
        (&merged["type"], &merged["payload_base64"]),
        (&json!("merged"), &json!("YSxi"))
    );
}

#[test]
fn the_inspector_counts_and_lists() {
    let redis = Redis::start();
    let Some(mut peer) = Peer::start(&redis) else {
        return;
    };
    for id in ["one", "two", "three"] {
        peer.call(&json!({"op": "enqueue", "type": "t", "id": id}));
    }
    peer.call(&json!({"op": "enqueue", "type": "t", "id": "grouped", "group": "g"}));
    assert_eq!(peer.call(&json!({"op": "queues"})), json!(["default"]));
    let info = peer.call(&json!({"op": "queue_info", "queue": "default"}));
    assert_eq!(
        (&info["pending"], &info["aggregating"], &info["size"]),
        (&json!(3), &json!(1), &json!(4))
    );
    let history = peer.call(&json!({"op": "history", "queue": "default", "days": 2}));
    assert_eq!(
        (history.as_array().unwrap().len(), &history[0]["failed"]),
        (2, &json!(0))
    );
    let groups = peer.call(&json!({"op": "groups", "queue": "default"}));
    assert_eq!(groups, json!([{"group": "g", "size": 1}]));
    let page = peer
        .call(&json!({"op": "list", "queue": "default", "state": "pending", "page": 2, "size": 2}));
    assert_eq!(
        (page.as_array().unwrap().len(), &page[0]["id"]),
        (1, &json!("three"))
    );
    let group =
        peer.call(&json!({"op": "list", "queue": "default", "state": "aggregating", "group": "g"}));
    assert_eq!(group[0]["id"], "grouped");
}

#[test]
fn the_inspector_moves_tasks() {
    let redis = Redis::start();
    let Some(mut peer) = Peer::start(&redis) else {
        return;
    };
    peer.call(
        &json!({"op": "enqueue", "type": "t", "id": "one", "process_at_unix": 4_000_000_000_i64}),
    );
    peer.call(
        &json!({"op": "update_payload", "queue": "default", "id": "one", "payload_base64": "eA=="}),
    );
    let info = peer.call(&json!({"op": "task_info", "queue": "default", "id": "one"}));
    assert_eq!(info["payload_base64"], "eA==");
    for (op, state) in [("run", "pending"), ("archive", "archived")] {
        peer.call(&json!({"op": op, "queue": "default", "id": "one"}));
        assert_eq!(state_of(&mut peer, "one").unwrap(), state);
    }
    for (op, from, to) in [
        ("run_all", "archived", "pending"),
        ("archive_all", "pending", "archived"),
    ] {
        assert_eq!(
            peer.call(&json!({"op": op, "queue": "default", "state": from})),
            1
        );
        assert_eq!(state_of(&mut peer, "one").unwrap(), to);
    }
    assert_eq!(
        peer.call(&json!({"op": "delete_all", "queue": "default", "state": "archived"})),
        1
    );
    assert_eq!(state_of(&mut peer, "one"), None);
    peer.call(&json!({"op": "enqueue", "type": "t", "id": "two", "group": "g"}));
    assert_eq!(
        peer.call(
            &json!({"op": "run_all", "queue": "default", "state": "aggregating", "group": "g"})
        ),
        1
    );
    peer.call(&json!({"op": "delete", "queue": "default", "id": "two"}));
    assert_eq!(state_of(&mut peer, "two"), None);
    peer.call(&json!({"op": "pause", "queue": "default"}));
    assert_eq!(
        peer.call(&json!({"op": "queue_info", "queue": "default"}))["paused"],
        true
    );
    peer.call(&json!({"op": "unpause", "queue": "default"}));
    assert_eq!(
        peer.call(&json!({"op": "queue_info", "queue": "default"}))["paused"],
        false
    );
    peer.call(&json!({"op": "delete_queue", "queue": "default", "force": true}));
    assert_eq!(peer.call(&json!({"op": "queues"})), json!([]));
}

#[test]
fn schedules_are_kept() {
    let redis = Redis::start();
    let Some(mut peer) = Peer::start(&redis) else {
        return;
    };
    let id = peer.call(&json!({
        "op": "schedule", "spec": "@every 1s", "type": "t", "payload_base64": "eA==", "queue": "q", "max_retry": 5,
    }));
    let entry = eventually(SOON, || {
        peer.call(&json!({"op": "scheduler_entries"}))
            .get(0)
            .cloned()
    });
    assert_eq!(
        (&entry["id"], &entry["spec"], &entry["type"]),
        (&id, &json!("@every 1s"), &json!("t"))
    );
    assert_eq!(entry["options"], json!(["Queue(\"q\")", "MaxRetry(5)"]));
    let event = eventually(SOON, || {
        peer.call(&json!({"op": "scheduler_events", "id": id, "size": 1}))
            .get(0)
            .cloned()
    });
    let enqueued = peer.call(&json!({"op": "task_info", "queue": "q", "id": event["task_id"]}));
    assert_eq!(enqueued["payload_base64"], "eA==");
    peer.call(&json!({"op": "unschedule", "id": id}));
    peer.call(&json!({"op": "stop_scheduler"}));
    assert_eq!(peer.call(&json!({"op": "scheduler_entries"})), json!([]));
}

#[test]
fn events_that_do_not_come_are_not_invented() {
    let redis = Redis::start();
    let Some(mut peer) = Peer::start(&redis) else {
        return;
    };
    let wait =
        std::panic::AssertUnwindSafe(|| peer.wait_for_event(Duration::from_millis(20), |_| true));
    assert!(std::panic::catch_unwind(wait).is_err());
}
