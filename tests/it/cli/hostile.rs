//! Data that strangers left in Redis: nothing of it reaches a terminal raw, and none of it is fatal.

use qctl::broker::keys::{self as names, QUEUES};
use qctl::task::{Message, State};

use super::{archived_long_ago, keys, message, put, put_message, qctl, task_key};
use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;
use crate::harness::running::Output;

/// Clears a screen, sets a title, rings, and turns text around.
const NASTY: &str = "a\u{1b}[2J\u{1b}]0;x\u{7}\u{9b}31m\r\n\u{202e}b\u{0}c";

#[track_caller]
pub(super) fn harmless(output: &Output) {
    for stream in [output.stdout_str(), output.stderr_str()] {
        let raw = stream
            .chars()
            .find(|&c| c != '\n' && (c.is_control() || c == '\u{202e}'));
        assert_eq!(raw, None, "{stream:?}");
    }
}

/// A task of which everything is nasty but its state.
fn put_nasty(redis: &Redis, state: State) {
    let message = Message {
        kind: NASTY.to_owned(),
        payload: NASTY.as_bytes().to_vec(),
        id: NASTY.to_owned(),
        queue: NASTY.to_owned(),
        group: NASTY.to_owned(),
        last_error: NASTY.to_owned(),
        unique_key: NASTY.to_owned(),
        headers: [(NASTY.to_owned(), NASTY.to_owned())].into(),
        retried: -1,
        max_retry: i32::MIN,
        timeout: i64::MAX,
        deadline: i64::MIN,
        last_failed_at: i64::MAX,
        retention: i64::MIN,
        completed_at: i64::MAX,
    };
    put_message(redis, &message, state);
    redis.cmd(&["HSET", &task_key(NASTY, NASTY), "result", NASTY]);
}

#[test]
fn nothing_reaches_people_raw() {
    for state in State::ALL {
        let redis = Redis::start();
        put_nasty(&redis, state);
        for line in [
            "ls",
            "ls tasks",
            "ls tasks -o wide",
            "ls tasks -o id",
            "ls groups",
            "ls groups -o id",
            "stats",
            "stats --history 1",
            "ls -o id",
            "ls tasks --color always --no-headers -o id",
        ] {
            let output = qctl(&redis, line).run_unchecked().expect_code(0);
            harmless(&output);
        }
        // It holds a zero, which no argument can, and a line break, which makes two ids of it.
        let stdin = format!("{NASTY}\n");
        for line in ["retry -", "archive -", "cancel -", "delete - -n"] {
            harmless(&qctl(&redis, line).stdin(&stdin).run_unchecked());
        }
    }
}

#[test]
fn typed_text_is_escaped_in_messages() {
    let redis = Redis::start();
    let typed = "a\u{1b}[2Jb\u{7}";
    for args in [
        &["inspect", typed][..],
        &["retry", typed],
        &["ls", typed],
        &["pause", typed],
        &["drop", typed],
        &["ls", "-q", typed],
        &["ls", "-s", typed],
        &[typed],
        &["ls", "--redis", typed],
        &["ls", "--config", typed],
        &["enqueue", "t", "--payload", "@a\u{1b}[2Jb"],
        &["enqueue", "t", "--in", typed],
        &["ls", "-o", typed],
    ] {
        let output = Qctl::new(&redis).args(args).run_unchecked();
        assert_ne!(output.code, Some(0), "{args:?}");
        harmless(&output);
    }
    let output = qctl(&redis, "ls")
        .env("QCTL_OUTPUT", typed)
        .run_unchecked()
        .expect_code(2);
    harmless(&output);
    let enqueued = Qctl::new(&redis).args(["enqueue", typed, "--queue", typed, "--id", typed]);
    harmless(&enqueued.run_unchecked().expect_code(0));
    harmless(
        &Qctl::new(&redis)
            .args(["inspect", typed])
            .run_unchecked()
            .expect_code(0),
    );
    harmless(
        &Qctl::new(&redis)
            .args(["delete", typed])
            .run_unchecked()
            .expect_code(2),
    );
    harmless(
        &Qctl::new(&redis)
            .args(["pause", typed])
            .run_unchecked()
            .expect_code(0),
    );
    harmless(
        &Qctl::new(&redis)
            .args(["drop", typed, "--force", "-n"])
            .run_unchecked()
            .expect_code(0),
    );
}

