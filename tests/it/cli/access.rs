//! The users of `docs/access.md`, each with what it is for: nothing that they do may be refused.

use std::collections::HashMap;
use std::slice;

use qctl::task::State;
use redis::Value;
use rustix::process::Signal;

use super::{put, qctl as run};
use crate::harness::qctl::Qctl;
use crate::harness::redis::{Builder, Redis};
use crate::harness::{SOON, eventually};
use crate::web::Page;

/// The users of the guide, each with its rules.
fn profiles() -> Vec<(String, String)> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/access.md");
    let guide = std::fs::read_to_string(path).unwrap();
    let users = guide
        .lines()
        .filter_map(|line| line.strip_prefix("ACL SETUSER "));
    let users = users.map(|user| {
        let (name, rules) = user.split_once(' ').unwrap();
        (name.to_owned(), rules.replace(">PASSWORD", ">pw"))
    });
    users.collect()
}

/// The rules of a user of the guide.
pub(crate) fn profile(user: &str) -> String {
    let found = profiles().into_iter().find(|(name, _)| name == user);
    found.unwrap().1
}

/// A server to be with all users of the guide, who have these rights besides.
pub(crate) fn guard(server: Builder, besides: &str) -> Builder {
    let add =
        |server: Builder, (name, rules)| server.config(&format!("user {name} {rules} {besides}"));
    profiles().into_iter().fold(server, add)
}

/// A server with all users of the guide.
pub(super) fn guarded() -> Redis {
    guard(Redis::with(), "").start()
}

pub(super) fn at(redis: &Redis, user: &str, line: &str) -> Qctl {
    let url = format!("redis://{user}:pw@127.0.0.1:{}", redis.port());
    Qctl::at(&url).args(line.split_whitespace())
}

/// What Redis has refused so far.
pub(crate) fn refused(redis: &Redis) -> Vec<String> {
    let log: Vec<HashMap<String, Value>> = redis.query(&["ACL", "LOG"]);
    let objects = log
        .into_iter()
        .filter_map(|mut entry| entry.remove("object"));
    objects
        .map(|object| redis::from_redis_value(object).unwrap())
        .collect()
}

/// Each of these lines, as a command of a user, does its work, and none of the servers has refused anything.
#[track_caller]
pub(crate) fn all_run(servers: &[Redis], command: impl Fn(&str) -> Qctl, lines: &[&str]) {
    for line in lines {
        let output = command(line).run_unchecked();
        let said = output.stderr_str();
        assert_eq!(output.code, Some(0), "{line}: {said}");
        assert!(!said.contains("ACL"), "{line}: {said}");
        for server in servers {
            assert_eq!(refused(server), [""; 0], "{line}");
        }
    }
}

/// A line for `qctl import`.
const LINE: &str = r#"{"id":"line","queue":"q","type":"t","payload":{},"unique_key":null}"#;

/// The commands that edit, move and copy tasks, as an operator and then as a reader; the reader's change nothing. Queues are on
/// several servers if there are several.
#[track_caller]
pub(crate) fn edits_and_copies(servers: &[Redis], command: impl Fn(&str, &str) -> Qctl) {
    let operator = [
        "enqueue t --id later -q q --payload 1 --in 1h",
        "enqueue t --id unique -q q --payload 1 --unique 1h",
        "edit later --max-retry 3 --in 2h",
        "edit later unique --jq {} --dry-run",
        "edit unique --payload 2",
        "edit unique --move-to moved1",
        "edit -q q -s scheduled --move-to moved2 --yes",
        "edit -q moved2 -s scheduled --move-to moved3 --yes",
        "import lines.ndjson",
        "import lines.ndjson",
        "import --again lines.ndjson",
        "export --all --file out.ndjson",
        "check --max-pending 100",
        "try unique --run true",
    ];
    let at = |user: &'static str| {
        let command = &command;
        move |line: &str| command(user, line).file("lines.ndjson", LINE)
    };
    all_run(servers, at("operator"), &operator);
    let reader = [
        "export --all --file out.ndjson",
        "check --max-pending 100",
        "try unique --run true",
        "edit unique --max-retry 1 --dry-run",
    ];
    all_run(servers, at("reader"), &reader);
}

#[test]
fn tasks_are_edited_moved_and_copied_with_the_rights_of_the_guide() {
    let redis = guarded();
    edits_and_copies(slice::from_ref(&redis), |user, line| at(&redis, user, line));
    // What reads and writes in one go needs both rights: a reader is refused, and nothing is changed.
    let before = super::contents(&redis);
    for line in [
        "edit unique --max-retry 1",
        "edit unique --move-to q",
        "import lines.ndjson",
    ] {
        let refused = at(&redis, "reader", line).file("lines.ndjson", LINE.replace("line", "new"));
        let refused = refused.run_unchecked().expect_code(4);
        assert!(
            refused.stderr_str().contains("does not permit this"),
            "{line}: {}",
            refused.stderr_str()
        );
        assert_eq!(super::contents(&redis), before, "{line}");
    }
}

