use std::collections::BTreeMap;

use chrono::DateTime;

use super::*;
use crate::task::State;

fn defaults() -> Defaults {
    Defaults {
        start: Start::Now,
        options: TaskOptions::default(),
    }
}

fn read_with(line: &str, defaults: &Defaults) -> Result<NewTask, DocumentError> {
    TaskDocument::read(line)?.new_task(defaults)
}

fn read(line: &str) -> Result<NewTask, DocumentError> {
    read_with(line, &defaults())
}

fn payload_of(members: &str) -> Result<Option<String>, String> {
    let task = read(&format!(r#"{{"type":"t"{members}}}"#));
    task.map(|task| task.payload.map(|bytes| bytes.escape_ascii().to_string()))
        .map_err(|error| error.to_string())
}

#[test]
fn only_the_type_is_needed() {
    let line = r#" {"type":"email:deliver"} "#;
    assert_eq!(TaskDocument::read(line).unwrap().id, "");
    let task = read(line).unwrap();
    let expected = NewTask {
        id: task.id.clone(),
        ..NewTask::new(TaskType::new("email:deliver").unwrap(), None)
    };
    assert_eq!(task, expected);
}

#[test]
fn every_key_is_read() {
    let line = r#"{"id":"a","queue":"low","type":"t","state":"retry","payload":{"n":1.0},
        "payload_encoding":"json","headers":{"k":"v"},"max_retry":3,"retried":2,"last_error":"x",
        "last_failed_at":"2026-11-30T09:00:00Z","timeout_seconds":60,"deadline":"2026-12-01T09:00:00Z","group":"g",
        "unique_key":"k","unique_seconds":9,"retention_seconds":5,"completed_at":null,
        "next_process_at":"2026-12-01T10:00:00+01:00","pending_since":null,"lease_expires_at":null,
        "orphaned":false,"result":[1],"result_encoding":"json"}"#;
    let at = DateTime::from_timestamp(1_796_115_600, 0).unwrap();
    let document = TaskDocument::read(line).unwrap();
    assert_eq!((document.state, document.retried), (State::Retry, Some(2)));
    assert_eq!(document.result.unwrap().into_bytes(), b"[1]");
    assert_eq!(
        read(line).unwrap(),
        NewTask {
            kind: TaskType::new("t").unwrap(),
            payload: Some(br#"{"n":1.0}"#.to_vec()),
            id: TaskId::new("a").unwrap(),
            start: Start::At(at),
            options: TaskOptions {
                queue: QueueName::new("low").unwrap(),
                max_retry: 3,
                timeout: Some(Duration::from_secs(60)),
                deadline: Some(at),
                unique_for: Some(Duration::from_secs(9)),
                retention: Duration::from_secs(5),
                group: Some("g".to_owned()),
                headers: BTreeMap::from([("k".to_owned(), "v".to_owned())]),
            },
        }
    );
}

#[test]
fn null_says_nothing_and_zero_does() {
    let defaults = Defaults {
        start: Start::Now,
        options: TaskOptions {
            queue: QueueName::new("low").unwrap(),
            max_retry: 1,
            retention: Duration::from_secs(60),
            group: Some("g".to_owned()),
            headers: BTreeMap::from([("a".into(), "1".into()), ("b".into(), "2".into())]),
            ..TaskOptions::default()
        },
    };
    let task = |line: &str| read_with(line, &defaults).unwrap();
    let silent = task(
        r#"{"type":"t","id":null,"queue":null,"max_retry":null,"retention_seconds":null,
        "group":null,"headers":null,"state":null,"orphaned":null,"retried":null,"completed_at":null,"payload":null,"payload_encoding":null,"deadline":null}"#,
    );
    assert_eq!(silent.options, defaults.options);
    assert_eq!(silent.payload, None);
    let outspoken = task(r#"{"type":"t","max_retry":0,"retention_seconds":0,"headers":{"b":"3"}}"#);
    assert_eq!(
        (outspoken.options.max_retry, outspoken.options.retention),
        (0, Duration::ZERO)
    );
    assert_eq!(
        outspoken.options.headers,
        BTreeMap::from([("a".into(), "1".into()), ("b".into(), "3".into())])
    );
}

#[test]
fn payloads() {
    let ok = |text: &str| Ok(Some(text.to_owned()));
    let exact = r#", "payload": {"n":12345678901234567890123, "x": 1.0,"x":1e400} "#;
    assert_eq!(
        payload_of(exact),
        ok(&r#"{"n":12345678901234567890123, "x": 1.0,"x":1e400}"#.replace('"', "\\\""))
    );
    assert_eq!(payload_of(r#","payload":"a\nb""#), ok("a\\nb"));
    assert_eq!(payload_of(r#","payload":"7""#), ok("7"));
    assert_eq!(payload_of(r#","payload":"""#), ok(""));
    assert_eq!(
        payload_of(r#","payload":"a","payload_encoding":"text""#),
        ok("a")
    );
    assert_eq!(
        payload_of(r#","payload":"a","payload_encoding":"json""#),
        ok("\\\"a\\\"")
    );
    assert_eq!(
        payload_of(r#","payload":null,"payload_encoding":"json""#),
        ok("null")
    );
    assert_eq!(
        payload_of(r#","payload_encoding":"base64","payload":"/wA=""#),
        ok("\\xff\\x00")
    );
    let refused = [
        (
            r#","payload":1,"payload_encoding":"text""#,
            "\"payload\" must be a string, because its encoding is \"text\"",
        ),
        (
            r#","payload":null,"payload_encoding":"base64""#,
            "\"payload\" must be a string, because its encoding is \"base64\"",
        ),
        (
            r#","payload":"?","payload_encoding":"base64""#,
            "\"payload\" is not valid base64",
        ),
        (
            r#","payload_encoding":"text""#,
            "\"payload\" is missing, but its encoding is given",
        ),
    ];
    for (members, error) in refused {
        assert_eq!(payload_of(members), Err(error.to_owned()), "{members}");
    }
}

#[test]
fn depth_is_no_danger() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let task = read(&format!(r#"{{"type":"t","payload":{deep}}}"#)).unwrap();
    assert_eq!(task.payload, Some(deep.into_bytes()));
}

#[track_caller]
fn assert_refused(cases: &[(&str, &str)]) {
    for (line, error) in cases {
        let refused = read(line).map_err(|error| error.to_string());
        assert_eq!(refused, Err((*error).to_owned()), "{line}");
    }
}

#[test]
fn lines_that_are_no_document_are_refused() {
    let array = "not a JSON object; each line must be one, as printed by -o ndjson";
    assert_refused(&[
        ("[]", array),
        (r#"["a","q","t"]"#, array),
        ("7", array),
        ("", array),
        ("type=t", array),
        ("{}", "the key \"type\" is missing"),
        (r#"{"type":null}"#, "the key \"type\" is missing"),
        (
            r#"{"type":" "}"#,
            "a task type must contain at least one character that is not white space",
        ),
        (r#"{"type":"t""#, "not JSON (the line ends too early)"),
        (r#"{"type":"t"} {}"#, "not JSON (trailing characters)"),
        (
            r#"{"type":"t","type":"u"}"#,
            "the key \"type\" is given twice",
        ),
        (
            r#"{"type":"t","payloud":1}"#,
            "unknown key \"payloud\"; did you mean \"payload\"?",
        ),
        (r#"{"type":"t","zzzzzzzz":1}"#, "unknown key \"zzzzzzzz\""),
    ]);
}

#[test]
fn bad_values_are_refused_with_their_key() {
    assert_refused(&[
        (
            r#"{"type":"t","max_retry":"3"}"#,
            "\"max_retry\" must be a whole number up to 2147483647, not \"3\"",
        ),
        (
            r#"{"type":"t","max_retry":-1}"#,
            "\"max_retry\" must not be negative",
        ),
        (
            r#"{"type":"t","deadline":"soon"}"#,
            "\"deadline\" must be a time such as \"2026-12-01T09:00:00Z\", not \"soon\"",
        ),
        (
            r#"{"type":"t","unique_seconds":0}"#,
            "the unique time must be at least one second",
        ),
        (
            r#"{"type":"t","group":" "}"#,
            "the group name must contain at least one character that is not white space",
        ),
        (
            r#"{"type":"t","timeout_seconds":9223372036854775807}"#,
            "the timeout is too long (at most 106751d)",
        ),
        (
            r#"{"type":"t","payload":1,"payload_encoding":"hex"}"#,
            "\"payload_encoding\" must be \"json\", \"text\" or \"base64\", not \"hex\"",
        ),
        (
            r#"{"type":"t","retention_seconds":-1}"#,
            "\"retention_seconds\" must not be negative",
        ),
        (
            r#"{"type":"t","id":""}"#,
            "\"id\" must be a string that is not empty, not \"\"",
        ),
        (
            r#"{"type":"t","state":"dead"}"#,
            "\"state\" must be a state such as \"pending\", not \"dead\"",
        ),
        (
            r#"{"type":"t","completed_at":1796115600}"#,
            "\"completed_at\" must be a time such as \"2026-12-01T09:00:00Z\", not 1796115600",
        ),
    ]);
}

#[test]
fn errors_have_a_column() {
    let column = |line: &str| read(line).unwrap_err().column(line);
    assert_eq!(column(r#"{"type":"t","max_retry":"3"}"#), Some(25));
    assert_eq!(
        column(r#"{"type":"té", "payload":"?","payload_encoding":"base64"}"#),
        Some(25)
    );
    assert_eq!(column(r#"{"type":"t","é":1}"#), Some(17));
    assert_eq!(column(r#"{"type":"t","type":"u"}"#), Some(20));
    assert_eq!(column(r#"{"type":"é",}"#), Some(13));
    assert_eq!(column(r#"{"type":"t""#), Some(11));
    assert_eq!(column(r#"{"type":" "}"#), Some(9));
    assert_eq!(column(r#"{"type":"t","group":" "}"#), Some(21));
    assert_eq!(column("{}"), None);
    assert_eq!(column("[]"), None);
}

#[test]
fn long_values_are_not_repeated() {
    let long = "9".repeat(10_000);
    for value in [
        format!("\"{long}\""),
        long,
        "{}".to_owned(),
        "[]".to_owned(),
    ] {
        let line = format!(r#"{{"type":"t","max_retry":{value}}}"#);
        let error = read(&line).unwrap_err().to_string();
        assert!(error.len() < 120, "{error}");
    }
}

#[test]
fn every_key_has_an_expectation_of_its_own() {
    const TIMES: [&str; 12] = [
        "last_failed_at",
        "deadline",
        "completed_at",
        "next_process_at",
        "pending_since",
        "lease_expires_at",
        "score",
        "archived_at",
        "group_added_at",
        "expires_at",
        "set_aside_at",
        "unique_expires_at",
    ];
    let keys = TaskDocument::FIELDS.iter().chain(TaskDocument::READ_ONLY);
    for key in keys.filter(|key| !["payload", "result"].contains(key)) {
        let error = read(&format!(r#"{{"type":"t","{key}":[[]]}}"#)).unwrap_err();
        let is_time = error.to_string().contains("must be a time");
        assert!(is_time == TIMES.contains(key) || *key == "type", "{error}");
    }
}
