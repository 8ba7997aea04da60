//! Each shows, cancels and recovers what the other runs, and both share one queue.

use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{pair, qctl, reaches, rewind, serve, stop, work};
use crate::harness::qctl::Qctl;
use crate::harness::{SOON, eventually};

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
    assert_eq!(reaches(&mut peer, "one", "retry")["last_err"], "cancelled");
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
