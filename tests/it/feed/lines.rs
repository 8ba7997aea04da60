//! What lines become, and what is said of those that become nothing.

use serde_json::{Value, json};

use crate::cli::task_key;
use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;

/// The tasks of a queue or of all, each as its document.
fn documents(redis: &Redis) -> Vec<Value> {
    Qctl::new(redis)
        .args(["ls", "tasks", "-o", "ndjson"])
        .run_unchecked()
        .expect_code(0)
        .ndjson()
}

fn feed(redis: &Redis, text: impl AsRef<[u8]>) -> Qctl {
    Qctl::new(redis)
        .args(["enqueue", "--from", "-"])
        .stdin(text)
}

/// What two tasks have in common that were enqueued at different times.
fn timeless(mut document: Value) -> Value {
    let members = document.as_object_mut().unwrap();
    members.remove("pending_since");
    // A lock is taken anew, and only if that is asked for.
    members.remove("unique_key");
    document
}

/// Tasks with every key set, and payloads of every kind.
fn fill(redis: &Redis) {
    let options: [(&str, &str); 6] = [
        ("{\"n\":12345678901234567890123, \"x\":1.0}", "--id json"),
        ("plain \u{1b}[31m text", "--id text"),
        ("", "-q low --at 2100-01-01T00:00:00Z --max-retry 0"),
        (
            "{}",
            "--group g --retention 1h --timeout 90s --header k=v=w",
        ),
        ("\"\"", "-q {odd}name --deadline 2100-01-01T00:00:00Z"),
        ("null", "--unique 1h"),
    ];
    for (payload, options) in options {
        Qctl::new(redis)
            .args(["enqueue", "a", "--payload", payload])
            .args(options.split(' '))
            .run_unchecked()
            .expect_code(0);
    }
    Qctl::new(redis)
        .args(["enqueue", "a", "--payload", "-", "--id", "bytes"])
        .stdin(b"\xff\x00\xfe")
        .run_unchecked()
        .expect_code(0);
}

