//! Workers of both kinds, the real Asynq's and ours, on the same queues.

use std::time::Duration;

use rustix::process::Signal;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::peer::Peer;
use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;
use crate::harness::running::Running;
use crate::harness::{SOON, eventually};

fn pair() -> Option<(Redis, Peer)> {
    let redis = Redis::start();
    let peer = Peer::start(&redis)?;
    Some((redis, peer))
}

/// A Go server with two slots on the queue `default` and short intervals.
fn serve(peer: &mut Peer, handlers: &Value) {
    peer.call(&json!({
        "op": "serve", "concurrency": 2, "queues": {"default": 1}, "task_check_ms": 10, "delayed_check_ms": 100,
        "shutdown_timeout_ms": 100, "retry_delay_s": 1000, "handlers": handlers,
    }));
}

fn qctl(redis: &Redis, args: &[&str]) -> Value {
    Qctl::new(redis)
        .args(args)
        .arg("--json")
        .run_unchecked()
        .expect_code(0)
        .json()
}

/// A worker of ours; ended by the test, or killed with it.
fn work(redis: &Redis, args: &[&str]) -> Running {
    let worker = Qctl::new(redis).arg("work").args(args).spawn();
    worker.wait_for_line(|line| line.contains("ready"), SOON);
    worker
}

#[track_caller]
fn stop(worker: Running) {
    worker.signal(Signal::TERM);
    worker.wait(SOON).expect_code(0);
}

fn info(peer: &mut Peer, id: &str) -> Option<Value> {
    peer.try_call(&json!({"op": "task_info", "queue": "default", "id": id}))
        .ok()
}

#[track_caller]
fn reaches(peer: &mut Peer, id: &str, state: &str) -> Value {
    eventually(SOON, || {
        info(peer, id).filter(|info| info["state"] == state)
    })
}

#[track_caller]
fn started(peer: &mut Peer, id: &str) -> Value {
    peer.wait_for_event(SOON, |event| {
        event["id"] == id && event["phase"] == "started"
    })
}

fn base64(bytes: &[u8]) -> Value {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD
        .encode(bytes)
        .into()
}

/// Puts the lease of every task back, so that it has been over for a long time.
fn rewind(redis: &Redis) {
    let lease = "asynq:{default}:lease";
    for id in redis.query::<Vec<String>>(&["ZRANGE", lease, "0", "-1"]) {
        redis.cmd(&["ZADD", lease, "XX", "1", &id]);
    }
}

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
    let payload = base64(b"\0\xff binary");
    for id in ["one", "locked"] {
        peer.call(&json!({
            "op": "enqueue", "type": "größe:測", "payload_base64": payload, "id": id, "max_retry": 3,
            "timeout_s": 90, "retention_s": 3600, "headers": {"k": "vé"},
            "unique_s": if id == "locked" { json!(600) } else { json!(null) },
        }));
    }
    let now = qctl::clock::now().timestamp();
    let more = [
        json!({"type": "later", "id": "later", "process_at_unix": now + 1, "retention_s": 3600}),
        json!({"type": "dead", "id": "dead", "deadline_unix": now - 5}),
        json!({"type": "bad", "id": "bad", "max_retry": 1}),
        json!({"type": "bad", "id": "last", "max_retry": 0}),
        json!({"type": "gone", "id": "gone"}),
    ];
    for mut task in more {
        task["op"] = "enqueue".into();
        peer.call(&task);
    }
    let handler =
        "*=cat; printf '|%s' \"$QCTL_TASK_HEADERS\" \"$QCTL_TASK_MAX_RETRY\" \"$QCTL_TASK_TYPE\"";
    let worker = work(
        &redis,
        &[
            "-c",
            "2",
            "--handle",
            handler,
            "--handle",
            "bad=echo wörse >&2; exit 1",
        ],
    );
    for id in ["one", "locked"] {
        let one = reaches(&mut peer, id, "completed");
        let result = "\0\u{fffd} binary|{\"k\":\"vé\"}|3|größe:測";
        let expected = result.as_bytes();
        let expected = [&b"\0\xff"[..], &expected[4..]].concat();
        assert_eq!(one["result_base64"], base64(&expected));
        assert_eq!(one["payload_base64"], payload);
        assert_eq!(one["retention_s"], 3600);
        assert!(one["completed_at"].as_i64().unwrap() >= now);
    }
    reaches(&mut peer, "later", "completed");
    assert_eq!(
        reaches(&mut peer, "dead", "retry")["last_err"],
        "context deadline exceeded"
    );
    let bad = reaches(&mut peer, "bad", "retry");
    assert_eq!(
        (&bad["last_err"], &bad["retried"]),
        (&json!("exit status 1: wörse"), &json!(1))
    );
    let due_in = bad["next_process_at"].as_i64().unwrap() - bad["last_failed_at"].as_i64().unwrap();
    assert!((15..=46).contains(&due_in), "{due_in}");
    assert_eq!(reaches(&mut peer, "last", "archived")["retried"], 0);
    eventually(SOON, || info(&mut peer, "gone").is_none().then_some(()));
    // The lock went with the success.
    peer.call(&json!({
        "op": "enqueue", "type": "größe:測", "payload_base64": payload, "unique_s": 600,
    }));
    stop(worker);
}

