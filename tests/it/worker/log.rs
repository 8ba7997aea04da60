//! What `qctl work` says: lines for people, documents for machines, and never a password.

use std::process::{Child, Command, Stdio};

use serde_json::Value;

use qctl::task::{NewTask, QueueName, TaskType};

use super::shop::{Shop, task, typed};
use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;
use crate::harness::{SOON, eventually};

const KEYS: [&str; 12] = [
    "time",
    "level",
    "event",
    "schedule",
    "queue",
    "task_id",
    "type",
    "retried",
    "took_seconds",
    "late_seconds",
    "retry_at",
    "error",
];

/// A Redis with a password, and a task that succeeds, one that fails and one that is given up.
fn shop() -> Shop {
    let shop = Shop::on(Redis::with().password("hunter2").start());
    for (kind, name) in [("good", "one"), ("bad", "two"), ("hopeless", "three")] {
        shop.enqueue(&typed(kind, name));
    }
    shop
}

const HANDLERS: [&str; 6] = [
    "--handle",
    "good=true",
    "--handle",
    "bad=echo oh no >&2; exit 1",
    "--handle",
    "hopeless=exit 65",
];

fn work(shop: &Shop) -> Qctl {
    Qctl::new(&shop.redis)
        .args(["work", "--burst", "-c", "1"])
        .args(HANDLERS)
}

#[test]
fn lines_for_people() {
    let shop = shop();
    let output = work(&shop).run_unchecked().expect_code(0);
    assert_eq!(output.stdout_str(), "");
    // Without the times and durations, which differ from run to run.
    let said: Vec<String> = output
        .stderr_str()
        .lines()
        .map(|line| {
            let (time, rest) = line.split_once("  ").unwrap();
            assert_eq!((time.len(), &time[12..]), (13, "Z"), "{line}");
            let words: Vec<&str> = rest.split("  ").map(str::trim).collect();
            // How long an attempt took differs from run to run: `0s`, `7ms`, `1.2s`.
            let took = |word: &str| word.starts_with(char::is_numeric) && word.ends_with('s');
            let fixed = |word: &&str| !word.is_empty() && !took(word);
            words
                .into_iter()
                .filter(fixed)
                .collect::<Vec<_>>()
                .join("|")
        })
        .collect();
    let again = said.iter().position(|line| line.starts_with("retry|"));
    let again = &said[again.unwrap()];
    assert!(
        again.starts_with("retry|default|bad|two|again in "),
        "{again}"
    );
    assert!(again.ends_with("|exit status 1: oh no"), "{again}");
    let expected = [
        "ready",
        "started|default|good|one",
        "done|default|good|one",
        "started|default|bad|two",
        again,
        "started|default|hopeless|three",
        "archived|default|hopeless|three|exit status 65",
        "draining",
        "over",
    ];
    let mut sorted = said.clone();
    sorted.sort();
    let mut expected = expected.map(str::to_owned);
    expected.sort();
    assert_eq!(sorted, expected, "{said:#?}");
}

#[test]
fn documents_for_machines() {
    let shop = shop();
    let output = work(&shop)
        .args(["--log-format", "json"])
        .run_unchecked()
        .expect_code(0);
    let said = output.stderr_str();
    let documents: Vec<Value> = said
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    for document in &documents {
        let keys: Vec<&String> = document.as_object().unwrap().keys().collect();
        assert_eq!(keys, KEYS);
    }
    let about = |event: &str| {
        let found = documents.iter().find(|document| document["event"] == event);
        found.unwrap_or_else(|| panic!("no {event}: {said}"))
    };
    let retry = about("retry");
    assert_eq!(retry["level"], "warn");
    assert_eq!(retry["task_id"], "two");
    assert_eq!(retry["error"], "exit status 1: oh no");
    assert_eq!(retry["retried"], 0);
    assert!(retry["retry_at"].as_str().unwrap().ends_with('Z'));
    assert!(retry["took_seconds"].as_f64().unwrap() > 0.0);
    assert_eq!(about("archived")["level"], "error");
    assert_eq!(about("done")["retry_at"], Value::Null);
    assert_eq!(about("ready")["queue"], Value::Null);
}

#[test]
fn no_password_is_ever_said() {
    let mut shop = shop();
    let worker = Qctl::new(&shop.redis)
        .args(["work", "--verbose"])
        .args(HANDLERS)
        .spawn();
    worker.wait_for_line(|line| line.contains("ready"), SOON);
    shop.redis.kill9();
    worker.wait_for_line(|line| line.contains("trouble"), SOON);
    worker.signal(rustix::process::Signal::TERM);
    let output = worker.wait(SOON).expect_code(0);
    assert!(!output.stderr_str().contains("hunter2"));
}

/// A type, an id or an error may hold anything; a terminal must not obey it.
#[test]
fn hostile_text_is_shown_escaped() {
    let shop = Shop::open();
    let hostile = "\u{1b}]0;owned\u{7}\u{202e}evil";
    shop.enqueue(&NewTask {
        kind: TaskType::new(hostile).unwrap(),
        ..task("id\u{1b}[2J")
    });
    let output = Qctl::new(&shop.redis)
        .args(["work", "--burst", "--handle"])
        .arg("*=printf '\\033[31mred\\nfaked line' >&2; exit 1")
        .run_unchecked()
        .expect_code(0);
    let said = output.stderr_str();
    for forbidden in ['\u{1b}', '\u{7}', '\u{202e}'] {
        assert!(!said.contains(forbidden), "{said:?}");
    }
    assert!(said.contains("owned") && said.contains("red"), "{said}");
    // One line each: ready, started, retry, draining, over.
    assert_eq!(said.lines().count(), 5, "{said}");
}

/// A process that does not outlive the test.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Whoever reads the log may hang. Were the worker to wait for it, it would lose its leases.
#[test]
fn a_log_that_nobody_reads_holds_up_nothing() {
    let shop = Shop::open();
    // Far more lines than a pipe holds: each of these is told as started and as failed.
    let tasks = 2_000;
    shop.enqueue_many(&QueueName::default(), "n", tasks);
    let mut worker = Killed(
        Command::new(env!("CARGO_BIN_EXE_qctl"))
            .args(["work", "--burst", "-c", "20", "--handle", "other=true"])
            .env_clear()
            .env("PATH", "/bin:/usr/bin")
            .env("QCTL_REDIS", shop.redis.url())
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap(),
    );
    let tasks = u64::try_from(tasks).unwrap();
    eventually(SOON, || (shop.counters() == (tasks, tasks)).then_some(()));
    let status = eventually(SOON, || worker.0.try_wait().unwrap());
    assert!(status.success(), "{status}");
}
