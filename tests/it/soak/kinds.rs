//! A small load of what only qctl's own workers do: groups, limits across workers, pipe and HTTP handlers, and tasks that end
//! only when they are cancelled. It has a queue of its own, which neither Go's server nor workers with short leases serve.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use serde_json::json;

use super::actors::send;
use super::operators::command;
use super::record::{self, Attempt};
use super::timeline::{Event, Excuse, uptime};
use super::{Soak, between};
use crate::harness::endpoint::{Answer, Endpoint, Received, status};

pub(super) const QUEUE: &str = "kinds";

/// How many tasks of the limited type may run at the same time, in all workers.
const LIMIT: usize = 2;

const FILES: [(&str, &str); 3] = [
    ("endless.sh", include_str!("../../fixtures/soak_endless.sh")),
    ("merged.sh", include_str!("../../fixtures/soak_merged.sh")),
    ("pipe.py", include_str!("../../fixtures/soak_pipe.py")),
];

/// What is needed to run them.
pub(super) struct Kinds {
    hooks: Endpoint,
    cancellations: Mutex<usize>,
}

impl Kinds {
    pub(super) fn new(folder: &Path) -> Self {
        for (name, text) in FILES {
            std::fs::write(folder.join(name), text).unwrap();
        }
        let record = folder.join("record");
        Self {
            hooks: Endpoint::start(move |request| answer(&record, request)),
            cancellations: Mutex::default(),
        }
    }

    /// The part of the configuration of `qctl work`.
    pub(super) fn config(&self, soak: &Soak) -> String {
        let file = |name: &str| soak.file(name).display().to_string();
        let retry = "retry = { backoff = 'constant', min = '1s' }";
        format!(
            "[handlers.limited]\nrun = 'exec sh $SOAK_HANDLER'\nlimit = {{ scope = 'soak', concurrency = {LIMIT}, rate = '20/s' }}\n{retry}\n\
             [handlers.pipe]\npipe = ['python3', '{pipe}']\n{retry}\n\
             [handlers.http]\nhttp = '{url}'\nheaders = {{ soak-worker = '${{SOAK_WORKER}}' }}\n{retry}\n\
             [handlers.endless]\nexec = ['sh', '{endless}']\n{retry}\n\
             [handlers.merged]\nexec = ['sh', '{merged}']\n{retry}\n\
             [groups.'*']\ntype = 'merged'\ngrace = '1s'\nmax_delay = '3s'\nmax_size = 5\n\
             run = '''sed 's/.*\"id\":\"\\([^\"]*\\)\".*/\\1/' '''\n",
            pipe = file("pipe.py"),
            url = self.hooks.url(),
            endless = file("endless.sh"),
            merged = file("merged.sh"),
        )
    }

    pub(super) fn report(&self) -> String {
        format!(
            "cancellations: {}; requests to the HTTP endpoint: {}",
            self.cancellations.lock().unwrap(),
            self.hooks.received().len()
        )
    }
}

/// Answers as the handlers of commands do: the payload says how many attempts fail at first.
fn answer(record: &PathBuf, request: &Received) -> Answer {
    let text = String::from_utf8_lossy(&request.body);
    let failures = text.split(' ').nth(1).and_then(|word| word.parse().ok());
    let number: u32 = request.header("qctl-attempt-number").parse().unwrap();
    let fails = number <= failures.unwrap_or(0);
    let attempt = format!(
        "{} {} {} {} {}",
        request.header("qctl-task-id"),
        number - 1,
        request.header("soak-worker"),
        request.number,
        uptime(),
    );
    let lines = format!("s {attempt}\ne {attempt} {}\n", u8::from(fails));
    let mut record = OpenOptions::new()
        .append(true)
        .create(true)
        .open(record)
        .unwrap();
    record.write_all(lines.as_bytes()).unwrap();
    status(if fails { 500 } else { 200 })
}

