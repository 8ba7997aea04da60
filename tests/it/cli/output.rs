//! Formats, colors, times and quiet, the same for every command.

use qctl::task::State;

use super::{archived_long_ago, message, put, put_message, qctl};
use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;

const TASK: &str = concat!(
    r#"{"id":"a","queue":"q","type":"t","state":"archived","payload":{"n":1},"payload_encoding":"json","#,
    r#""headers":{},"max_retry":25,"retried":3,"last_error":"boom","last_failed_at":"2023-11-14T22:13:20Z","#,
    r#""timeout_seconds":1800,"deadline":null,"group":null,"unique_key":null,"retention_seconds":0,"#,
    r#""completed_at":null,"next_process_at":null,"pending_since":null,"lease_expires_at":null,"#,
    r#""orphaned":false,"waiting_for_handler":false,"result":null,"result_encoding":null}"#,
);

fn archived() -> Redis {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Archived);
    archived_long_ago(&redis, "q", "a");
    redis
}

#[test]
fn a_list_has_six_formats() {
    let redis = archived();
    let listed = |format: &str, expected: &str| {
        qctl(&redis, "ls q -s archived --time unix -o")
            .arg(format)
            .stdout(expected)
            .run();
    };
    listed(
        "table",
        "
        ID  QUEUE  TYPE  ARCHIVED    RETRIED  ERROR
        a   q      t     1700000000     3/25  boom
        ",
    );
    listed(
        "wide",
        r#"
        ID  QUEUE  TYPE  ARCHIVED    RETRIED  FAILED      ERROR  PAYLOAD
        a   q      t     1700000000     3/25  1700000000  boom   {"n":1}
        "#,
    );
    listed("ndjson", &format!("{TASK}\n"));
    listed("id", "a\n");
    let csv = qctl(&redis, "ls q -o csv").run_unchecked();
    let row = csv.stdout_str().lines().nth(1).unwrap();
    assert!(row.starts_with(r#"a,q,t,archived,"{""n"":1}",json,{},25,3,boom,2023"#));
    let json = qctl(&redis, "ls q -o json").run_unchecked();
    let one: serde_json::Value = serde_json::from_str(TASK).unwrap();
    assert_eq!(json.json(), serde_json::json!([one]));
    assert!(
        json.stdout_str()
            .starts_with("[\n  {\n    \"id\": \"a\",\n")
    );
    assert_eq!(
        qctl(&redis, "ls q --json").run_unchecked().stdout,
        json.stdout
    );
    qctl(&redis, "ls -o xml")
        .status(2)
        .stderr(
            "
            error: invalid value 'xml' for '--output <FORMAT>'
              [possible values: table, wide, json, ndjson, csv, id]

            For more information, try '--help'.
            ",
        )
        .run();
}

#[test]
fn flags_may_stand_before_the_command() {
    let redis = archived();
    Qctl::new(&redis)
        .args(["-o", "id", "ls", "q"])
        .stdout("a\n")
        .run();
    Qctl::new(&redis)
        .args(["--json", "ls", "groups"])
        .stdout("[]\n")
        .run();
}

#[test]
fn heads_can_be_left_out() {
    let redis = archived();
    qctl(&redis, "ls q -s archived --time unix --no-headers")
        .stdout("a  q  t  1700000000  3/25  boom\n")
        .run();
    let csv = qctl(&redis, "ls q -o csv --no-headers").run_unchecked();
    assert!(csv.stdout_str().starts_with("a,q,"));
    let stats = qctl(&redis, "stats -o csv --no-headers").run_unchecked();
    assert!(stats.stdout_str().starts_with("q,1,"));
}

#[test]
fn times_have_three_styles() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Scheduled);
    let next = |style: &str, time: &str| {
        qctl(&redis, "ls q -s scheduled --no-headers --time")
            .arg(style)
            .normalized()
            .stdout(&format!("a  q  t  {time}  {{\"n\":1}}\n"))
            .run();
    };
    next("relative", "<in>");
    next("unix", "4000000000");
    next("iso", "<time>");
    let page = qctl(&redis, "inspect a").run_unchecked();
    assert!(
        page.stdout_str()
            .contains("\nNext process:  2096-10-02T07:06:40Z (in "),
        "{}",
        page.stdout_str()
    );
}

