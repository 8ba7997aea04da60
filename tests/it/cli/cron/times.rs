//! `qctl cron next` and `history`.

use serde_json::{Value, json};

use super::{add, qctl, set};
use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;
use qctl::broker::keys;

/// Times of a schedule of 2040 in Paris, where clocks go forward on 25 March and back on 28 October.
fn of_2040(spec: &str, start: &str, count: u8) -> Vec<String> {
    let redis = Redis::start();
    add(
        &redis,
        "s",
        spec,
        &format!("--tz Europe/Paris --start {start}"),
    );
    let times = qctl(&redis, &format!("cron next s -l {count} -o ndjson"))
        .run_unchecked()
        .expect_code(0)
        .ndjson();
    let local = |one: &Value| one["local"].as_str().unwrap().to_owned();
    times.iter().map(local).collect()
}

#[test]
fn a_skipped_hour_is_left_out_and_a_repeated_one_counts_twice() {
    assert_eq!(
        of_2040("30 2 * * *", "2040-03-24T00:00:00Z", 2),
        ["2040-03-24T02:30:00+01:00", "2040-03-26T02:30:00+02:00"]
    );
    assert_eq!(
        of_2040("30 2 * * *", "2040-10-27T12:00:00Z", 3),
        [
            "2040-10-28T02:30:00+02:00",
            "2040-10-28T02:30:00+01:00",
            "2040-10-29T02:30:00+01:00"
        ]
    );
}

#[test]
fn a_spec_alone_needs_no_redis() {
    let next = |options: &str| {
        Qctl::alone()
            .args(["cron", "next", "--spec", "0 3 * * *"])
            .args(options.split_whitespace())
    };
    let output = next("--tz Europe/Paris -l 1")
        .run_unchecked()
        .expect_code(0);
    let lines: Vec<&str> = output.stdout_str().lines().collect();
    let words = |line: &str| {
        line.split_whitespace()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(words(lines[0]), ["AT", "IN"]);
    assert_eq!(words(lines[1])[2], "03:00:00");
    let utc = next("-l 1").run_unchecked().expect_code(0);
    let heads = utc.stdout_str().lines().next().unwrap();
    assert_eq!(words(heads), ["AT", "IN"]);
    let ten = next("-o json").run_unchecked().json();
    assert_eq!(ten.as_array().unwrap().len(), 10);
    assert_eq!(ten[0]["name"], json!(null));
    assert_eq!(ten[0]["tz"], "UTC");
    assert_eq!(ten[0]["at"], ten[0]["local"]);
    Qctl::alone()
        .args(["cron", "next", "--spec", "0 3 * *"])
        .status(2)
        .stderr(
            "
            error: 4 fields, but five are needed (character 8 of \"0 3 * *\")
            hint: write minute, hour, day, month and weekday, such as \"0 3 * * *\"
            ",
        )
        .run();
}

#[test]
fn next_says_when_there_is_nothing_to_come() {
    let redis = Redis::start();
    add(&redis, "never", "0 0 30 2 *", "");
    add(&redis, "paused", "@daily", "--paused");
    qctl(&redis, "cron next never")
        .stderr("no future ticks\n")
        .run();
    let paused = qctl(&redis, "cron next paused -l 1")
        .run_unchecked()
        .expect_code(0);
    assert_eq!(
        paused.stderr_str(),
        "the schedule is paused and fires at none of these times\n"
    );
}

fn note(redis: &Redis, record: &Value) {
    redis.cmd(&["LPUSH", &keys::cron_history("s"), &record.to_string()]);
}

const TICK: &str = "2040-01-01T00:00:00Z";
const FIRED: &str = "2040-01-01T00:00:01.250Z";

/// A schedule with a record of each kind, one of them with its task.
fn with_history(redis: &Redis) {
    add(redis, "s", "@daily", "");
    let kept = format!("s@{TICK}");
    Qctl::new(redis)
        .args(["enqueue", "t", "-o", "id", "--id", &kept])
        .stdout(&format!("{kept}\n"))
        .run();
    let enqueued = |id: &str| json!({"outcome": "enqueued", "task_id": id, "queue": "default"});
    for what in [
        json!({"outcome": "skipped", "first": "2039-12-30T00:00:00Z"}),
        json!({"outcome": "duplicate", "queue": "default"}),
        enqueued("gone"),
        enqueued(&kept),
    ] {
        let mut record = json!({"tick": TICK, "at": FIRED, "by": "host:1:id"});
        let record_keys = record.as_object_mut().unwrap();
        record_keys.extend(what.as_object().unwrap().clone());
        note(redis, &record);
    }
    note(redis, &json!("nonsense"));
}

#[test]
fn history_shows_the_outcome_of_each_tick() {
    let redis = Redis::start();
    with_history(&redis);
    qctl(&redis, "cron history s --time iso")
        .stdout(
            "
            TICK                  LATE  OUTCOME       STATE    QUEUE    TASK
            2040-01-01T00:00:00Z    1s  enqueued      pending  default  s@2040-01-01T00:00:00Z
            2040-01-01T00:00:00Z    1s  enqueued      gone     default  gone
            2040-01-01T00:00:00Z    1s  duplicate     -        default  -
            2040-01-01T00:00:00Z     -  skipped (2d)  -        -        -
            ",
        )
        .run();
    // Ready to be piped on.
    qctl(&redis, "cron history s -o id")
        .stdout("s@2040-01-01T00:00:00Z\ngone\n")
        .run();
    let newest = qctl(&redis, "cron history s -l 2 -o ndjson")
        .run_unchecked()
        .ndjson();
    // What cannot be read counts, but is not shown.
    assert_eq!(
        newest,
        [json!({
            "name": "s", "source": "qctl", "tick": TICK, "at": FIRED, "late_seconds": 1.25, "outcome": "enqueued",
            "skipped_from": null, "task_id": "s@2040-01-01T00:00:00Z", "queue": "default",
            "task_state": "pending", "error": null, "by": "host:1:id",
        })]
    );
    set(&redis, "s", "outcome", "nonsense");
    qctl(&redis, "cron ls -o id").stdout("s\n").run();
}
