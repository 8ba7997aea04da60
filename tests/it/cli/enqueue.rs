//! `qctl enqueue`.

use serde_json::json;

use super::{contents, keys, qctl, task_key};
use crate::harness::clock::SHIFTS;
use crate::harness::proxy::Proxy;
use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;

#[test]
fn it_reports_its_changes_in_every_format() {
    let redis = Redis::start();
    qctl(&redis, "enqueue email:deliver --id a")
        .stdout("enqueued task a (email:deliver) in queue default\n")
        .run();
    qctl(&redis, "enqueue t --id b --queue low -o json")
        .normalized()
        .stdout(
            r#"
            {
              "id": "b",
              "queue": "low",
              "type": "t",
              "state": "pending",
              "next_process_at": null,
              "group": null,
              "existing": false
            }
            "#,
        )
        .run();
    qctl(&redis, "enqueue t --id c --group g -o ndjson")
        .stdout(concat!(
            r#"{"id":"c","queue":"default","type":"t","state":"aggregating","next_process_at":null,"group":"g","existing":false}"#,
            "\n"
        ))
        .run();
    qctl(&redis, "enqueue t --id d --at 2100-01-01T00:00:00Z -o csv")
        .stdout(
            "
            id,queue,type,state,next_process_at,group,existing
            d,default,t,scheduled,2100-01-01T00:00:00Z,,false
            ",
        )
        .run();
    qctl(&redis, "enqueue t --id e -o id").stdout("e\n").run();
    qctl(&redis, "enqueue t -o id")
        .normalized()
        .stdout("<id>\n")
        .run();
}

#[test]
fn a_time_relative_to_now_counts_from_the_time_of_redis() {
    let redis = Redis::start();
    for from in [
        &["t", "--at", "now+10m"][..],
        &["--from", "-", "--at", "now+10m"],
    ] {
        qctl(&redis, "enqueue")
            .args(from)
            .clock_ahead(86_400)
            .stdin("{\"type\":\"t\"}")
            .run_unchecked()
            .expect_code(0);
    }
    let now = qctl::clock::now().timestamp();
    let scheduled: Vec<(String, i64)> = redis.query(&[
        "ZRANGE",
        &keys("default").scheduled(),
        "0",
        "-1",
        "WITHSCORES",
    ]);
    assert_eq!(scheduled.len(), 2);
    for (_, at) in scheduled {
        assert!((now + 590..=now + 601).contains(&at), "{}", at - now);
    }
}

#[test]
fn it_says_where_a_task_waits() {
    let redis = Redis::start();
    qctl(
        &redis,
        "enqueue t --id a --at 2100-01-01T02:00:00+02:00 --time iso",
    )
    .stdout("scheduled task a (t) in queue default for 2100-01-01T00:00:00Z\n")
    .run();
    qctl(&redis, "enqueue t --id b --in 1h --time iso")
        .normalized()
        .stdout("scheduled task b (t) in queue default for <time>\n")
        .run();
    qctl(&redis, "enqueue t --id c --group g")
        .stdout("added task c (t) to group g of queue default\n")
        .run();
    // Past is now.
    qctl(&redis, "enqueue t --id d --at 2000-01-01T00:00:00Z")
        .stdout("enqueued task d (t) in queue default\n")
        .run();
}

/// The time is shown as it was typed: in the local zone, or in UTC.
#[test]
fn a_start_is_confirmed_in_the_zone_in_which_it_was_typed() {
    let redis = Redis::start();
    let scheduled = |at: &str, options: &str| {
        let enqueue = qctl(&redis, &format!("enqueue t {options} --at"));
        let enqueue = enqueue.arg(at).env("TZ", "Asia/Tokyo").run_unchecked();
        enqueue.expect_code(0).stdout_str().trim_end().to_owned()
    };
    for (at, options, exact) in [
        ("2099-01-01 09:00", "", "2099-01-01T09:00:00+09:00 (in "),
        ("2099-01-01T00:00:00Z", "", "2099-01-01T00:00:00Z (in "),
        ("2099-01-01 09:00", "--time iso", "2099-01-01T00:00:00Z"),
        ("2099-01-01 09:00", "--time unix", "4070908800"),
        (
            "2099-01-01 09:00",
            "--json",
            "\"next_process_at\": \"2099-01-01T00:00:00Z\"",
        ),
    ] {
        let said = scheduled(at, options);
        assert!(said.contains(exact), "{said}");
    }
    let soon = qctl(&redis, "enqueue t --in 2h").run_unchecked();
    let said = soon.stdout_str();
    assert!(said.contains("Z (in ") && !said.contains('+'), "{said}");
}