/// A batch of one kind as lines of `enqueue --from`.
fn batch(soak: &Soak, rng: &mut fastrand::Rng, kind: &str, number: usize) -> String {
    let count = if kind == "endless" {
        1
    } else {
        rng.usize(1..7)
    };
    (0..count).fold(String::new(), |mut lines, n| {
        let id = format!("{kind}-{number}-{n}");
        soak.ledger.sends(&id);
        let seconds = if kind == "limited" { "0.1" } else { "0" };
        let failures = u8::from(rng.f64() < 0.1);
        let mut task = json!({
            "type": kind, "id": id, "queue": QUEUE, "payload": format!("{seconds} {failures} {id}"),
        });
        if kind == "grouped" {
            task["group"] = json!(if rng.bool() { "one" } else { "two" });
        }
        writeln!(lines, "{task}").unwrap();
        lines
    })
}

pub(super) fn produce(soak: &Soak) {
    let mut rng = soak.rng("kinds");
    for number in 0.. {
        if !soak.goes_on(between(&mut rng, 0.5, 2.0)) {
            return;
        }
        let kinds = ["limited", "grouped", "pipe", "http", "endless"];
        let kind = *rng.choice(&kinds).unwrap();
        // Only a few at a time, because each takes a slot of a worker.
        if cancel(soak) == 0 || kind != "endless" {
            send(soak, batch(soak, &mut rng, kind, number), false);
        }
    }
}

/// Cancels what runs and does not end by itself. A request that its worker did not hear, because it was not connected, is
/// repeated. Returns how many there are.
pub(super) fn cancel(soak: &Soak) -> usize {
    let attempts = record::read(&soak.file("record")).into_iter();
    let endless = attempts.filter(|(id, attempts)| {
        let done = attempts.iter().any(|attempt| attempt.ended_with(0));
        id.starts_with("endless-") && !done
    });
    let mut count = 0;
    for (id, attempts) in endless {
        count += 1;
        if attempts.last().is_some_and(|last| last.ended.is_none()) {
            command(soak, &format!("cancel {id} -q {QUEUE} --quiet"));
            *soak.kinds.cancellations.lock().unwrap() += 1;
        }
    }
    count
}

/// For how long the places of a limit may be fewer than the tasks that run, after a server has lost them: until the next
/// heartbeat takes them again, and the tasks that began meanwhile have ended.
const RETAKING: f64 = 15.0;

/// An outage in which places may have expired.
const LONG_OUTAGE: f64 = 15.0;

/// When more tasks of a limit ran at the same time than may, and no event explains it. An attempt without an end was killed, and
/// nobody has noted when.
pub(super) fn beyond_limit(
    attempts: &HashMap<String, Vec<Attempt>>,
    events: &[Event],
) -> Option<String> {
    let limited = attempts.iter().filter(|(id, _)| id.starts_with("limited-"));
    let mut changes: Vec<(f64, i32)> = Vec::new();
    for attempt in limited.flat_map(|(_, attempts)| attempts) {
        if let Some((ended_at, _)) = attempt.ended {
            changes.extend([(attempt.started_at, 1), (ended_at, -1)]);
        }
    }
    // Ends come first among those at the same hundredth of a second.
    changes.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let mut running = 0;
    changes.into_iter().find_map(|(at, change)| {
        running += change;
        let explains = |event: &&Event| match event.excuse {
            Excuse::LostWrites => event.touches(at - RETAKING, at),
            Excuse::Outage => event.seconds() >= LONG_OUTAGE && event.touches(at - RETAKING, at),
            Excuse::Nothing | Excuse::Killed(_) | Excuse::Interrupted(_) => false,
        };
        let beyond = usize::try_from(running).is_ok_and(|running| running > LIMIT);
        let explained = events.iter().find(explains).is_some();
        (beyond && !explained).then(|| format!("{running} limited tasks ran at {at}"))
    })
}