#[test]
fn an_id_with_a_line_break_is_one_line() {
    let redis = Redis::start();
    put(&redis, "q", "two\nlines", State::Pending);
    let ids = qctl(&redis, "ls tasks -o id");
    ids.stdout("\"two\\nlines\"\n").run();
    // Full and exact for programs.
    let task = &qctl(&redis, "ls tasks -o ndjson").run_unchecked().ndjson()[0];
    assert_eq!(task["id"], "two\nlines");
    let csv = qctl(&redis, "ls tasks -o csv --no-headers").run_unchecked();
    assert!(
        csv.stdout_str().starts_with("\"two\nlines\",q,"),
        "{}",
        csv.stdout_str()
    );
}

#[test]
fn a_message_that_cannot_be_decoded_is_shown_as_such() {
    let redis = Redis::start();
    put(&redis, "q", "bad", State::Pending);
    let key = task_key("q", "bad");
    redis.cmd(&[b"HSET", key.as_bytes(), b"msg", b"\xff\x00junk\x1b[2J"]);
    qctl(&redis, "ls tasks --time unix")
        .stdout(
            "
            ID   QUEUE  TYPE          STATE    TIME        PAYLOAD
            bad  q      (unreadable)  pending  1700000000  -
            ",
        )
        .run();
    qctl(&redis, "inspect bad --time unix")
        .stdout(
            "
            ID:             bad
            Queue:          q
            Type:           (unreadable)
            State:          pending
            Retried:        -
            Pending since:  1700000000

            Last error:
              the stored message cannot be decoded (10 bytes)
            ",
        )
        .run();
    let task = qctl(&redis, "inspect bad --json").run_unchecked().json();
    let known: Vec<_> = task
        .as_object()
        .unwrap()
        .iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(key, _)| key.as_str())
        .collect();
    assert_eq!(
        known,
        [
            "id",
            "queue",
            "state",
            "last_error",
            "pending_since",
            "orphaned",
            "waiting_for_handler"
        ]
    );
    // Its bytes are all there is of it.
    let raw = qctl(&redis, "inspect bad --raw")
        .run_unchecked()
        .expect_code(0);
    assert_eq!(raw.stdout, b"\xff\x00junk\x1b[2J");
    qctl(&redis, "archive bad")
        .stdout("archived 1 task\n")
        .run();
    qctl(&redis, "retry bad").stdout("retried 1 task\n").run();
    qctl(&redis, "delete bad --yes")
        .stdout("deleted 1 task\n")
        .run();
}

#[test]
fn an_id_without_a_task_is_shown_and_skipped() {
    let redis = Redis::start();
    put(&redis, "q", "real", State::Archived);
    archived_long_ago(&redis, "q", "real");
    redis.cmd(&["ZADD", &keys("q").archived(), "1", "ghost"]);
    qctl(&redis, "ls q -s archived --time unix")
        .stdout(
            "
            ID     QUEUE  TYPE          ARCHIVED    RETRIED  ERROR
            ghost  q      (unreadable)  unknown           -  no task is stored under this id
            real   q      t             1700000000     3/25  boom
            ",
        )
        .run();
    qctl(&redis, "ls q -o id").stdout("ghost\nreal\n").run();
    let shown = qctl(&redis, "inspect ghost").run_unchecked();
    let shown = shown.expect_code(0);
    assert!(
        shown
            .stdout_str()
            .contains("no task is stored under this id")
    );
    qctl(&redis, "retry -q q")
        .status(7)
        .stdout("retried 1 of 2 tasks, 1 failed\n")
        .stderr(
            "
            error: task \"ghost\" in queue \"q\" cannot be read
            hint: only delete is possible
            ",
        )
        .run();
    qctl(&redis, "delete ghost --yes")
        .stdout("deleted 1 task\n")
        .run();
    assert_eq!(redis.query::<u64>(&["ZCARD", &keys("q").archived()]), 0);
}

