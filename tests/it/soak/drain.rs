//! The end of a soak: all trouble stops, queues run empty, and nothing is left.

use std::time::Duration;

use qctl::broker::keys;
use serde_json::Value;

use super::cluster::MOVE;
use super::operators::{command, leave};
use super::vitals::Vitals;
use super::workers::Crew;
use super::{MARK, Site, Soak, kinds, record, schedules};
use crate::harness::redis::Redis;
use crate::harness::{say, within};
use crate::worker::stage::marked;

/// The leases of workers that were killed last, and the time until somebody looks.
const LONGEST: Duration = Duration::from_secs(180);

/// What was found in Redis at the end.
#[derive(Default)]
pub(super) struct Remains {
    pub(super) drained_in: Duration,
    /// Given up, because too many workers were lost.
    pub(super) archived: Vec<String>,
    /// Completed tasks that Go's janitor has lost while a slot moved: see `cluster::gos_janitor`.
    pub(super) lost_by_go: usize,
    /// What the doctor says of servers that were killed.
    pub(super) notes: Vec<String>,
}

pub(super) fn drain(soak: &Soak, crew: &Crew, vitals: &Vitals, site: &mut dyn Site) -> Remains {
    let begun = std::time::Instant::now();
    for mut worker in crew.workers() {
        worker.keep(soak);
    }
    leave(soak);
    let since = qctl::clock::now();
    let ticked = within(LONGEST, || {
        let attempts = record::read(&soak.file("record"));
        schedules::have_run_since(&attempts, since).then_some(())
    });
    if ticked.is_none() {
        soak.fault("schedules no longer fire".to_owned());
    }
    schedules::remove(soak);
    let mut left = Value::Null;
    let empty = within(LONGEST, || {
        kinds::cancel(soak);
        left = command(soak, "stats --json").json()["total"].clone();
        let states = [
            "pending",
            "active",
            "scheduled",
            "retry",
            "completed",
            "aggregating",
        ];
        states.iter().all(|state| left[state] == 0).then_some(())
    });
    if empty.is_none() {
        soak.fault(format!("the queues do not run empty: {left}"));
    }
    vitals.look(soak);
    let mut remains = Remains {
        drained_in: begun.elapsed(),
        ..Remains::default()
    };
    remains.archived = archived(soak);
    if soak.timeline.counts().contains_key(MOVE) {
        remains.lost_by_go = lost_by_go(site);
    }
    remains.notes = doctor(soak);
    remains
}

/// Tasks that are archived, because they lost too many workers; anything else is a fault.
fn archived(soak: &Soak) -> Vec<String> {
    let tasks = command(soak, "ls tasks -s archived -o ndjson").ndjson();
    let line = |task: &Value| format!("{} ({})", task["id"], task["last_error"]);
    for task in &tasks {
        let error = task["last_error"].as_str().unwrap_or_default();
        if !error.contains("workers") {
            soak.fault(format!("archived: {}", line(task)));
        }
    }
    if !tasks.is_empty() {
        command(soak, "delete -q * -s archived --yes --quiet").expect_code(0);
    }
    tasks.iter().map(line).collect()
}

/// Deletes and counts completed tasks. There are none in `completed` any more, so no worker knows of these.
fn lost_by_go(site: &mut dyn Site) -> usize {
    let mut lost = 0;
    for server in site.primaries() {
        for key in server.query::<Vec<String>>(&["KEYS", "asynq:{*}:t:*"]) {
            let fields = ["HMGET", &key, "state", "unique_key"];
            let (state, lock): (Option<String>, Option<String>) = server.query(&fields);
            if state.as_deref() == Some("completed") {
                lost += server.query::<usize>(&["DEL", &key]);
                if let Some(lock) = lock {
                    server.query::<usize>(&["DEL", &lock]);
                }
            }
        }
    }
    lost
}

/// Two looks, as an operator has them. Servers that were killed leave entries, which are no fault.
fn doctor(soak: &Soak) -> Vec<String> {
    let health = command(soak, "doctor --json").json();
    let mut notes = Vec::new();
    for finding in health["findings"].as_array().unwrap() {
        let line = format!("{}: {}", finding["code"], finding["sentence"]);
        if finding["severity"] == "info" {
            notes.push(line);
        } else {
            soak.fault(format!("doctor: {line} {}", finding["sample"]));
        }
    }
    notes
}

/// What stays for good, and the entries of killed processes, which the next one removes when they are over.
fn is_left_by_design(key: &str) -> bool {
    let places = keys::places("soak");
    let sets = [
        places.as_str(),
        keys::QUEUES,
        keys::SERVERS,
        keys::WORKERS,
        keys::SCHEDULERS,
        keys::AUDIT,
    ];
    let counters = [":processed", ":failed", ":version"];
    sets.contains(&key) || counters.iter().any(|part| key.contains(part))
}

/// Receipts and histories stay for a while.
fn expires(server: &Redis, key: &str) -> bool {
    server.query::<i64>(&["TTL", key]) != -1
}

/// Stops everything. Neither processes nor keys other than counters may be left.
pub(super) fn stop(soak: &Soak, crew: Crew, site: &mut dyn Site) {
    crew.stop(soak);
    for server in site.primaries() {
        let mut left: Vec<String> = server.query(&["KEYS", "*"]);
        left.retain(|key| !is_left_by_design(key) && !expires(server, key));
        if !left.is_empty() {
            for key in &left {
                // What it holds tells whose script has left it.
                let fields: Vec<Vec<u8>> = server.try_query(&["HGETALL", key]).unwrap_or_default();
                let fields = fields.iter().map(|field| String::from_utf8_lossy(field));
                say(&format!("{key}: {:?}", fields.collect::<Vec<_>>()));
            }
            soak.fault(format!("keys are left: {left:?}"));
        }
    }
    let folder = soak.folder.path();
    let gone = within(Duration::from_secs(20), || {
        marked(MARK, folder).is_empty().then_some(())
    });
    if gone.is_none() {
        soak.fault(format!("processes are left: {:?}", marked(MARK, folder)));
    }
}