#[test]
fn go_shows_a_worker_of_qctl_and_cancels_its_tasks() {
    let Some((redis, mut peer)) = pair() else {
        return;
    };
    peer.call(&json!({"op": "enqueue", "type": "t", "id": "one", "payload_base64": "eA=="}));
    let worker = work(
        &redis,
        &[
            "-q",
            "default=3",
            "-q",
            "low",
            "-c",
            "7",
            "--handle",
            "t=sleep 1000",
        ],
    );
    // Shown with the next heartbeat.
    let server = eventually(SOON, || {
        let servers = peer.call(&json!({"op": "servers"}));
        servers
            .get(0)
            .filter(|server| server["workers"][0].is_object())
            .cloned()
    });
    assert_eq!(server["pid"], worker.pid());
    assert_eq!(server["queues"], json!({"default": 3, "low": 1}));
    assert_eq!(
        (&server["concurrency"], &server["status"], &server["strict"]),
        (&json!(7), &json!("active"), &json!(false))
    );
    let running = &server["workers"][0];
    for (key, value) in [
        ("task_id", "one"),
        ("type", "t"),
        ("queue", "default"),
        ("payload_base64", "eA=="),
    ] {
        assert_eq!(running[key], value);
    }
    let limit = running["deadline"].as_i64().unwrap() - running["started"].as_i64().unwrap();
    assert!((1799..=1800).contains(&limit), "{limit}");
    peer.call(&json!({"op": "cancel", "id": "one"}));
    assert_eq!(
        reaches(&mut peer, "one", "retry")["last_err"],
        "context canceled"
    );
    stop(worker);
    assert_eq!(peer.call(&json!({"op": "servers"})), json!([]));
}

#[test]
fn qctl_shows_a_server_of_go_and_cancels_its_tasks() {
    let Some((redis, mut peer)) = pair() else {
        return;
    };
    serve(&mut peer, &json!({"*": {"do": "until_cancelled"}}));
    qctl(&redis, &["enqueue", "t", "--id=one", "--payload=x"]);
    peer.wait_for_event(SOON, |event| event["phase"] == "started");
    let running = eventually(SOON, || qctl(&redis, &["ls", "workers"]).get(0).cloned());
    assert_eq!(
        (&running["task_id"], &running["payload"], &running["pid"]),
        (&json!("one"), &json!("x"), &json!(peer.pid()))
    );
    let servers = qctl(&redis, &["ls", "servers"]);
    assert_eq!(servers[0]["queues"], json!({"default": 1}));
    assert_eq!(
        (&servers[0]["concurrency"], &servers[0]["active_workers"]),
        (&json!(2), &json!(1))
    );
    qctl(&redis, &["cancel", "one"]);
    let ended = peer.wait_for_event(SOON, |event| event["phase"] == "ended");
    assert_eq!(ended["context_error"], "context canceled");
    reaches(&mut peer, "one", "retry");
}

#[test]
fn qctl_recovers_the_tasks_of_a_killed_go_server() {
    let Some((redis, mut peer)) = pair() else {
        return;
    };
    serve(&mut peer, &json!({"*": {"do": "until_cancelled"}}));
    for (id, retries) in [("again", 5), ("last", 0)] {
        peer.call(&json!({"op": "enqueue", "type": "t", "id": id, "max_retry": retries}));
    }
    for _ in 0..2 {
        peer.wait_for_event(SOON, |event| event["phase"] == "started");
    }
    peer.kill9();
    rewind(&redis);
    let folder = TempDir::new().unwrap();
    std::fs::write(
        folder.path().join("qctl.toml"),
        "[handlers.t]\nrun = 'cat'\nretry = { backoff = 'constant', min = '0s' }",
    )
    .unwrap();
    let worker = Qctl::new(&redis).arg("work").cwd(folder.path()).spawn();
    worker.wait_for_line(|line| line.contains("done") && line.contains("again"), SOON);
    let last = qctl(&redis, &["inspect", "last"]);
    assert_eq!(
        (&last["state"], &last["last_error"]),
        (&json!("archived"), &json!("asynq: task lease expired"))
    );
    stop(worker);
}