#[test]
fn documents_make_the_round_trip() {
    let (one, other) = (Redis::start(), Redis::start());
    fill(&one);
    let listed = Qctl::new(&one)
        .args(["ls", "tasks", "-o", "ndjson"])
        .run_unchecked();
    feed(&other, &listed.stdout)
        .stdout("enqueued 7 tasks\n")
        .run();
    let known = |redis: &Redis| {
        let mut found: Vec<Value> = documents(redis).into_iter().map(timeless).collect();
        found.sort_by_key(|task| task["id"].to_string());
        found
    };
    assert_eq!(known(&other), known(&one));
    // The exact bytes too, for numbers that no parser here keeps.
    Qctl::new(&other)
        .args(["inspect", "json", "--raw"])
        .stdout(r#"{"n":12345678901234567890123, "x":1.0}"#)
        .run();
    // The same again meets itself.
    let again = feed(&other, &listed.stdout)
        .args(["--on-error", "skip"])
        .run_unchecked()
        .expect_code(7);
    assert_eq!(again.stdout_str(), "enqueued 0 tasks, 7 lines failed\n");
    assert!(again.stderr_str().contains("stdin:7: a task with the id"));
}

#[test]
fn options_are_defaults_for_the_lines() {
    let redis = Redis::start();
    feed(&redis, "{\"type\":\"a\",\"id\":\"1\"}\n\n{\"type\":\"b\",\"id\":\"2\",\"queue\":\"high\",\"max_retry\":7,\"group\":\"h\",\"next_process_at\":\"2000-01-01T00:00:00Z\"}\n")
        .args(["-q", "low", "--max-retry", "3", "--retention", "1m", "--group", "g", "--at", "2100-01-01T00:00:00Z"])
        .stdout("enqueued 2 tasks\n")
        .run();
    let mut found = documents(&redis);
    found.sort_by_key(|task| task["id"].to_string());
    let told: Vec<Value> = found
        .iter()
        .map(|task| {
            json!([
                task["queue"],
                task["state"],
                task["max_retry"],
                task["group"],
                task["retention_seconds"]
            ])
        })
        .collect();
    assert_eq!(
        told,
        [
            json!(["low", "scheduled", 3, "g", 60]),
            json!(["high", "aggregating", 7, "h", 60])
        ]
    );
}

#[test]
fn a_file_is_read_and_a_missing_one_is_a_mistake() {
    let redis = Redis::start();
    Qctl::new(&redis)
        .file("tasks.ndjson", "{\"type\":\"a\"}\n{\"type\":\"b\"}")
        .args(["enqueue", "--from", "tasks.ndjson"])
        .stdout("enqueued 2 tasks\n")
        .run();
    Qctl::new(&redis)
        .args(["enqueue", "--from", "missing"])
        .stderr("error: cannot read \"missing\" (No such file or directory (os error 2))\n")
        .status(2)
        .run();
    Qctl::new(&redis)
        .args(["enqueue", "--from", "/"])
        .stderr("error: cannot read \"/\" (Is a directory (os error 21))\n")
        .status(2)
        .run();
    feed(&redis, "").stdout("enqueued 0 tasks\n").run();
    assert_eq!(documents(&redis).len(), 2);
}

const BAD: &str = r#"{"type":"a","id":"1"}
{"type":"a","payloud":1}
{"type":"a","id":"1","max_retry":1}
{"type":"a","payload":"?","payload_encoding":"base64"}
nonsense
{"type":"a","unique_seconds":60}
{"type":"a","unique_seconds":60}
{"type":"a","id":"8"}
"#;

#[test]
fn the_first_bad_line_stops_it() {
    let redis = Redis::start();
    feed(&redis, BAD)
        .stdout("enqueued 1 task, 1 line failed\n")
        .stderr(
            "
            error: stdin:2:23: unknown key \"payloud\"; did you mean \"payload\"?
            hint: 1 line done; correct line 2 and continue with --skip 1, or leave it out with --skip 2
            ",
        )
        .status(7)
        .run();
    assert_eq!(documents(&redis).len(), 1);
    let nothing_done = "{\"type\":1}\n{\"type\":\"a\"}\n";
    let nothing_done = feed(&redis, nothing_done).run_unchecked().expect_code(2);
    assert_eq!(
        nothing_done.stdout_str(),
        "enqueued 0 tasks, 1 line failed\n"
    );
    feed(&redis, "{\"type\":\"a\",\"id\":\"1\"}\n")
        .stdout("enqueued 0 tasks, 1 line failed\n")
        .stderr(
            "
            error: stdin:1: a task with the id \"1\" is already in queue \"default\"
            hint: 1 line done; continue with --skip 1
            hint: with --on-conflict ignore, a task that is there already is no error
            ",
        )
        .status(6)
        .run();
}

#[test]
fn bad_lines_are_told_and_skipped() {
    let redis = Redis::start();
    feed(&redis, BAD)
        .args(["--on-error", "skip"])
        .stdout("enqueued 3 tasks, 5 lines failed\n")
        .stderr(
            "
            error: stdin:2:23: unknown key \"payloud\"; did you mean \"payload\"?
            error: stdin:3: a task with the id \"1\" is already in queue \"default\"
            error: stdin:4:23: \"payload\" is not valid base64
            error: stdin:5: not a JSON object; each line must be one, as printed by -o ndjson
            error: stdin:7: the unique lock of type \"a\" and this payload is taken in queue \"default\"
            hint: with --on-conflict ignore, a task that is there already is no error
            ",
        )
        .status(7)
        .run();
    assert_eq!(documents(&redis).len(), 3);
}

#[test]
fn outcomes_are_logged_too() {
    let redis = Redis::start();
    let outcome = feed(&redis, BAD)
        .args([
            "--on-error",
            "skip",
            "--skip",
            "6",
            "-o",
            "ndjson",
            "-q",
            "low",
        ])
        .run_unchecked()
        .expect_code(0);
    let rows = outcome.ndjson();
    assert_eq!(
        rows[1],
        json!({"line": 8, "id": "8", "queue": "low", "state": "pending", "error": null, "existing": false, "gone": false})
    );
    assert_eq!((rows.len(), &rows[0]["line"]), (2, &json!(7)));
    assert_eq!(outcome.stderr_str(), "enqueued 2 tasks\n");
    let failed = feed(&redis, BAD)
        .args([
            "--on-error",
            "skip",
            "--skip",
            "6",
            "-o",
            "ndjson",
            "-q",
            "low",
        ])
        .run_unchecked()
        .expect_code(7);
    // An id that the line does not name is not an id of anything.
    assert_eq!(failed.ndjson()[0]["id"], json!(null));
    assert_eq!(failed.ndjson()[0]["queue"], "low");
    assert_eq!(failed.ndjson()[1]["id"], "8");
    assert!(
        failed.ndjson()[1]["error"]
            .as_str()
            .unwrap()
            .contains("the id \"8\"")
    );
    feed(&redis, BAD)
        .args(["--skip", "7", "-o", "id"])
        .stdout("8\n")
        .stderr("enqueued 1 task\n")
        .run();
}

#[test]
fn what_belongs_to_the_other_form_is_refused() {
    for args in [
        &["enqueue"][..],
        &["enqueue", "t", "--from", "-"],
        &["enqueue", "--from", "-", "--payload", "x"],
        &["enqueue", "--from", "-", "--id", "x"],
        &["enqueue", "--from", "-", "--wait"],
        &["enqueue", "t", "--skip", "1"],
        &["enqueue", "t", "--on-error", "skip"],
    ] {
        Qctl::alone().args(args).run_unchecked().expect_code(2);
    }
    Qctl::alone()
        .args(["enqueue", "--from", "-", "--read-only"])
        .run_unchecked()
        .expect_code(4);
}

#[test]
fn what_is_no_task_is_not_there_already() {
    let redis = Redis::start();
    let tasks = "{\"type\":\"a\",\"id\":\"1\",\"unique_seconds\":60,\"payload\":1}\n";
    feed(&redis, tasks).stdout("enqueued 1 task\n").run();
    // Go's clients may lose a task and leave its lock; other programs have keys of their own.
    redis.cmd(&["DEL", &task_key("default", "1")]);
    redis.cmd(&["HSET", &task_key("default", "hash"), "state", "pending"]);
    redis.cmd(&["SET", &task_key("default", "string"), "x"]);
    let lines = [
        "{\"type\":\"a\",\"unique_seconds\":60,\"payload\":1}\n",
        "{\"type\":\"a\",\"id\":\"hash\"}\n",
        "{\"type\":\"a\",\"id\":\"string\"}\n",
    ];
    for line in lines {
        let said = feed(&redis, line)
            .args(["--on-conflict", "ignore"])
            .stdout("enqueued 0 tasks, 1 line failed\n")
            .status(6)
            .run_unchecked();
        let said = said.stderr_str();
        assert!(said.starts_with("error: stdin:1: "), "{said}");
        assert!(!said.contains("--on-conflict"), "{said}");
    }
    let ignored = feed(&redis, lines.concat())
        .args(["--on-conflict", "ignore", "--on-error", "skip"])
        .run_unchecked()
        .expect_code(7);
    assert_eq!(ignored.stdout_str(), "enqueued 0 tasks, 3 lines failed\n");
}

#[test]
fn tasks_that_are_there_already_may_count_as_done() {
    let redis = Redis::start();
    let tasks =
        "{\"type\":\"a\",\"id\":\"1\"}\n{\"type\":\"a\",\"unique_seconds\":60,\"payload\":1}\n";
    feed(&redis, tasks).stdout("enqueued 2 tasks\n").run();
    let again =
        tasks.to_owned() + "{\"type\":\"b\",\"id\":\"2\"}\n{\"type\":\"changed\",\"id\":\"1\"}\n";
    feed(&redis, &again)
        .args(["--on-conflict", "ignore"])
        .stdout("enqueued 1 task, 3 already there\n")
        .run();
    assert_eq!(documents(&redis).len(), 3);
    feed(&redis, &again)
        .args(["--on-conflict", "ignore", "-o", "ndjson"])
        .stdout(concat!(
            r#"{"line":1,"id":"1","queue":"default","state":null,"error":null,"existing":true,"gone":false}"#,
            "\n",
            r#"{"line":2,"id":null,"queue":"default","state":null,"error":null,"existing":true,"gone":false}"#,
            "\n",
            r#"{"line":3,"id":"2","queue":"default","state":null,"error":null,"existing":true,"gone":false}"#,
            "\n",
            r#"{"line":4,"id":"1","queue":"default","state":null,"error":null,"existing":true,"gone":false}"#,
            "\n",
        ))
        .stderr("enqueued 0 tasks, 4 already there\n")
        .run();
}

#[test]
fn a_mistake_in_a_file_has_file_line_and_column() {
    let redis = Redis::start();
    let lines = "{\"type\":\"a\"}\n{\"type\":\"a\",\"max_retry\":\"3\"}\n{\"type\":\"a\",}\n{\"type\":\"a\",\"deadline\":1}\n{\"type\":\"a\",\n{\"type\":\"a\",\"headers\":{\"a\":1}}\n{\"type\":\"a\",\"unique_seconds\":0}\n";
    Qctl::new(&redis)
        .file("tasks.ndjson", lines)
        .args(["enqueue", "--from", "tasks.ndjson", "--on-error", "skip"])
        .stdout("enqueued 1 task, 6 lines failed\n")
        .stderr(
            "
            error: tasks.ndjson:2:25: \"max_retry\" must be a whole number up to 2147483647, not \"3\"
            error: tasks.ndjson:3:13: not JSON (trailing comma)
            error: tasks.ndjson:4:24: \"deadline\" must be a time such as \"2026-12-01T09:00:00Z\", not 1
            error: tasks.ndjson:5:12: not JSON (the line ends too early)
            error: tasks.ndjson:6:23: \"headers\" must be an object of strings, not {\"a\":1}
            error: tasks.ndjson:7:30: the unique time must be at least one second
            ",
        )
        .status(7)
        .run();
}
