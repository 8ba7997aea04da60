//! What each limit compares, at its boundary: what is equal to it is allowed.

use std::time::Duration;

use qctl::broker::keys;
use qctl::clock;
use qctl::task::State;
use serde_json::Value;

use super::{check, reasons};
use crate::cli::{keys as keys_of, put, qctl, task_key};
use crate::harness::redis::Redis;

/// Runs a check of one limit with these values; each exits with its code.
#[track_caller]
fn crosses(redis: &Redis, option: &str, cases: &[(&str, i32)]) {
    for (value, code) in cases {
        let output = check(redis, &format!("{option} {value}"));
        let said = output.stdout_str();
        assert_eq!(output.code, Some(*code), "{option} {value}: {said}");
    }
}

/// The only reason, after a critical check.
#[track_caller]
fn sentence(redis: &Redis, line: &str) -> String {
    let output = check(redis, &format!("{line} -o json"));
    let found = reasons(&output);
    let [reason] = found.as_slice() else {
        panic!("{line}: {found:?}");
    };
    assert_eq!((output.code, &*reason[0]), (Some(2), "critical"), "{line}");
    reason[3].clone()
}

/// Nanoseconds since 1970, so long ago.
fn since(ago: Duration) -> String {
    let at = clock::now() - ago;
    at.timestamp_nanos_opt().unwrap().to_string()
}

fn seconds_ago(ago: i64) -> String {
    (clock::now().timestamp() - ago).to_string()
}

#[test]
fn counts() {
    for (state, option, words) in [
        (State::Pending, "--max-pending", "3 pending (max 2)"),
        (State::Retry, "--max-retry", "3 in retry (max 2)"),
        (State::Archived, "--max-archived", "3 archived (max 2)"),
    ] {
        let redis = Redis::start();
        for id in ["a", "b", "c"] {
            put(&redis, "q", id, state);
        }
        let cases = [
            ("3", 0),
            ("2", 2),
            ("2,3", 1),
            ("1,2", 2),
            ("3,4", 0),
            ("2,", 1),
            ("none", 0),
        ];
        crosses(&redis, option, &cases);
        assert_eq!(sentence(&redis, &format!("{option} 2")), words);
    }
}

#[test]
fn the_age_of_the_oldest_pending_task() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Pending);
    let at = since(Duration::from_secs(5 * 3_600 + 30));
    redis.cmd(&["HSET", &task_key("q", "a"), "pending_since", &at]);
    let cases = [("6h", 0), ("4h,6h", 1), ("1m,5h", 2)];
    crosses(&redis, "--max-latency", &cases);
    assert_eq!(
        sentence(&redis, "--max-latency 1m30s"),
        "1 pending, the oldest for 5h (max 1m30s)"
    );
    // A paused queue is compared with --max-paused alone.
    redis.cmd(&["SET", &keys_of("q").paused(), &seconds_ago(7_230)]);
    crosses(&redis, "--max-latency", &[("1m", 0)]);
    crosses(
        &redis,
        "--max-paused",
        &[("3h", 0), ("1h,3h", 1), ("1h,2h", 2)],
    );
    assert_eq!(
        sentence(&redis, "--max-paused 1h"),
        "paused for 2h, 1 task is waiting (max 1h)"
    );
    // Without tasks, it does not matter.
    qctl(&redis, "delete a --yes")
        .run_unchecked()
        .expect_code(0);
    crosses(&redis, "--max-paused", &[("0s", 0)]);
}

#[test]
fn due_tasks_that_nobody_forwards() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Scheduled);
    crosses(&redis, "--max-forward-delay", &[("0s", 0)]);
    let scheduled = keys_of("q").scheduled();
    redis.cmd(&["ZADD", &scheduled, &seconds_ago(7_230), "a"]);
    let cases = [("3h", 0), ("1h,3h", 1), ("2h", 2)];
    crosses(&redis, "--max-forward-delay", &cases);
    assert_eq!(
        sentence(&redis, "--max-forward-delay 1m"),
        "1 task is due but not pending, the first for 2h (max 1m)"
    );
}

