//! `qctl cron add`.

use serde_json::json;

use super::{add, contents, document};
use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;

fn adding(redis: &Redis, spec: &str, options: &str) -> Qctl {
    Qctl::new(redis)
        .args(["cron", "add", "nightly", spec, "report:build"])
        .args(options.split_whitespace())
}

#[test]
fn the_same_again_changes_nothing_and_another_must_be_asked_for() {
    let redis = Redis::start();
    says(
        adding(&redis, "0 3 * * *", "--tz Europe/Paris"),
        "added schedule nightly: at 03:00 every day, Europe/Paris",
    );
    let before = contents(&redis);
    says(
        adding(&redis, "0 3 * * *", "--tz Europe/Paris"),
        "schedule nightly is unchanged: at 03:00 every day, Europe/Paris",
    );
    for options in ["-q low", "-q low --dry-run"] {
        adding(&redis, "0 4 * * *", options)
            .status(6)
            .stderr(
                "
                error: another schedule is called \"nightly\" (it differs in queue, spec, tz)
                hint: add --replace to replace it
                ",
            )
            .run();
    }
    says(
        adding(&redis, "0 4 * * *", "--tz Asia/Tokyo --replace --dry-run"),
        "would replace schedule nightly: at 04:00 every day, Asia/Tokyo",
    );
    assert_eq!(contents(&redis), before);
    says(
        adding(&redis, "0 4 * * *", "--tz Asia/Tokyo --replace"),
        "replaced schedule nightly: at 04:00 every day, Asia/Tokyo",
    );
    assert_eq!(document(&redis, "nightly")["spec"], "0 4 * * *");
}

/// Runs it, and looks for this sentence with three times below it.
#[track_caller]
fn says(qctl: Qctl, sentence: &str) {
    let output = qctl.run_unchecked().expect_code(0);
    assert_eq!(output.stderr_str(), "");
    let lines: Vec<&str> = output.stdout_str().lines().collect();
    assert_eq!((lines[0], lines[1], lines.len()), (sentence, "", 6));
    let heads: Vec<&str> = lines[2].split_whitespace().collect();
    assert_eq!(heads, ["AT", "IN"]);
    assert!(lines[3].contains(":00:00 +0"), "{}", lines[3]);
}

#[test]
fn nothing_is_stored_by_a_dry_run() {
    let redis = Redis::start();
    let would = adding(&redis, "@every 1h", "--dry-run -o json")
        .run_unchecked()
        .expect_code(0)
        .json();
    assert_eq!(would["outcome"], "added");
    assert_eq!(would["dry_run"], true);
    assert_eq!(would["when"], "every 1h");
    assert_eq!(would["next"].as_array().unwrap().len(), 3);
    assert!(contents(&redis).is_empty());
}

#[test]
fn all_options_are_stored() {
    let redis = Redis::start();
    let options = "-q low --max-retry 3 --timeout 90s --deadline 2040-01-01T00:00:00Z --in 500ms \
        --unique 5m --retention 1d --group g --header a=b --catch-up all:7 --jitter 10s \
        --start 2039-01-01T00:00:00Z --end 2039-06-01T00:00:00Z --note watch --paused --payload {\"n\":1}";
    adding(&redis, "0 0 1 * *", &format!("{options} -o id"))
        .stdout("nightly\n")
        .run();
    let stored = document(&redis, "nightly");
    for (key, value) in [
        ("source", json!("qctl")),
        ("state", json!("paused")),
        ("when", json!("at 00:00 on day 1 of the month")),
        ("tz", json!("UTC")),
        ("type", json!("report:build")),
        ("payload", json!({"n": 1})),
        ("payload_encoding", json!("json")),
        ("queue", json!("low")),
        ("max_retry", json!(3)),
        ("timeout_seconds", json!(90.0)),
        ("deadline", json!("2040-01-01T00:00:00Z")),
        ("in_seconds", json!(0.5)),
        ("unique_seconds", json!(300.0)),
        ("retention_seconds", json!(86400.0)),
        ("group", json!("g")),
        ("headers", json!({"a": "b"})),
        ("catch_up", json!("all:7")),
        ("jitter_seconds", json!(10.0)),
        ("start_at", json!("2039-01-01T00:00:00Z")),
        ("end_at", json!("2039-06-01T00:00:00Z")),
        ("note", json!("watch")),
        ("next_at", json!(null)),
    ] {
        assert_eq!(stored[key], value, "{key}");
    }
}

