//! `qctl export`, and what `qctl import` makes of it.

use std::cell::Cell;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use qctl::broker::keys;
use qctl::task::{Message, State};
use serde_json::Value;

use super::{keys as keys_of, put, put_message, put_one_of_each, qctl, task_key};
use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;

/// The lines of an export.
#[track_caller]
pub(super) fn export(redis: &Redis, line: &str) -> String {
    let output = qctl(redis, line).run_unchecked().expect_code(0);
    output.stdout_str().to_owned()
}

/// Imports lines that have no faults.
#[track_caller]
fn import(redis: &Redis, lines: &str) -> Value {
    let import = qctl(redis, "import -o json").stdin(lines);
    import.run_unchecked().expect_code(0).json()
}

fn sorted(lines: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = lines.lines().collect();
    lines.sort_unstable();
    lines
}

/// The lines of a state, in their order.
fn of_state<'a>(lines: &'a str, state: &str) -> Vec<&'a str> {
    let state = format!("\"state\":\"{state}\"");
    lines.lines().filter(|line| line.contains(&state)).collect()
}

#[test]
fn a_queue_is_the_same_elsewhere() {
    let (from, to) = (Redis::start(), Redis::start());
    put_one_of_each(&from, "q");
    for id in ["b", "a", "c"] {
        put(&from, "q", id, State::Pending);
    }
    from.cmd(&["HSET", &task_key("q", "completed"), "result", "\u{1b}[1m"]);
    let exported = qctl(&from, "export -q q").run_unchecked().expect_code(0);
    assert_eq!(
        exported.stderr_str(),
        "exported 10 tasks\n\
         warning: 1 task runs while the queues are exported: import makes running tasks pending, so they may run twice\n"
    );
    let lines = exported.stdout_str();
    qctl(&to, "import")
        .stdin(lines)
        .stdout("imported 10 tasks\n")
        .stderr("1 task that was running now pending\n")
        .run();
    let again = export(&to, "export -q q");
    let ids = |lines: &str| {
        let lines = of_state(lines, "pending").into_iter();
        let ids = lines.map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].clone());
        ids.collect::<Vec<_>>()
    };
    assert_eq!(ids(&again), ["active", "pending", "b", "a", "c"]);
    let unchanged = |lines| {
        let lines = sorted(lines).into_iter();
        let lines = lines.filter(|line| !line.contains("\"id\":\"active\""));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(unchanged(&again), unchanged(lines));
    let again = import(&to, lines);
    assert_eq!(
        (&again["imported"], &again["existing"]),
        (&0.into(), &10.into())
    );
}

#[test]
fn what_json_cannot_show_exactly_has_keys_of_its_own() {
    let redis = Redis::start();
    let mut strange = super::message("q", "a");
    // Milliseconds, as some ports write them, and a field of a later version.
    strange.last_failed_at = 1_700_000_000_000;
    let mut bytes = strange.to_bytes();
    bytes.extend([0xa2, 0x06, 0x01, b'x']);
    put_message(&redis, &strange, State::Retry);
    redis.cmd(&[
        b"HSET".as_slice(),
        task_key("q", "a").as_bytes(),
        b"msg",
        &bytes,
    ]);
    redis.cmd(&["ZADD", &keys_of("q").retry(), "1700000000000000001", "a"]);
    let lines = export(&redis, "export -q q");
    let line: Value = serde_json::from_str(&lines).unwrap();
    assert_eq!(line["container_score"], "1700000000000000000");
    assert_eq!(line["next_process_at"], Value::Null);
    let other = Redis::start();
    import(&other, &lines);
    let stored: Vec<u8> = other.query(&["HGET", &task_key("q", "a"), "msg"]);
    assert_eq!(stored, bytes);
    assert_eq!(export(&other, "export -q q"), lines);
    // Another payload beside the old message is a contradiction, not a choice.
    let edited = lines.replace("{\"n\":1}", "{\"n\":2}");
    qctl(&other, "import")
        .stdin(&edited)
        .status(2)
        .stdout("imported 0 tasks, 1 line failed\n")
        .stderr(
            "error: stdin:1:60: \"payload\" is not what \"message_base64\" says; remove \"message_base64\" to use it\n",
        )
        .run();
}