#[test]
fn the_share_of_failed_attempts() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Completed);
    let today = clock::now().date_naive();
    redis.cmd(&["SET", &keys_of("q").processed_on(today), "100"]);
    redis.cmd(&["SET", &keys_of("q").failed_on(today), "20"]);
    let cases = [
        ("20%", 0),
        ("0.2", 0),
        ("19%", 2),
        ("10%,20%", 1),
        ("5%,0.1", 2),
    ];
    crosses(&redis, "--max-failed-rate", &cases);
    assert_eq!(
        sentence(&redis, "--max-failed-rate 19.5%"),
        "20 of today's 100 attempts failed (20.0%, max 19.5%)"
    );
    // Fewer than 20 failures are noise, unless told otherwise.
    redis.cmd(&["SET", &keys_of("q").failed_on(today), "19"]);
    let cases = [
        ("1%", 0),
        ("1% --min-failures 19", 2),
        ("1% --min-failures 20", 0),
    ];
    crosses(&redis, "--max-failed-rate", &cases);
    // These counters contradict each other.
    redis.cmd(&["SET", &keys_of("q").failed_on(today), "101"]);
    crosses(&redis, "--max-failed-rate", &[("50%", 3)]);
}

#[test]
fn active_tasks_without_a_worker() {
    let redis = Redis::start();
    for id in ["a", "b"] {
        put(&redis, "q", id, State::Active);
    }
    crosses(&redis, "--max-orphaned", &[("0", 0)]);
    redis.cmd(&["ZADD", &keys_of("q").lease(), &seconds_ago(3_630), "a"]);
    crosses(&redis, "--max-orphaned", &[("1", 0), ("0,1", 1), ("0", 2)]);
    assert_eq!(
        sentence(&redis, "--max-orphaned 0"),
        "1 active task has lost its worker, the first for 1h (max 0)"
    );
}

#[test]
fn workers_that_serve_a_queue() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Completed);
    assert_eq!(
        sentence(&redis, "--min-workers 1"),
        "no worker serves it (min 1)"
    );
    let worker = qctl(&redis, "work -q q --discard *").spawn();
    qctl(&redis, "wait --worker q")
        .run_unchecked()
        .expect_code(0);
    let cases = [("1", 0), ("0", 0), ("2", 2), ("2,1", 1), ("3,2", 2)];
    crosses(&redis, "--min-workers", &cases);
    assert_eq!(
        sentence(&redis, "--min-workers 2"),
        "1 worker serves it (min 2)"
    );
    worker.signal(rustix::process::Signal::TERM);
    worker.wait(crate::harness::SOON).expect_code(0);
}

#[test]
fn schedules_that_should_have_fired() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Completed);
    put(&redis, "other", "a", State::Completed);
    let add = "cron add tick @every_1m t -q q";
    let words = add.split(' ').map(|word| word.replace('_', " "));
    let added = qctl(&redis, "").args(words).run_unchecked();
    added.expect_code(0);
    crosses(&redis, "--max-overdue", &[("0s", 0)]);
    // As if its first tick had been three hours ago.
    let key = keys::cron_schedule("tick");
    let fields: Vec<String> = redis.query(&["HKEYS", &key]);
    assert!(fields.contains(&"since".to_owned()), "{fields:?}");
    let added_at = clock::now().timestamp_millis() - 10_890_000;
    redis.cmd(&["HSET", &key, "since", &added_at.to_string()]);
    let cases = [("4h", 0), ("3h,4h", 1), ("3h", 2), ("10m -q other", 0)];
    crosses(&redis, "--max-overdue", &cases);
    assert_eq!(
        sentence(&redis, "--max-overdue 10m -q q"),
        "schedule \"tick\" has been overdue for 3h (max 10m)"
    );
    // A paused schedule is not overdue.
    qctl(&redis, "cron pause tick")
        .run_unchecked()
        .expect_code(0);
    crosses(&redis, "--max-overdue", &[("10m", 0)]);
}

#[test]
fn the_memory_of_redis() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Completed);
    crosses(
        &redis,
        "--max-memory",
        &[("1TB", 0), ("1KB,1TB", 1), ("1KB", 2)],
    );
    // There is no share of nothing.
    let output = check(&redis, "--max-memory 80% -o json").expect_code(3);
    let why = "the memory of Redis is unknown (maxmemory is not set)";
    assert_eq!(reasons(&output), [["unknown", "memory", "-", why]]);
    redis.cmd(&["CONFIG", "SET", "maxmemory", "1gb"]);
    crosses(
        &redis,
        "--max-memory",
        &[("90%", 0), ("0%,90%", 1), ("0%", 2)],
    );
    let said = sentence(&redis, "--max-memory 0%");
    assert!(
        said.starts_with("Redis uses ") && said.ends_with(" of 1.0 GiB (0.1%, max 0.0%)"),
        "{said}"
    );
}

