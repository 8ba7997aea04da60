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
            "the payload is not a string, which the encoding \"text\" needs",
        ),
        (
            r#","payload":null,"payload_encoding":"base64""#,
            "the payload is not a string, which the encoding \"base64\" needs",
        ),
        (
            r#","payload":"?","payload_encoding":"base64""#,
            "the payload is not base64",
        ),
        (
            r#","payload_encoding":"text""#,
            "the payload has an encoding but no value",
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
    let array = "not a JSON object; each line is one, as -o ndjson prints them";
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
        (r#"{"type":"t""#, "EOF while parsing an object (column 11)"),
        (r#"{"type":"t"} {}"#, "trailing characters (column 14)"),
        (
            r#"{"type":"t","type":"u"}"#,
            "duplicate field `type` (column 18)",
        ),
        (
            r#"{"type":"t","payloud":1}"#,
            "unknown key \"payloud\", did you mean \"payload\"?",
        ),
        (r#"{"type":"t","zzzzzzzz":1}"#, "unknown key \"zzzzzzzz\""),
    ]);
}

#[test]
fn bad_values_are_refused_with_their_key() {
    assert_refused(&[
        (
            r#"{"type":"t","max_retry":"3"}"#,
            "max_retry: invalid type: string \"3\", expected i32",
        ),
        (r#"{"type":"t","max_retry":-1}"#, "max_retry is negative"),
        (
            r#"{"type":"t","deadline":"soon"}"#,
            "deadline: not a time such as \"2026-12-01T09:00:00Z\"",
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
            "payload_encoding: unknown variant `hex`, expected one of `json`, `text`, `base64`",
        ),
        (
            r#"{"type":"t","retention_seconds":-1}"#,
            "retention_seconds is negative",
        ),
        (r#"{"type":"t","id":""}"#, "id: must not be empty"),
        (
            r#"{"type":"t","state":"dead"}"#,
            "state: unknown task state \"dead\"",
        ),
        (
            r#"{"type":"t","completed_at":1796115600}"#,
            "completed_at: invalid type: integer `1796115600`, expected a string",
        ),
    ]);
}