#[track_caller]
fn runs(redis: &Redis, user: &str, lines: &[&str]) {
    all_run(slice::from_ref(redis), |line| at(redis, user, line), lines);
}

#[test]
fn a_reader_sees_everything_and_changes_nothing() {
    let redis = guarded();
    for (id, state) in [
        ("a", State::Pending),
        ("b", State::Retry),
        ("c", State::Active),
    ] {
        put(&redis, "q", id, state);
    }
    run(&redis, "cron add nightly @daily t")
        .run_unchecked()
        .expect_code(0);
    runs(
        &redis,
        "reader",
        &[
            "stats",
            "stats q --json",
            "ls",
            "ls tasks",
            "ls tasks -s retry --error x",
            "ls groups",
            "ls servers",
            "ls workers",
            "inspect a --json",
            "wait --empty -q q -s archived",
            "cron ls",
            "cron history nightly",
            "doctor --quick --only lost-task",
        ],
    );
    let page = Page::of(
        at(&redis, "reader", "--read-only").file("token", crate::web::TOKEN),
        &["--auth-file", "token"],
    );
    page.get("/").bearer().send().expect(200);
    assert_eq!(refused(&redis), [""; 0]);
    for line in ["enqueue t", "archive b", "pause q", "cron rm nightly --yes"] {
        let output = at(&redis, "reader", line).run_unchecked().expect_code(4);
        assert!(
            output.stderr_str().contains("does not permit this"),
            "{}",
            output.stderr_str()
        );
    }
}

#[test]
fn an_operator_changes_everything_and_cannot_flush() {
    let redis = guarded();
    runs(
        &redis,
        "operator",
        &[
            "enqueue t --id a -q q",
            "enqueue t --id b -q q --unique 1h",
            "enqueue t --id c -q q --in 1h",
            "enqueue t --id d -q q --group g",
            "stats",
            "archive a",
            "retry a",
            "archive -q q -s pending,scheduled,aggregating --yes",
            "retry -q q -s archived --yes",
            "delete a --yes",
            "pause q",
            "resume q",
            "cron add nightly @daily t",
            "cron pause nightly",
            "cron rm nightly --yes",
        ],
    );
    put(&redis, "q", "running", State::Active);
    let cancel = at(&redis, "operator", "cancel running").run_unchecked();
    assert_ne!(cancel.code, Some(4), "{}", cancel.stderr_str());
    redis.cmd(&["DEL", "asynq:{q}:active", "asynq:{q}:lease"]);
    let repair = "doctor --quick --fix --yes --only lost-task";
    runs(&redis, "operator", &[repair, "drop q --force --yes"]);
    let mut operator =
        redis::Client::open(format!("redis://operator:pw@127.0.0.1:{}", redis.port()))
            .and_then(|client| client.get_connection())
            .unwrap();
    let flushed = redis::cmd("FLUSHALL").exec(&mut operator).unwrap_err();
    assert_eq!(flushed.code(), Some("NOPERM"));
}

#[test]
fn a_worker_and_a_scheduler_work() {
    let redis = guarded();
    let limited = "handlers: {t: {run: 'true', limit: {concurrency: 2, rate: 9/s}}}";
    let worker = at(&redis, "worker", "work --config limited.yaml");
    let worker = worker.file("limited.yaml", limited).spawn();
    let scheduler = at(&redis, "scheduler", "cron run-scheduler").spawn();
    let often = ["cron", "add", "often", "@every 1s", "t", "-q", "ticks"];
    at(&redis, "operator", "")
        .args(often)
        .run_unchecked()
        .expect_code(0);
    runs(&redis, "operator", &["enqueue t --id one"]);
    eventually(SOON, || {
        let ticks: u64 = redis.query(&["LLEN", "asynq:{ticks}:pending"]);
        (ticks > 0).then_some(())
    });
    worker.wait_for_line(|line| line.contains("done") && line.contains(" one"), SOON);
    eventually(SOON, || {
        let heard: Vec<Value> = redis.query(&["PUBSUB", "NUMSUB", "asynq:cancel"]);
        (heard[1] == Value::Int(1)).then_some(())
    });
    for running in [worker, scheduler] {
        running.signal(Signal::TERM);
        running.wait(SOON).expect_code(0);
    }
    assert_eq!(refused(&redis), [""; 0]);
}
