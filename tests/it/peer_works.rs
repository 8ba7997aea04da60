//! The parts of the Go peer that tests rely on without noticing a fault of theirs. Its other operations are
//! used by the tests of `interop` and `worker_interop`, which would fail.

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
fn events_that_do_not_come_are_not_invented() {
    let redis = Redis::start();
    let Some(mut peer) = Peer::start(&redis) else {
        return;
    };
    let wait =
        std::panic::AssertUnwindSafe(|| peer.wait_for_event(Duration::from_millis(20), |_| true));
    assert!(std::panic::catch_unwind(wait).is_err());
}
