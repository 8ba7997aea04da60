//! Each works what the other enqueued, and reads what became of it.

use serde_json::json;

use super::{base64, info, pair, qctl, reaches, serve, started, stop, work};
use crate::harness::qctl::Qctl;
use crate::harness::{SOON, eventually};

#[test]
fn go_works_what_qctl_enqueued() {
    let Some((redis, mut peer)) = pair() else {
        return;
    };
    let options = [
        "--id=one",
        "--payload=größe 測 \u{1f600}",
        "--max-retry=3",
        "--timeout=90s",
        "--retention=1h",
        "--unique=1h",
        "--header=k=vé",
        "--header=empty=",
    ];
    serve(
        &mut peer,
        &json!({"*": {"do": "succeed", "result_base64": "/wA="}}),
    );
    let mut enqueue = vec!["enqueue", "email:süß"];
    enqueue.extend(options);
    qctl(&redis, &enqueue);
    let one = started(&mut peer, "one");
    assert_eq!(one["type"], "email:süß");
    let payload = base64("größe 測 \u{1f600}".as_bytes());
    assert_eq!(one["payload_base64"], payload);
    assert_eq!(one["headers"], json!({"k": "vé", "empty": ""}));
    assert_eq!((&one["retried"], &one["max_retry"]), (&json!(0), &json!(3)));
    let left = one["time_left_s"].as_f64().unwrap();
    assert!((80.0..=90.0).contains(&left), "{left}");
    Qctl::new(&redis)
        .args(["enqueue", "bytes", "--id=two", "--payload=-"])
        .stdin(b"\0\xff\n")
        .run_unchecked()
        .expect_code(0);
    assert_eq!(
        started(&mut peer, "two")["payload_base64"],
        base64(b"\0\xff\n")
    );
    qctl(&redis, &["enqueue", "later", "--id=three", "--in=1s"]);
    started(&mut peer, "three");
    reaches(&mut peer, "one", "completed");
    let shown = qctl(&redis, &["inspect", "one"]);
    assert_eq!(shown["state"], "completed");
    assert_eq!(
        (&shown["result"], &shown["result_encoding"]),
        (&json!("/wA="), &json!("base64"))
    );
    // The lock went with the success.
    qctl(&redis, &["enqueue", "email:süß", options[1], "--unique=1h"]);
}

#[test]
fn qctl_works_what_go_enqueued() {
    let Some((redis, mut peer)) = pair() else {
        return;
    };
    let now = qctl::clock::now().timestamp();
    let payload = base64(b"\0\xff binary");
    for (id, lock, start) in [
        ("one", json!(null), json!(null)),
        ("locked", json!(600), json!(null)),
        ("later", json!(null), json!(now + 1)),
    ] {
        peer.call(&json!({
            "op": "enqueue", "type": "größe:測", "payload_base64": payload, "id": id, "max_retry": 3,
            "timeout_s": 90, "retention_s": 3600, "headers": {"k": "vé"}, "unique_s": lock,
            "process_at_unix": start,
        }));
    }
    peer.call(&json!({"op": "enqueue", "type": "gone", "id": "gone"}));
    let handler =
        "*=cat; printf '|%s' \"$QCTL_TASK_HEADERS\" \"$QCTL_TASK_MAX_RETRY\" \"$QCTL_TASK_TYPE\"";
    let worker = work(&redis, &["-c", "2", "--handle", handler]);
    let told = " binary|{\"k\":\"vé\"}|3|größe:測";
    let result = [b"\0\xff".as_slice(), told.as_bytes()].concat();
    for id in ["one", "locked", "later"] {
        let task = reaches(&mut peer, id, "completed");
        assert_eq!(task["result_base64"], base64(&result));
        assert_eq!(task["payload_base64"], payload);
        assert_eq!(task["retention_s"], 3600);
        assert!(task["completed_at"].as_i64().unwrap() >= now);
    }
    eventually(SOON, || info(&mut peer, "gone").is_none().then_some(()));
    // The lock went with the success.
    peer.call(&json!({
        "op": "enqueue", "type": "größe:測", "payload_base64": payload, "unique_s": 600,
    }));
    stop(worker);
}

#[test]
fn go_reads_the_failures_of_qctl() {
    let Some((redis, mut peer)) = pair() else {
        return;
    };
    let now = qctl::clock::now().timestamp();
    let tasks = [
        json!({"type": "dead", "id": "dead", "deadline_unix": now - 5}),
        json!({"type": "bad", "id": "bad", "max_retry": 1}),
        json!({"type": "bad", "id": "last", "max_retry": 0}),
    ];
    for mut task in tasks {
        task["op"] = "enqueue".into();
        peer.call(&task);
    }
    let worker = work(&redis, &["--handle", "*=echo wörse >&2; exit 1"]);
    assert_eq!(
        reaches(&mut peer, "dead", "retry")["last_err"],
        "timed out before it started"
    );
    let bad = reaches(&mut peer, "bad", "retry");
    assert_eq!(
        (&bad["last_err"], &bad["retried"]),
        (&json!("exit status 1: wörse"), &json!(1))
    );
    let due_in = bad["next_process_at"].as_i64().unwrap() - bad["last_failed_at"].as_i64().unwrap();
    assert!((15..=46).contains(&due_in), "{due_in}");
    assert_eq!(reaches(&mut peer, "last", "archived")["retried"], 0);
    stop(worker);
}

#[test]
fn a_command_of_ours_merges_what_go_grouped_and_go_works_the_merged_task() {
    let Some((redis, mut peer)) = pair() else {
        return;
    };
    for id in ["one", "two"] {
        let payload = base64(id.as_bytes());
        peer.call(&json!({
            "op": "enqueue", "type": "note", "id": id, "group": "digest:7", "payload_base64": payload, "unique_s": 600,
        }));
    }
    // Groups are merged nevertheless, and the merged task is left to Go.
    qctl(&redis, &["pause", "default"]);
    let config = "
        [groups.'digest:*']
        run = \"jq -j '.payload, .unique_key != null'\"
        type = 'digest'
        max_size = 2
        [handlers.t]
        run = 'true'
    ";
    let worker = Qctl::new(&redis)
        .args(["work", "--config", "qctl.toml"])
        .file("qctl.toml", config)
        .spawn();
    let line = worker.wait_for_line(|line| line.contains("merged"), SOON);
    assert!(line.contains("2 tasks of group \"digest:7\""), "{line}");
    stop(worker);
    qctl(&redis, &["resume", "default"]);
    serve(&mut peer, &json!({"digest": {"do": "succeed"}}));
    let merged = peer.wait_for_event(SOON, |event| event["phase"] == "started");
    assert_eq!(merged["type"], "digest");
    assert_eq!(merged["payload_base64"], base64(b"onetruetwotrue"));
    for id in ["one", "two"] {
        assert_eq!(info(&mut peer, id), None);
    }
    // The locks went with the tasks.
    qctl(&redis, &["enqueue", "note", "--payload=one", "--unique=1h"]);
}