#[test]
fn payloads_come_from_files_and_stdin_byte_for_byte() {
    let redis = Redis::start();
    let binary = b"\0\xff\n";
    adding(&redis, "@daily", "--payload - --quiet -o id")
        .stdin(binary)
        .stdout("nightly\n")
        .run();
    let stored = document(&redis, "nightly");
    assert_eq!(
        (&stored["payload"], &stored["payload_encoding"]),
        (&json!("AP8K"), &json!("base64"))
    );
    adding(&redis, "@daily", "--payload @bytes -o id")
        .file("bytes", binary)
        .stdout("nightly\n")
        .run();
    adding(&redis, "@daily", "--payload @none")
        .status(2)
        .stderr("error: cannot read the payload file \"none\" (No such file or directory (os error 2))\n")
        .run();
}

#[test]
fn what_cannot_be_is_refused_with_a_hint() {
    let redis = Redis::start();
    let refused = |spec: &str, options: &str, said: &str| {
        adding(&redis, spec, options).status(2).stderr(said).run();
    };
    refused(
        "0 25 * * *",
        "",
        "
        error: hour 25 is out of range 0-23 (character 3 of \"0 25 * * *\")
        hint: use 0-23, or * for every hour
        ",
    );
    refused(
        "@daily",
        "--tz Paris",
        "
        error: tz: unknown time zone \"Paris\", did you mean Europe/Paris?
        hint: write a name such as Europe/Paris, or leave it out for UTC
        ",
    );
    refused(
        "@daily",
        "--start 2040-02-01T00:00:00Z --end 2040-01-01T00:00:00Z",
        "
        error: end is before start
        hint: swap them, or leave one out
        ",
    );
    refused(
        "@daily",
        "--unique 0s",
        "
        error: the unique time must be at least one second
        hint: change it, or leave it out
        ",
    );
    refused(
        "@daily",
        "--catch-up some",
        "
        error: invalid value 'some' for '--catch-up <POLICY>': not one of none, latest, all, or all:N with N from 1 to 10000

        For more information, try '--help'.
        ",
    );
    assert!(contents(&redis).is_empty());
}

#[test]
fn one_that_never_fires_is_warned_of() {
    let redis = Redis::start();
    for (spec, options, why) in [
        (
            "0 0 30 2 *",
            "",
            "no time in the next five years matches its spec",
        ),
        ("@daily", "--end 2020-01-01T00:00:00Z", "its end has passed"),
        (
            "0 0 30 2 *",
            "--end 2999-01-01T00:00:00Z",
            "no time before its end matches its spec",
        ),
    ] {
        let added = adding(&redis, spec, &format!("{options} --replace"));
        let added = added.run_unchecked().expect_code(0);
        let warning = format!("warning: schedule \"nightly\" never fires: {why}\n");
        assert_eq!(added.stderr_str(), warning, "{spec} {options}");
    }
}

#[test]
fn a_delay_that_go_would_round_is_refused() {
    let redis = Redis::start();
    for delay in ["-1h", "0s", "500ms", "1500ms"] {
        let said = format!(
            "error: delay {delay:?} is not a whole number of seconds, at least 1 (character 8 of \"@every {delay}\")\n\
             hint: write whole seconds; the shortest delay is 1s\n"
        );
        let spec = format!("@every {delay}");
        adding(&redis, &spec, "").status(2).stderr(&said).run();
        Qctl::alone()
            .args(["cron", "next", "--spec", &spec])
            .status(2)
            .stderr(&said)
            .run();
    }
    assert!(contents(&redis).is_empty());
}

#[test]
fn a_note_says_that_six_fields_begin_with_the_second() {
    let redis = Redis::start();
    let added = adding(&redis, "0 3 * * * *", "").run_unchecked();
    assert_eq!(
        added.stderr_str(),
        "the spec has six fields, so the first is the second\n"
    );
}

#[test]
fn one_that_is_paused_stays_so_when_it_is_replaced() {
    let redis = Redis::start();
    add(&redis, "nightly", "@daily", "--paused");
    let output = adding(&redis, "@hourly", "--replace")
        .run_unchecked()
        .expect_code(0);
    assert_eq!(
        output.stderr_str(),
        "it is paused; to resume it: qctl cron resume nightly\n"
    );
    assert_eq!(document(&redis, "nightly")["state"], "paused");
}