#[test]
fn every_option_reaches_the_task() {
    let redis = Redis::start();
    qctl(
        &redis,
        "enqueue report:build --id a -q low --max-retry 3 --timeout 90s",
    )
    .args("--deadline 2100-01-01T00:00:00Z --at 2099-01-01T00:00:00Z".split(' '))
    .args("--unique 1h --retention 2d --header k=v --header trace=a=b".split(' '))
    .args(["--payload", r#"{"user":  1}"#, "--quiet", "--time", "iso"])
    .stdout("scheduled task a (report:build) in queue low for 2099-01-01T00:00:00Z\n")
    .run();
    let task = qctl(&redis, "inspect a --json").run_unchecked().json();
    let seen = |key: &str| task[key].clone();
    assert_eq!(seen("queue"), "low");
    assert_eq!(seen("type"), "report:build");
    assert_eq!(seen("state"), "scheduled");
    assert_eq!(seen("payload"), json!({"user": 1}));
    assert_eq!(seen("headers"), json!({"k": "v", "trace": "a=b"}));
    assert_eq!(seen("max_retry"), 3);
    assert_eq!(seen("timeout_seconds"), 90);
    assert_eq!(seen("deadline"), "2100-01-01T00:00:00Z");
    assert_eq!(seen("next_process_at"), "2099-01-01T00:00:00Z");
    assert_eq!(seen("retention_seconds"), 172_800);
    assert!(seen("unique_key").is_string());
}

#[test]
fn without_options_a_task_has_the_defaults_of_asynq() {
    let redis = Redis::start();
    qctl(&redis, "enqueue t --id a")
        .run_unchecked()
        .expect_code(0);
    let task = qctl(&redis, "inspect a --json").run_unchecked().json();
    assert_eq!(task["queue"], "default");
    assert_eq!(task["max_retry"], 25);
    assert_eq!(task["timeout_seconds"], 1800);
    assert_eq!(task["retention_seconds"], 0);
    assert_eq!(task["deadline"], json!(null));
}

/// From an argument, a file and stdin, and out again.
#[test]
fn a_payload_keeps_its_bytes_on_every_way() {
    use std::os::unix::ffi::OsStrExt as _;

    let redis = Redis::start();
    let all: Vec<u8> = (0..=255).collect();
    qctl(&redis, "enqueue t --id file --payload @all.bin")
        .file("all.bin", &all)
        .run_unchecked()
        .expect_code(0);
    qctl(&redis, "enqueue t --id stdin -p -")
        .stdin(&all)
        .run_unchecked()
        .expect_code(0);
    // No argument can hold a zero.
    let typed = std::ffi::OsStr::from_bytes(&all[1..]);
    qctl(&redis, "enqueue t --id typed -p")
        .arg(typed)
        .run_unchecked()
        .expect_code(0);
    qctl(&redis, "enqueue t --id empty -p")
        .arg("")
        .run_unchecked()
        .expect_code(0);
    qctl(&redis, "enqueue t --id dash -p -x")
        .run_unchecked()
        .expect_code(0);
    let raw = |id: &str| {
        qctl(&redis, "inspect --raw")
            .arg(id)
            .run_unchecked()
            .expect_code(0)
            .stdout
    };
    assert_eq!(raw("file"), all);
    assert_eq!(raw("stdin"), all);
    assert_eq!(raw("typed"), all[1..]);
    assert_eq!(raw("empty"), b"");
    assert_eq!(raw("dash"), b"-x");
    // @@ is a leading @.
    qctl(&redis, "enqueue t --id at -p @@all.bin")
        .run_unchecked()
        .expect_code(0);
    assert_eq!(raw("at"), b"@all.bin");
}

#[test]
fn a_payload_file_that_cannot_be_read_is_wrong_usage() {
    let redis = Redis::start();
    qctl(&redis, "enqueue t --payload @missing.json")
        .status(2)
        .stderr("error: cannot read the payload file \"missing.json\" (No such file or directory (os error 2))\n")
        .run();
    qctl(&redis, "enqueue t --payload @.")
        .status(2)
        .stderr("error: cannot read the payload file \".\" (Is a directory (os error 21))\n")
        .run();
    assert!(contents(&redis).is_empty());
}

#[test]
fn a_huge_payload_works_with_a_warning() {
    let redis = Redis::start();
    let size = 100 * 1024 * 1024;
    qctl(&redis, "enqueue t --id huge --redis-timeout 30s --payload @huge.bin")
        .file("huge.bin", vec![b'x'; size])
        .stdout("enqueued task huge (t) in queue default\n")
        .stderr(
            "
            warning: the payload of 100.0 MiB slows down everything that reads the task; store it elsewhere and pass a reference
            ",
        )
        .run();
    let stored: usize = redis.query(&["HSTRLEN", &task_key("default", "huge"), "msg"]);
    assert!(stored > size);
    let shown = qctl(&redis, "ls tasks --redis-timeout 30s")
        .run_unchecked()
        .expect_code(0);
    assert!(
        shown.stdout.len() < 10_000,
        "a list shows the start of a payload"
    );
}

#[test]
fn an_id_is_taken_once() {
    let redis = Redis::start();
    qctl(&redis, "enqueue t --id a --at 2100-01-01T00:00:00Z")
        .run_unchecked()
        .expect_code(0);
    let before = contents(&redis);
    let refused = qctl(&redis, "enqueue other --id a")
        .run_unchecked()
        .expect_code(6);
    let stderr = refused.stderr_str();
    let start = "error: a task with the id \"a\" is already in queue \"default\" (type t, scheduled, due in ";
    assert!(stderr.starts_with(start), "{stderr}");
    let hint = "hint: qctl inspect a --queue default shows it; qctl delete a --queue default frees the id\n";
    assert!(stderr.ends_with(hint), "{stderr}");
    assert_eq!(contents(&redis), before);
    qctl(&redis, "enqueue other --id a --on-conflict ignore")
        .stdout("task a (t) is already in queue default (scheduled)\n")
        .run();
    assert_eq!(contents(&redis), before);
    // In another queue it is another task.
    qctl(&redis, "enqueue t --id a -q low")
        .run_unchecked()
        .expect_code(0);
}

#[test]
fn the_error_for_a_taken_id_names_its_task_and_how_to_free_it() {
    let redis = Redis::start();
    for state in ["pending", "archived"] {
        qctl(&redis, "enqueue t --id")
            .arg(state)
            .run_unchecked()
            .expect_code(0);
    }
    qctl(&redis, "archive archived")
        .run_unchecked()
        .expect_code(0);
    for (state, hint) in [
        (
            "pending",
            "qctl inspect pending --queue default shows it; qctl delete pending --queue default frees the id",
        ),
        (
            "archived",
            "qctl retry archived --queue default runs it again; qctl delete archived --queue default frees the id",
        ),
    ] {
        let refused = qctl(&redis, "enqueue t --id")
            .arg(state)
            .run_unchecked()
            .expect_code(6);
        let stderr = refused.stderr_str();
        assert!(stderr.contains(&format!("(type t, {state} ")), "{stderr}");
        assert!(stderr.ends_with(&format!("hint: {hint}\n")), "{stderr}");
    }
}

#[test]
fn a_unique_task_is_refused_while_the_lock_holds() {
    let redis = Redis::start();
    qctl(&redis, "enqueue t --unique 1h -p x --id a")
        .run_unchecked()
        .expect_code(0);
    let again = || qctl(&redis, "enqueue t --unique 1h -p x");
    let refused = again().run_unchecked().expect_code(6);
    let stderr = refused.stderr_str();
    let start = "error: a unique task with the same type and payload is already in queue \"default\" (held by a, pending ";
    assert!(stderr.starts_with(start), "{stderr}");
    assert!(stderr.contains(", expires in "), "{stderr}");
    assert!(
        stderr.ends_with("qctl delete a --queue default frees the lock\n"),
        "{stderr}"
    );
    again()
        .args(["--on-conflict", "ignore"])
        .stdout("task a (t) is already in queue default (pending)\n")
        .run();
    qctl(&redis, "enqueue t --unique 1h -p y")
        .run_unchecked()
        .expect_code(0);
    qctl(&redis, "enqueue t -p x")
        .run_unchecked()
        .expect_code(0);
    // Go's clients may lose the task and leave its lock.
    redis.cmd(&["DEL", &task_key("default", "a")]);
    let refused = again()
        .args(["--on-conflict", "ignore"])
        .run_unchecked()
        .expect_code(6);
    let stderr = refused.stderr_str();
    let start = "error: the unique lock of this type and payload in queue \"default\" is held by task \"a\", which no longer exists (expires in ";
    assert!(stderr.starts_with(start), "{stderr}");
    let lock = "asynq:{default}:unique:t:9dd4e461268c8034f5c8564e155c67a6";
    let hint = "hint: to free the lock: qctl doctor --fix --only stale-lock --queue default\n";
    assert!(stderr.ends_with(hint), "{stderr}");
    redis.cmd(&["DEL", lock]);
    again().run_unchecked().expect_code(0);
}

#[test]
fn a_deadline_that_is_over_is_warned_of() {
    let redis = Redis::start();
    qctl(&redis, "enqueue t --id a --deadline 2000-01-01T00:00:00Z")
        .stdout("enqueued task a (t) in queue default\n")
        .stderr("warning: the deadline has passed: every attempt will fail at once\n")
        .run();
}

/// Wrong usage; the first line says why.
#[track_caller]
fn refused(args: &[&str], why: &str) {
    let redis = Redis::start();
    let run = Qctl::new(&redis).arg("enqueue").args(args).run_unchecked();
    let output = run.expect_code(2);
    let first = output.stderr_str().lines().next().unwrap_or_default();
    assert_eq!(first, format!("error: {why}"));
    assert_eq!(output.stdout_str(), "");
    assert!(contents(&redis).is_empty());
}

#[test]
fn names_that_asynq_forbids_are_wrong_usage() {
    refused(
        &[" "],
        "invalid value ' ' for '[TYPE]': a task type must contain at least one character that is not white space",
    );
    refused(
        &["t", "--queue", ""],
        "invalid value '' for '--queue <QUEUE>': a queue name must contain at least one character that is not white space",
    );
    refused(
        &["t", "--id", ""],
        "invalid value '' for '--id <ID>': a task id must contain at least one character that is not white space",
    );
    refused(
        &["t", "--group", " "],
        "the group name must contain at least one character that is not white space",
    );
}

#[test]
fn options_that_make_no_sense_are_wrong_usage() {
    let duration = "not a duration; use for example 90s, 5m, 1.5h, 3d, 1w or 1h30m";
    refused(&[], "the following required arguments were not provided:");
    refused(
        &["t", "--in", "soon"],
        &format!("invalid value 'soon' for '--in <DURATION>': {duration}"),
    );
    refused(
        &["t", "--timeout", "5"],
        &format!("invalid value '5' for '--timeout <DURATION>': {duration}"),
    );
    refused(
        &["t", "--timeout", "0s"],
        "invalid value '0s' for '--timeout <DURATION>': every attempt needs a time limit; the default is 30m",
    );
    refused(
        &["t", "--at", "1796083200000"],
        "invalid value '1796083200000' for '--at <TIME>': a Unix time is in seconds; did you mean 1796083200?",
    );
    refused(&["t", "--payload", "@"], "--payload @ names no file");
    refused(
        &["t", "--in", "99999999w"],
        "invalid value '99999999w' for '--in <DURATION>': too long (at most 106751d)",
    );
    refused(
        &["t", "--timeout", "99999999w"],
        "invalid value '99999999w' for '--timeout <DURATION>': too long (at most 106751d)",
    );
    refused(
        &["t", "--retention", "99999999w"],
        "invalid value '99999999w' for '--retention <DURATION>': too long (at most 106751d)",
    );
    refused(
        &["t", "--unique", "10ms"],
        "the unique time must be at least one second",
    );
    refused(
        &["t", "--max-retry", "-1"],
        "invalid value '-1' for '--max-retry <N>': -1 is not in 0..=2147483647",
    );
    refused(
        &["t", "--header", "plain"],
        "invalid value 'plain' for '--header <NAME=VALUE>': not of the form NAME=VALUE",
    );
    refused(
        &["t", "--in", "1h", "--at", "now+1h"],
        "the argument '--in <DURATION>' cannot be used with '--at <TIME>'",
    );
    refused(&["t", "u"], "unexpected argument 'u' found");
}

/// The tasks are stored, but no answer arrives, however often they are sent.
#[test]
fn a_task_without_an_answer_is_named_and_may_be_enqueued() {
    let redis = Redis::start();
    let proxy = Proxy::new(&redis);
    // Then the server knows the script.
    qctl(&redis, "enqueue t --id first")
        .run_unchecked()
        .expect_code(0);
    proxy.lose_all_replies_to(task_key("default", "x"));
    let output = Qctl::at(&proxy.url())
        .args(["enqueue", "t", "--id", "x"])
        .run_unchecked()
        .expect_code(5);
    assert_eq!(proxy.lost(), 2);
    let stderr = output.stderr_str();
    assert!(
        stderr.starts_with("error: cannot reach Redis at redis://127.0.0.1:"),
        "{stderr}"
    );
    assert!(
        stderr.contains("): task \"x\" may be enqueued in queue \"default\"\n"),
        "{stderr}"
    );
    assert!(
        stderr.contains("\nhint: to be sure, repeat it with --id x --on-conflict ignore"),
        "{stderr}"
    );
    let length: usize = redis.query(&["LLEN", "asynq:{default}:pending"]);
    assert_eq!(length, 2);
}

#[test]
fn a_delay_counts_by_the_clock_of_redis() {
    let redis = Redis::start();
    let (now, _): (i64, i64) = redis.query(&["TIME"]);
    for shift in SHIFTS {
        let id = format!("one{shift}");
        qctl(&redis, "enqueue t --in 50h --id")
            .arg(&id)
            .clock_ahead(shift)
            .run_unchecked()
            .expect_code(0);
        let line = format!("{{\"type\":\"t\",\"id\":\"many{shift}\"}}");
        qctl(&redis, "enqueue --in 50h --from -")
            .stdin(line)
            .clock_ahead(shift)
            .run_unchecked()
            .expect_code(0);
        for id in [id, format!("many{shift}")] {
            let due: i64 = redis.query(&["ZSCORE", "asynq:{default}:scheduled", &id]);
            let late = due - now - 50 * 3_600;
            assert!((0..60).contains(&late), "{id}: {late}");
        }
    }
}

#[test]
fn a_local_time_in_an_unknown_zone_is_refused() {
    for line in [
        &["enqueue", "t", "--at", "2100-01-01 09:00"][..],
        &["edit", "a", "--at", "tomorrow 09:00"],
        &["cron", "add", "n", "@daily", "t", "--start", "2100-01-01"],
    ] {
        let refused = Qctl::alone()
            .args(line)
            .env("TZ", "Europe/Berln")
            .run_unchecked()
            .expect_code(2);
        let stderr = refused.stderr_str();
        assert!(
            stderr.contains("the time zone in TZ is unknown on this machine"),
            "{stderr}"
        );
    }
    // Nothing depends on the zone here.
    let redis = Redis::start();
    qctl(&redis, "enqueue t --id a --at 2100-01-01T00:00:00Z")
        .env("TZ", "Europe/Berln")
        .run_unchecked()
        .expect_code(0);
}