#[test]
fn colors_are_for_terminals_unless_asked_for() {
    let redis = archived();
    let colored = |run: Qctl| run.run_unchecked().expect_code(0).stdout.contains(&0x1b);
    let ls = |flags: &str| qctl(&redis, "ls tasks").args(flags.split_whitespace());
    assert!(!colored(ls("")));
    assert!(colored(ls("--color always")));
    assert!(colored(ls("").env("CLICOLOR_FORCE", "1")));
    assert!(!colored(ls("").env("CLICOLOR_FORCE", "0")));
    assert!(!colored(
        ls("").env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1")
    ));
    assert!(!colored(ls("--color never").env("CLICOLOR_FORCE", "1")));
    assert!(colored(ls("--color always").env("NO_COLOR", "1")));
    // Data for programs has none, ever.
    for format in ["json", "ndjson", "csv", "id"] {
        assert!(!colored(ls("--color always -o").arg(format)), "{format}");
    }
    let error = qctl(&redis, "inspect b")
        .env("CLICOLOR_FORCE", "1")
        .run_unchecked();
    assert!(
        error.stderr_str().starts_with("\u{1b}["),
        "{:?}",
        error.stderr_str()
    );
}

#[test]
fn quiet_leaves_data_and_errors() {
    let redis = archived();
    qctl(&redis, "ls groups --quiet").run();
    qctl(&redis, "retry a --quiet")
        .stdout("retried 1 task\n")
        .run();
    qctl(&redis, "inspect b --quiet")
        .status(3)
        .stderr("error: task \"b\" does not exist in any queue\n")
        .run();
}

#[test]
fn verbose_tells_on_stderr_what_is_said_to_redis() {
    let redis = archived();
    let output = qctl(&redis, "ls -o id -v").run_unchecked().expect_code(0);
    assert_eq!(output.stdout_str(), "q\n");
    let said = output.stderr_str();
    assert!(said.contains(" DEBUG SSCAN asynq:queues ("), "{said}");
    assert!(
        said.contains(" DEBUG stats asynq:{q}:pending asynq:{q}:active "),
        "{said}"
    );
    assert!(!output.stderr.contains(&0x1b));
}

#[test]
fn tables_fit_the_width_that_is_asked_for() {
    let redis = Redis::start();
    for (id, payload) in [
        ("0d9b2c7e-58d1-4f5f-9f0e-0a4c5a3b2c1d", "x".repeat(200)),
        ("b", "測定".repeat(50)),
    ] {
        let message = qctl::task::Message {
            kind: "report:build:monthly".to_owned(),
            payload: payload.into_bytes(),
            ..message("a-queue-with-a-name", id)
        };
        put_message(&redis, &message, State::Aggregating);
    }
    put(&redis, "q", "c", State::Scheduled);
    for columns in ["80", "100", "200"] {
        let output = qctl(&redis, "ls tasks")
            .env("COLUMNS", columns)
            .run_unchecked()
            .expect_code(0);
        let width: usize = columns.parse().unwrap();
        for line in output.stdout_str().lines() {
            assert!(unicode_width(line) <= width, "{columns}: {line}");
        }
        assert!(
            output
                .stdout_str()
                .contains("0d9b2c7e-58d1-4f5f-9f0e-0a4c5a3b2c1d"),
            "ids are whole"
        );
    }
    // In a pipe nothing is cut.
    let whole = qctl(&redis, "ls tasks")
        .env_remove("COLUMNS")
        .run_unchecked();
    assert!(whole.stdout_str().contains(&"x".repeat(200)));
}

/// Enough for these tests: ideographs take two columns, all else one.
fn unicode_width(line: &str) -> usize {
    line.chars()
        .map(|c| if "測定".contains(c) { 2 } else { 1 })
        .sum()
}