#[test]
fn go_recovers_the_tasks_of_a_killed_qctl_worker() {
    let Some((redis, mut peer)) = pair() else {
        return;
    };
    for (id, retries) in [("again", 5), ("last", 0)] {
        peer.call(&json!({"op": "enqueue", "type": "t", "id": id, "max_retry": retries}));
    }
    let mut worker = work(&redis, &["-c", "2", "--handle", "t=sleep 1000"]);
    for id in ["again", "last"] {
        worker.wait_for_line(|line| line.contains("started") && line.contains(id), SOON);
    }
    worker.kill9();
    rewind(&redis);
    serve(&mut peer, &json!({"*": {"do": "succeed"}}));
    for (id, state, retried) in [("again", "retry", 1), ("last", "archived", 0)] {
        let info = reaches(&mut peer, id, state);
        assert_eq!(
            (&info["last_err"], &info["retried"]),
            (&json!("asynq: task lease expired"), &json!(retried))
        );
    }
}

/// Also what either has claimed when it is stopped comes to the other.
#[test]
fn both_drain_one_queue_without_loss_or_doubles() {
    let Some((redis, mut peer)) = pair() else {
        return;
    };
    let tasks = 300;
    for n in 0..tasks {
        let id = n.to_string();
        if n % 2 == 0 {
            peer.call(&json!({"op": "enqueue", "type": "t", "id": id, "retention_s": 600}));
        } else {
            qctl(&redis, &["enqueue", "t", "--id", &id, "--retention=10m"]);
        }
    }
    let folder = TempDir::new().unwrap();
    let worker = Qctl::new(&redis)
        .args([
            "work",
            "-c",
            "2",
            "--handle",
            "t=echo $QCTL_TASK_ID >> ours",
        ])
        .cwd(folder.path())
        .spawn();
    serve(&mut peer, &json!({"*": {"do": "sleep", "sleep_ms": 5}}));
    eventually(SOON, || {
        let done = redis.query::<u32>(&["ZCARD", "asynq:{default}:completed"]);
        (done == tasks).then_some(())
    });
    stop(worker);
    peer.call(&json!({"op": "shutdown"}));
    let ours = std::fs::read_to_string(folder.path().join("ours")).unwrap();
    let mut all: Vec<u32> = ours.lines().map(|line| line.parse().unwrap()).collect();
    let by_qctl = all.len();
    let events = peer.call(&json!({"op": "events"}));
    for event in events.as_array().unwrap() {
        if event["phase"] == "started" {
            all.push(event["id"].as_str().unwrap().parse().unwrap());
        }
    }
    assert!(
        0 < by_qctl && by_qctl < all.len(),
        "{by_qctl} of {}",
        all.len()
    );
    all.sort_unstable();
    assert_eq!(all, (0..tasks).collect::<Vec<_>>());
    assert_eq!(
        redis.query::<u32>(&["GET", "asynq:{default}:processed"]),
        tasks
    );
}

/// Numbers after real work, in every state that can be reached by it.
#[test]
fn both_report_the_same_numbers() {
    let Some((redis, mut peer)) = pair() else {
        return;
    };
    for (kind, id) in [
        ("good", "one"),
        ("bad", "two"),
        ("hopeless", "three"),
        ("good", "four"),
    ] {
        qctl(&redis, &["enqueue", kind, "--id", id, "--retention=1h"]);
    }
    let handlers = [
        "--handle=good=true",
        "--handle=bad=false",
        "--handle=hopeless=exit 65",
    ];
    let mut args = vec!["work", "--burst"];
    args.extend(handlers);
    Qctl::new(&redis).args(args).run_unchecked().expect_code(0);
    qctl(&redis, &["enqueue", "good", "--in=1h"]);
    qctl(&redis, &["enqueue", "good", "--group=g"]);
    qctl(&redis, &["enqueue", "good"]);
    qctl(&redis, &["pause", "default"]);
    let theirs = peer.call(&json!({"op": "queue_info", "queue": "default"}));
    let stats = qctl(&redis, &["stats"]);
    let ours = &stats["queues"][0];
    for key in [
        "queue",
        "size",
        "groups",
        "pending",
        "active",
        "scheduled",
        "retry",
        "archived",
        "completed",
        "aggregating",
        "paused",
        "processed_total",
        "failed_total",
    ] {
        assert_eq!(ours[key], theirs[key], "{key}: {ours} {theirs}");
    }
    assert_eq!(ours["processed_today"], theirs["processed"]);
    assert_eq!(ours["failed_today"], theirs["failed"]);
    let latency = |value: &Value| value.as_f64().unwrap();
    let apart = latency(&ours["latency_seconds"]) - latency(&theirs["latency_s"]);
    assert!(
        apart.abs() < Duration::from_secs(5).as_secs_f64(),
        "{apart}"
    );
    assert_eq!(
        (
            &ours["completed"],
            &ours["retry"],
            &ours["archived"],
            &ours["processed_total"]
        ),
        (&json!(2), &json!(1), &json!(1), &json!(4))
    );
}
