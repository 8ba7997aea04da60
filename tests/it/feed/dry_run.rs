//! `enqueue --from --dry-run`: what would become of lines.

use serde_json::json;

use crate::cli::contents;
use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;
use crate::harness::running::Output;

fn qctl(redis: &Redis, line: &str) -> Qctl {
    Qctl::new(redis).args(line.split_whitespace())
}

/// A Redis that has an id and a lock of some of the lines.
fn taken() -> Redis {
    let redis = Redis::start();
    qctl(&redis, "enqueue t --id taken --quiet").run_unchecked();
    qctl(&redis, "enqueue u --payload 1 --unique 1h --quiet").run_unchecked();
    redis
}

const LINES: &str = concat!(
    r#"{"type":"t","id":"a","queue":"new"}"#,
    "\n",
    r#"{"type":"t","id":"taken"}"#,
    "\n",
    r#"{"type":""#,
    "\n",
    r#"{"type":"u","payload":1,"unique_seconds":60}"#,
    "\n\n",
    r#"{"type":"u","payload":2,"unique_seconds":60,"next_process_at":"2036-12-01T09:00:00Z"}"#,
    "\n",
    r#"{"type":"u","payload":2,"unique_seconds":60}"#,
    "\n",
    r#"{"type":"t","id":"a","queue":"new"}"#,
    "\n",
    r#"{"type":"t","group":"g","timeout_seconds":-1}"#,
    "\n",
    r#"{"type":"t","group":"g"}"#,
);

#[track_caller]
fn dry_run(redis: &Redis, options: &str) -> Output {
    let before = contents(redis);
    let line = format!("enqueue --from - --dry-run {options}");
    let checked = qctl(redis, &line).stdin(LINES).run_unchecked();
    assert_eq!(contents(redis), before, "{line}");
    checked
}

#[test]
fn a_dry_run_checks_every_line_and_enqueues_nothing() {
    let redis = taken();
    let checked = dry_run(&redis, "").expect_code(7);
    assert_eq!(
        checked.stdout_str(),
        "would enqueue 3 tasks, 6 lines failed\n"
    );
    let said: Vec<&str> = checked.stderr_str().lines().collect();
    let starts = [
        "error: stdin:2: a task with the id \"taken\"",
        "error: stdin:3:",
        "error: stdin:4: the unique lock of type \"u\" and this payload is taken in queue \"default\"",
        "error: stdin:7: the unique lock of type \"u\" and this payload",
        "error: stdin:8: a task with the id \"a\"",
        "error: stdin:9:",
        "without --on-error skip, no line after line 2 is enqueued",
        "hint: with --on-conflict ignore,",
    ];
    for (said, start) in said.iter().zip(starts) {
        assert!(said.starts_with(start), "{said}");
    }
    assert_eq!(said.len(), starts.len());
}

#[test]
fn a_dry_run_ends_with_the_numbers_of_a_real_run() {
    let redis = taken();
    // A real run that skips the lines that fail ends with the same numbers.
    let sum = dry_run(&redis, "--on-error skip --on-conflict ignore -o json").expect_code(7);
    assert!(!sum.stderr_str().contains("without --on-error"));
    let sum = sum.json();
    let expected = json!({
        "lines": 10, "dry_run": true, "enqueued": 0, "would_enqueue": 3, "existing": 4, "failed": 2,
    });
    for (key, value) in expected.as_object().unwrap() {
        assert_eq!(&sum[key], value, "{key}");
    }
    let rows = dry_run(&redis, "-o ndjson").ndjson();
    assert_eq!(
        rows.iter()
            .map(|row| row["state"].clone())
            .collect::<Vec<_>>(),
        [
            json!("pending"),
            json!(null),
            json!(null),
            json!(null),
            json!("scheduled"),
            json!(null),
            json!(null),
            json!(null),
            json!("aggregating"),
        ]
    );
    let line = "enqueue --from - --on-error skip --on-conflict ignore -o json";
    let real = qctl(&redis, line)
        .stdin(LINES)
        .run_unchecked()
        .expect_code(7)
        .json();
    assert_eq!(
        [
            &real["enqueued"],
            &real["existing"],
            &real["failed"],
            &real["would_enqueue"]
        ],
        [&json!(3), &json!(4), &json!(2), &json!(0)]
    );
}

#[test]
fn a_dry_run_of_lines_needs_no_right_to_change_anything() {
    let redis = Redis::start();
    let run = |line: &str| qctl(&redis, line).stdin("{\"type\":\"t\"}\n");
    run("enqueue --from - -n --read-only")
        .stdout("would enqueue 1 task\n")
        .run();
    run("enqueue --from - --read-only")
        .run_unchecked()
        .expect_code(4);
    run("enqueue t --dry-run")
        .status(2)
        .stderr("error: --skip, --on-error and --dry-run need --from\nhint: give --from FILE instead of a task type\n")
        .run();
}