#[test]
fn whatever_is_listed_can_be_inspected_and_deleted_by_id() {
    let redis = Redis::start();
    redis.cmd(&["SADD", QUEUES, "q"]);
    redis.cmd(&["SADD", &keys("q").groups(), "g", "h"]);
    for (command, key) in [
        ("LPUSH", keys("q").pending()),
        ("ZADD", keys("q").scheduled()),
        ("ZADD", keys("q").retry()),
        ("ZADD", keys("q").archived()),
        ("ZADD", keys("q").completed()),
        ("ZADD", keys("q").group("h")),
        ("ZADD", keys("q").aside()),
    ] {
        match command {
            "LPUSH" => redis.cmd(&["LPUSH", &key, "ghost"]),
            _ => redis.cmd(&["ZADD", &key, "1", "ghost"]),
        };
        qctl(&redis, "ls q -o id").stdout("ghost\n").run();
        qctl(&redis, "inspect ghost -o id").stdout("ghost\n").run();
        qctl(&redis, "delete ghost -n --quiet")
            .stdout("would delete 1 task\n")
            .run();
        qctl(&redis, "delete ghost -y")
            .stdout("deleted 1 task\n")
            .run();
        qctl(&redis, "ls q -o id").run();
    }
}

/// What `-o id` prints goes back through stdin to exactly the same tasks, whatever other clients put into ids.
#[test]
fn every_id_goes_back_through_a_pipe() {
    let redis = Redis::start();
    let odd = [
        "two\nlines",
        r"two\nlines",
        "\u{1b}[31mred",
        " ",
        "\t",
        "",
        "a\r",
        " a",
        "\"quoted\"",
        "a\u{202e}b",
    ];
    for (number, id) in odd.into_iter().enumerate() {
        let mut message = message("q", id);
        message.payload = number.to_string().into_bytes();
        super::put_stored(&redis, &message);
    }
    put(&redis, "q", "other", State::Archived);
    let ids = qctl(&redis, "ls q -s pending -o id").run_unchecked();
    assert_eq!(
        ids.stdout_str().lines().count(),
        odd.len(),
        "each is one line"
    );
    let tasks = qctl(&redis, "inspect - -o ndjson")
        .stdin(&ids.stdout)
        .run_unchecked();
    let payloads: Vec<String> = tasks
        .expect_code(0)
        .ndjson()
        .iter()
        .map(|task| task["payload"].to_string())
        .collect();
    let numbers: Vec<String> = (0..odd.len()).map(|number| number.to_string()).collect();
    assert_eq!(payloads, numbers);
    let deleted = format!("deleted {} tasks\n", odd.len());
    let delete = qctl(&redis, "delete - -y").stdin(&ids.stdout);
    delete.stdout(&deleted).run();
    qctl(&redis, "ls q -o id").stdout("other\n").run();
    qctl(&redis, "inspect -")
        .stdin("\"half\n")
        .status(2)
        .stderr(
            "
            error: the id \"half is not a JSON string (EOF while parsing a string at line 1 column 5)
            hint: an id that begins with a quotation mark must be a JSON string
            ",
        )
        .run();
}

#[test]
fn an_id_that_is_not_utf_8_is_not_printed_as_another_id() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Pending);
    let pending = keys("q").pending();
    redis.cmd(&[b"LPUSH".as_slice(), pending.as_bytes(), b"b\xff"]);
    let warning = "warning: left out the id \"b\u{fffd}\", which is not UTF-8: select its task by queue and state\n";
    qctl(&redis, "ls q -o id")
        .stdout("a\n")
        .stderr(warning)
        .run();
    let listed = qctl(&redis, "ls q -o ndjson").run_unchecked();
    assert_eq!(listed.ndjson().len(), 2);
}

/// Rows that other clients left are listed once, and CSV has their exact bytes.
#[test]
fn blank_ids_are_listed_once_and_csv_is_exact() {
    let redis = Redis::start();
    for id in ["", " ", "a"] {
        let mut message = message("q", id);
        message.payload = b"line one\r\nline \"two\", \x1b[2J".to_vec();
        super::put_stored(&redis, &message);
    }
    let csv = qctl(&redis, "ls q -o csv --no-headers").run_unchecked();
    let text = "q,t,pending,\"line one\r\nline \"\"two\"\", \u{1b}[2J\",text,";
    assert_eq!(
        csv.stdout_str().matches(text).count(),
        3,
        "{:?}",
        csv.stdout_str()
    );
    let table = qctl(&redis, "ls q --no-headers").run_unchecked();
    assert_eq!(table.stdout_str().lines().count(), 3);
}