#[test]
fn unreadable_tasks_are_set_aside_and_sets_are_exported_as_groups() {
    let (from, to) = (Redis::start(), Redis::start());
    put(&from, "q", "broken", State::Retry);
    from.cmd(&["HSET", &task_key("q", "broken"), "msg", "no message"]);
    put(&from, "q", "merging", State::Aggregating);
    let set = keys_of("q").aggregation_set("g", "6ba7b810-9dad-11d1-80b4-00c04fd430c8");
    from.cmd(&["RENAME", &keys_of("q").group("g"), &set]);
    from.cmd(&["SREM", &keys_of("q").groups(), "g"]);
    from.cmd(&["ZADD", &keys_of("q").aggregation_sets(), "4000000000", &set]);
    from.cmd(&["ZADD", &keys_of("q").archived(), "1700000000", "ghost"]);
    let output = qctl(&from, "export -q q").run_unchecked().expect_code(0);
    assert_eq!(
        output.stderr_str(),
        "exported 2 tasks\nwarning: left out 1 id without a task; qctl doctor finds out more\n"
    );
    qctl(&to, "import")
        .stdin(output.stdout_str())
        .stdout("imported 2 tasks\n")
        .stderr(
            "warning: set aside 1 task whose message cannot be decoded (qctl ls tasks -s aside)\n",
        )
        .run();
    let aside: String = to.query(&["HGET", &task_key("q", "broken"), "msg"]);
    assert_eq!(aside, "no message");
    assert_eq!(to.query::<u64>(&["ZCARD", &keys_of("q").group("g")]), 1);
    assert_eq!(to.query::<u64>(&["ZCARD", &keys_of("q").aside()]), 1);
}

#[test]
fn what_has_commands_of_its_own_is_named() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Pending);
    redis.cmd(&["SET", &keys_of("q").paused(), "1700000000"]);
    redis.cmd(&["SET", &keys_of("q").processed(), "7"]);
    qctl(&redis, "cron add nightly @daily t -o id")
        .stdout("nightly\n")
        .run();
    let output = qctl(&redis, "export --all").run_unchecked().expect_code(0);
    assert_eq!(
        output.stderr_str(),
        "exported 1 task\n\
         not exported: 1 schedule (qctl cron export), the pause of queue q (qctl pause), the counters of processed and failed attempts\n"
    );
}

#[test]
fn a_file_appears_when_it_is_complete() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Scheduled);
    let folder = tempfile::tempdir().unwrap();
    qctl(&redis, "export -q q --file all.ndjson")
        .cwd(folder.path())
        .stderr("exported 1 task\n")
        .run();
    let written = std::fs::read_to_string(folder.path().join("all.ndjson")).unwrap();
    assert_eq!(written, export(&redis, "export -q q"));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    qctl(&redis, "import all.ndjson")
        .cwd(folder.path())
        .stdout("imported 0 tasks, 1 already there\n")
        .run();
}

