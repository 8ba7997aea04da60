//! Producers, and whoever looks at the page.

use std::fmt::Write as _;
use std::time::Duration;

use fastrand::Rng;
use rustix::process::Signal;
use serde_json::{Value, json};

use super::timeline::{Excuse, uptime};
use super::workers::Crew;
use super::{Soak, between};
use crate::harness::within;
use crate::worker_interop::base64;

/// Longer than any command tries.
pub(super) const PATIENCE: Duration = Duration::from_secs(120);

/// For how many seconds a task runs, how many of its attempts fail at first, and what makes it unique.
fn payload(rng: &mut Rng, id: &str) -> String {
    let seconds = ["0", "0", "0", "0.05", "0.3", "2"];
    let seconds = rng.choice(seconds).unwrap();
    let failures = u8::from(rng.f64() < 0.1);
    format!("{seconds} {failures} {id}")
}

/// A task as a line of `enqueue --from`.
fn line(rng: &mut Rng, id: &str) -> String {
    let mut task = json!({
        "type": "t", "id": id, "queue": rng.choice(["main", "main", "side"]), "payload": payload(rng, id),
    });
    if rng.f64() < 0.2 {
        task["unique_seconds"] = json!(600);
    }
    if rng.f64() < 0.1 {
        task["retention_seconds"] = json!(3);
    }
    if rng.f64() < 0.1 {
        let at = qctl::clock::now() + chrono::TimeDelta::seconds(rng.i64(1..4));
        task["next_process_at"] = json!(at.to_rfc3339());
    }
    task.to_string()
}

/// Enqueues tasks, a few with each command, and believes what it says of each line.
pub(super) fn produce(soak: &Soak, name: &str) {
    let mut rng = soak.rng(name);
    for batch in 0.. {
        if !soak.goes_on(between(&mut rng, 0.2, 1.2)) {
            return;
        }
        let ids: Vec<String> = (0..rng.usize(1..16))
            .map(|n| format!("{name}-{batch}-{n}"))
            .collect();
        let lines = ids.iter().fold(String::new(), |mut lines, id| {
            soak.ledger.sends(id);
            writeln!(lines, "{}", line(&mut rng, id)).unwrap();
            lines
        });
        send(soak, lines, rng.f64() < 0.03);
    }
}

/// Enqueues these lines, and notes which of them are confirmed.
pub(super) fn send(soak: &Soak, lines: String, is_killed: bool) {
    let from = uptime();
    let feed = soak
        .qctl("enqueue --from - -o ndjson --quiet")
        .stdin(lines)
        .spawn();
    if is_killed {
        // At any moment, that of the first answer included.
        within(Duration::from_millis(60), || {
            (!feed.lines().is_empty()).then_some(())
        });
        feed.signal(Signal::KILL);
        soak.timeline
            .note("kill -9 of a producer", Excuse::Nothing, from);
    }
    let output = feed.wait(PATIENCE);
    for line in output.stdout_str().lines() {
        // The last line of a process that was killed may be a part of one.
        let Ok(line) = serde_json::from_str::<Value>(line) else {
            continue;
        };
        if line["error"].is_null() {
            soak.ledger.confirmed(line["id"].as_str().unwrap());
        }
    }
}

/// Enqueues tasks by the real Asynq library.
pub(super) fn produce_by_go(soak: &Soak) {
    let Some(mut peer) = soak.peer() else { return };
    let mut rng = soak.rng("go client");
    for n in 0.. {
        if !soak.goes_on(between(&mut rng, 0.1, 0.6)) {
            return;
        }
        let id = format!("g-{n}");
        soak.ledger.sends(&id);
        let payload = payload(&mut rng, &id);
        let task = json!({
            "op": "enqueue", "type": "t", "id": id, "queue": rng.choice(["main", "side"]),
            "payload_base64": base64(payload.as_bytes()),
        });
        let answer = peer.try_call(&task);
        soak.ledger.answered(&id, answer.is_ok());
    }
}

/// Looks at the page, as people do.
pub(super) fn visit(soak: &Soak, crew: &Crew) {
    let mut rng = soak.rng("visitor");
    let pages = [
        "/",
        "/queues/main",
        "/tasks?q=queue:main",
        "/workers",
        "/healthz",
        "/metrics",
    ];
    while soak.goes_on(between(&mut rng, 0.5, 2.0)) {
        let page = rng.choice(pages).unwrap();
        let answer = crew.page.get(page).bearer().send();
        if answer.status == 500 {
            soak.fault(format!("{page}: {}", answer.body));
        }
    }
}
