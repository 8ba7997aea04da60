//! Times in Redis that cannot be: other clients write other units, and strangers anything.

use qctl::task::{Message, State};
use serde_json::Value;

use super::{keys, message, put, put_message, qctl, task_key};
use crate::harness::redis::Redis;

/// November 2023, in seconds.
const SECOND: i64 = 1_700_000_000;

/// Every string of a document that looks like a time.
fn times(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                let time = key.ends_with("_at") || key == "deadline" || key == "pending_since";
                match value {
                    Value::String(text) if time => found.push(text.clone()),
                    other => times(other, found),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| times(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn a_pending_since_in_another_unit_is_unknown() {
    let redis = Redis::start();
    for unit in [1, 1_000, 1_000_000] {
        put(&redis, "q", "a", State::Pending);
        let wrong = (SECOND * unit).to_string();
        redis.cmd(&["HSET", &task_key("q", "a"), "pending_since", &wrong]);
        let task = qctl(&redis, "inspect a --json").run_unchecked().json();
        assert_eq!(task["pending_since"], Value::Null, "{wrong}");
        let stats = qctl(&redis, "stats --json").run_unchecked().json();
        assert_eq!(
            stats["queues"][0]["latency_seconds"],
            Value::Null,
            "{wrong}"
        );
        redis.cmd(&["DEL", &keys("q").pending()]);
    }
    put(&redis, "q", "a", State::Pending);
    redis.cmd(&["HSET", &task_key("q", "a"), "pending_since", "1700000000"]);
    qctl(&redis, "ls tasks -s pending")
        .stdout(
            "
            ID  QUEUE  TYPE  PENDING SINCE  PAYLOAD
            a   q      t     unknown        {\"n\":1}
            ",
        )
        .run();
    let shown = qctl(&redis, "inspect a").run_unchecked().expect_code(0);
    let shown = shown.stdout_str();
    assert!(shown.contains("\nPending since:  unknown\n"), "{shown}");
    qctl(&redis, "ls tasks --older-than 1h")
        .stdout("")
        .stderr("no tasks\nwarning: left out 1 task of unknown age (\"a\"): a time in Redis is missing or implausible\n")
        .run();
}

#[test]
fn the_first_tasks_of_unknown_age_are_named() {
    let redis = Redis::start();
    for id in ["a", "b", "c", "d", "e"] {
        put(&redis, "q", id, State::Pending);
        redis.cmd(&["HSET", &task_key("q", id), "pending_since", "1700000000"]);
    }
    let left_out = "left out 5 tasks of unknown age (first: \"a\", \"b\", \"c\"): a time in Redis is missing or implausible\n";
    qctl(&redis, "delete -q q -s pending --older-than 1h --yes")
        .status(7)
        .stdout("deleted 0 tasks, 5 of unknown age\n")
        .stderr(&format!("warning: {left_out}"))
        .run();
}

#[test]
fn every_time_in_json_can_be_read_back() {
    let redis = Redis::start();
    for (index, unit) in [1_000, 1_000_000, 1_000_000_000, -1]
        .into_iter()
        .enumerate()
    {
        let at = SECOND * unit;
        for state in State::ALL {
            let id = format!("{state}-{index}");
            let message = Message {
                deadline: at,
                last_failed_at: at,
                completed_at: at,
                group: if state == State::Aggregating {
                    "g".into()
                } else {
                    String::new()
                },
                ..message("q", &id)
            };
            put_message(&redis, &message, state);
            let (keys, score) = (keys("q"), at.to_string());
            let set = match state {
                State::Scheduled => keys.scheduled(),
                State::Retry => keys.retry(),
                State::Archived => keys.archived(),
                State::Completed => keys.completed(),
                State::Aggregating => keys.group("g"),
                State::Active => keys.lease(),
                State::Aside => keys.aside(),
                State::Pending => continue,
            };
            redis.cmd(&["ZADD", &set, &score, &id]);
        }
    }
    redis.cmd(&["SET", &keys("q").paused(), "1700000000000"]);
    let mut found = Vec::new();
    for state in State::ALL {
        let line = format!("ls tasks -q q -s {state} -o json");
        times(&qctl(&redis, &line).run_unchecked().json(), &mut found);
    }
    let queue = qctl(&redis, "inspect -q q --json").run_unchecked().json();
    assert_eq!(
        (&queue["paused"], &queue["paused_at"]),
        (&Value::Bool(true), &Value::Null)
    );
    times(&queue, &mut found);
    // The four that `put_message` gives to pending tasks are right; no other is.
    assert_eq!(found, vec!["2023-11-14T22:13:20.500Z"; 4]);
}

#[test]
fn a_pending_task_waits_for_no_time() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Pending);
    let document = || qctl(&redis, "inspect a --json").run_unchecked().json();
    let first = document();
    assert_eq!(first["next_process_at"], Value::Null);
    assert_eq!(first, document());
}