#[test]
fn a_selection_is_needed_and_kept_to() {
    let redis = Redis::start();
    put_one_of_each(&redis, "q");
    put(&redis, "low", "other", State::Archived);
    qctl(&redis, "export")
        .status(2)
        .stderr("error: no queue is selected\nhint: name queues, or pass --all for all of them\n")
        .run();
    qctl(&redis, "export --all -o csv")
        .status(2)
        .stderr(
            "error: export writes ndjson only\nhint: leave out --output, or use qctl ls tasks\n",
        )
        .run();
    let ids = |line| {
        let lines = export(&redis, line);
        let lines = lines
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines
            .map(|line| line["id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(ids("export --all -s archived"), ["other", "archived"]);
    assert_eq!(ids("export -q q --filter .retried>0 -l 1"), ["retry"]);
    assert_eq!(ids("export -q q --group g"), ["aggregating"]);
}

/// A task as it may lie in a queue.
#[derive(Debug, Clone)]
struct Stored {
    message: Message,
    /// After the fields that are known.
    unknown: bool,
    state: State,
    score: f64,
    result: Option<Vec<u8>>,
    locked: bool,
    regroups: bool,
}

fn messages() -> impl Strategy<Value = Message> {
    let text = || prop_oneof!["[a-z:]{1,8}", ".{1,8}"];
    let second = || {
        prop_oneof![
            Just(0_i64),
            1_600_000_000_i64..1_790_000_000,
            Just(1_700_000_000_000),
            any::<i64>(),
        ]
    };
    let message = (
        text(),
        prop::collection::vec(any::<u8>(), 0..12),
        (0..40_i32, 0..9_i32, any::<i32>()),
        prop_oneof![Just(String::new()), ".{0,20}"],
        (second(), second(), second()),
        prop::collection::btree_map(text(), ".{0,6}", 0..3),
    );
    message.prop_map(
        |(kind, payload, (max_retry, retried, timeout), last_error, times, headers)| Message {
            kind,
            payload,
            max_retry,
            retried,
            last_error,
            timeout: timeout.into(),
            deadline: times.0,
            last_failed_at: times.1,
            completed_at: times.2,
            retention: i64::from(max_retry) * 60,
            headers,
            ..Message::default()
        },
    )
}

fn stored() -> impl Strategy<Value = Stored> {
    let state = prop::sample::select(vec![
        State::Pending,
        State::Scheduled,
        State::Retry,
        State::Archived,
        State::Completed,
        State::Aggregating,
        State::Aside,
    ]);
    let score = prop_oneof![
        (1_600_000_000_u32..1_790_000_000).prop_map(f64::from),
        prop::sample::select(vec![
            0.0,
            -1.0,
            1.7e12,
            1.7e18,
            1e300,
            f64::INFINITY,
            1.5,
            1_700_000_000.25
        ]),
    ];
    let extras = (
        prop::option::of(prop::collection::vec(any::<u8>(), 0..9)),
        any::<[bool; 3]>(),
    );
    (messages(), state, score, extras).prop_map(
        |(message, state, score, (result, [unknown, locked, regroups]))| Stored {
            message,
            unknown,
            state,
            score,
            result,
            locked,
            regroups,
        },
    )
}

/// Puts a task into a queue. It has the id `number`, or one that shells and terminals would not like.
fn lay(redis: &Redis, queue: &str, number: usize, stored: &Stored) {
    let keys = keys_of(queue);
    let id = match number % 3 {
        0 => format!("{number}"),
        1 => format!("{number}\u{1b}[31m\u{2028}"),
        _ => format!("{number} \"{{}}:\\ ü"),
    };
    let mut message = Message {
        id: id.clone(),
        queue: queue.to_owned(),
        ..stored.message.clone()
    };
    if stored.state == State::Aggregating || stored.regroups {
        message.group = format!("g {}", number % 2);
    }
    // The payload alone does not make them differ.
    let lock = keys.unique(&format!("t{number}"), Some(&message.payload));
    if stored.locked {
        message.unique_key.clone_from(&lock);
        redis.cmd(&["SET", &lock, &id, "EX", "5000"]);
    }
    let mut bytes = message.to_bytes();
    if stored.unknown {
        bytes.extend([0xa2, 0x06, 0x01, b'x']);
    }
    let key = keys.task(&qctl::task::TaskId::from_stored(id.clone().into_bytes()));
    redis.cmd(&[
        b"HSET",
        key.as_bytes(),
        b"msg",
        &bytes,
        b"state",
        stored.state.name().as_bytes(),
    ]);
    if !message.group.is_empty() {
        redis.cmd(&["HSET", &key, "group", &message.group]);
    }
    if stored.locked {
        redis.cmd(&["HSET", &key, "unique_key", &lock]);
    }
    if let (Some(result), false) = (&stored.result, stored.state == State::Aside) {
        redis.cmd(&[b"HSET".as_slice(), key.as_bytes(), b"result", result]);
    }
    let container = match stored.state {
        State::Pending => {
            redis.cmd(&["HSET", &key, "pending_since", "1700000000123456789"]);
            redis.cmd(&["LPUSH", &keys.pending(), &id]);
            return;
        }
        State::Scheduled => keys.scheduled(),
        State::Retry => keys.retry(),
        State::Archived => keys.archived(),
        State::Completed => keys.completed(),
        State::Aggregating => {
            redis.cmd(&["SADD", &keys.groups(), &message.group]);
            keys.group(&message.group)
        }
        State::Active | State::Aside => keys.aside(),
    };
    redis.cmd(&["ZADD", &container, &stored.score.to_string(), &id]);
}

#[test]
fn whatever_lies_in_a_queue_comes_out_of_the_other_as_it_was() {
    let (from, to) = (Redis::start(), Redis::start());
    let round = Cell::new(0);
    let mut config = Config::default();
    // Each case runs the program three times.
    config.cases = config.cases.div_ceil(16);
    config.failure_persistence = None;
    let mut runner = TestRunner::new(config);
    let tasks = prop::collection::vec(stored(), 1..30);
    let outcome = runner.run(&tasks, |tasks| {
        round.set(round.get() + 1);
        let queue = format!("q{}", round.get());
        from.cmd(&["SADD", keys::QUEUES, &queue]);
        for (number, stored) in tasks.iter().enumerate() {
            lay(&from, &queue, number, stored);
        }
        let export = |redis: &Redis| {
            let output = Qctl::new(redis)
                .args(["export", "-q", &queue])
                .run_unchecked();
            output.expect_code(0).stdout_str().to_owned()
        };
        let lines = export(&from);
        let sum = import(&to, &lines);
        prop_assert_eq!(&sum["imported"], &Value::from(tasks.len()));
        let again = export(&to);
        prop_assert_eq!(sorted(&again), sorted(&lines));
        prop_assert_eq!(of_state(&again, "pending"), of_state(&lines, "pending"));
        for (number, stored) in tasks.iter().enumerate().filter(|(_, stored)| stored.locked) {
            let lock = keys_of(&queue).unique(&format!("t{number}"), Some(&stored.message.payload));
            prop_assert!(
                to.query::<i64>(&["PTTL", &lock]) > 4_900_000 || stored.state == State::Aside
            );
        }
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}