#[test]
fn each_queue_is_compared_by_itself_and_the_worst_comes_first() {
    let redis = Redis::start();
    for (queue, tasks) in [("a", 2), ("b", 5), ("c", 3)] {
        for id in 0..tasks {
            put(&redis, queue, &id.to_string(), State::Archived);
        }
    }
    let output = check(&redis, "--max-archived 1,2 --max-retry 0").expect_code(2);
    assert_eq!(
        output.stdout_str(),
        "CRITICAL: 3 queues checked\n\
         \n\
         STATUS    QUEUE  CHECK     REASON\n\
         critical  b      archived  5 archived (max 2)\n\
         critical  c      archived  3 archived (max 2)\n\
         warning   a      archived  2 archived (max 1)\n"
    );
    assert_eq!(output.stderr_str(), "");
    check(&redis, "--max-archived 2 -q a").expect_code(0);
    check(&redis, "--max-archived 2 -q a -q c").expect_code(2);
    check(&redis, "--max-archived 4 -q [ac]").expect_code(3);
    check(&redis, "--max-archived 4 -q a,c").expect_code(0);
    let ids = check(&redis, "--max-archived 1,2 -o id").expect_code(2);
    assert_eq!(ids.stdout_str(), "b\nc\na\n");
}

#[test]
fn figures_that_cannot_be_read_are_unknown() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Pending);
    put(&redis, "r", "a", State::Archived);
    redis.cmd(&["DEL", &keys_of("q").retry()]);
    redis.cmd(&["SET", &keys_of("q").retry(), "x"]);
    redis.cmd(&["HDEL", &task_key("q", "a"), "pending_since"]);
    check(&redis, "--max-pending 1").expect_code(0);
    let output = check(&redis, "--max-retry 1 --max-latency 1m -o json").expect_code(3);
    let why = format!("{} is a string, not a sorted set", keys_of("q").retry());
    let unknown = |check: &str, what: &str| {
        let sentence = format!("{what} is unknown ({why})");
        ["unknown", check, "q", &sentence].map(str::to_owned)
    };
    let expected = [
        unknown("latency", "the age of the oldest pending task"),
        unknown("retry", "the number of tasks in retry"),
    ];
    assert_eq!(reasons(&output), expected);
    let figures = output.json();
    let value = |index: usize| figures["figures"][index]["value"].clone();
    assert_eq!([value(0), value(1)], [Value::Null, Value::Null]);
    // What is critical is known.
    let output = check(&redis, "--max-retry 1 --max-archived 0").expect_code(2);
    assert!(output.stdout_str().starts_with("CRITICAL: "));
}

#[test]
fn the_file_has_limits_for_all_and_for_single_queues() {
    let redis = Redis::start();
    for (queue, tasks) in [("a", 2), ("b", 5)] {
        for id in 0..tasks {
            put(&redis, queue, &id.to_string(), State::Archived);
        }
    }
    let file = "[check]\ntrouble = false\nmax_archived = 1\n[check.queues.b]\nmax_archived = \"5,9\"\n[check.queues.gone]\nmax_retry = 1\n";
    let with = |line: &str| {
        let command = qctl(&redis, "check -o id").args(line.split_whitespace());
        command.file("qctl.toml", file)
    };
    let note = "[check.queues] has limits for \"gone\", which is no queue\n";
    with("").status(2).stdout("a\n").stderr(note).run();
    with("-q b").run();
    // The command line comes first, for every queue.
    let typed = with("--max-archived 2,4");
    typed.status(2).stdout("b\n").stderr(note).run();
    with("--max-archived none").stderr(note).run();
    let wrong = "[check]\nmax_archived = \"9,5\"\n";
    let output = qctl(&redis, "check --format nagios").file("qctl.toml", wrong);
    let output = output.run_unchecked().expect_code(3);
    assert_eq!(
        output.stdout_str(),
        "UNKNOWN - qctl.toml:2: check.max_archived: the warning limit comes first, and must not be above the critical one\n"
    );
}