#[test]
fn queue_names_that_asynq_forbids_do_not_disturb_the_others() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Pending);
    redis.cmd(&["SADD", QUEUES, "", " "]);
    qctl(&redis, "ls -o id").stdout("q\n").run();
    qctl(&redis, "ls tasks -o id").stdout("a\n").run();
}

#[test]
fn an_argument_that_is_not_utf_8_is_refused_where_it_would_be_a_name() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;

    let redis = Redis::start();
    let bytes = OsStr::from_bytes(b"a\xff");
    for args in [
        ["enqueue"].as_slice(),
        &["inspect"],
        &["ls"],
        &["retry"],
        &["enqueue", "t", "--id"],
        &["ls", "-q"],
    ] {
        let output = Qctl::new(&redis)
            .args(args)
            .arg(bytes)
            .run_unchecked()
            .expect_code(2);
        assert_eq!(
            output.stderr_str().lines().next(),
            Some("error: invalid UTF-8 was detected in one or more arguments")
        );
    }
    // A file may have any name.
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(bytes), "content").unwrap();
    Qctl::new(&redis)
        .args(["enqueue", "t", "--id", "a", "--payload"])
        .arg(OsStr::from_bytes(b"@a\xff"))
        .cwd(folder.path())
        .stdout("enqueued task a (t) in queue default\n")
        .run();
    qctl(&redis, "inspect a --raw").stdout("content").run();
}

#[test]
fn a_payload_that_looks_like_json_but_is_not_is_text() {
    let redis = Redis::start();
    for (id, payload) in [
        ("half", r#"{"a":"#),
        ("two", "1 2"),
        ("half-pair", r#""\ud800""#),
        ("blank", " "),
    ] {
        let message = Message {
            payload: payload.as_bytes().to_vec(),
            ..message("q", id)
        };
        put_message(&redis, &message, State::Scheduled);
        let encoding = qctl(&redis, "inspect --json")
            .arg(id)
            .run_unchecked()
            .json()["payload_encoding"]
            .clone();
        assert_eq!(encoding, "text", "{id}");
    }
    let deep = "[".repeat(50_000) + &"]".repeat(50_000);
    let message = Message {
        payload: deep.into_bytes(),
        ..message("q", "deep")
    };
    put_message(&redis, &message, State::Scheduled);
    for line in [
        "inspect deep",
        "inspect deep -o ndjson",
        "ls q -o wide",
        "ls q -o csv",
    ] {
        qctl(&redis, line).run_unchecked().expect_code(0);
    }
}

#[test]
fn a_preview_shows_each_task_on_one_line() {
    let redis = Redis::start();
    put(&redis, "q", "a\n  q  pending  b", State::Archived);
    qctl(&redis, "delete -q q -s archived -n")
        .stdout("would delete 1 task\n")
        .stderr("  q  archived  a\\n  q  pending  b  t\n")
        .run();
}

/// Redis's own error does not name the key.
#[test]
fn a_key_of_all_queues_that_is_of_another_type_is_named() {
    let schedule = names::cron_schedule("x");
    for (key, command, kind) in [
        (names::SERVERS, "ls servers", "sorted set"),
        (names::WORKERS, "ls workers", "sorted set"),
        (names::SCHEDULERS, "cron ls", "sorted set"),
        (names::CRON_NAMES, "cron ls", "set"),
        (names::CRON_NAMES, "cron add x @daily t", "set"),
        (&schedule, "cron add x @daily t", "hash"),
        (names::AUDIT, "ls audit", "stream"),
    ] {
        let redis = Redis::start();
        redis.cmd(&["SET", key, "text"]);
        qctl(&redis, command)
            .status(1)
            .stderr(&format!(
                "error: {key} is a string, not a {kind}\nhint: rename or delete the key with redis-cli\n"
            ))
            .run();
    }
}
