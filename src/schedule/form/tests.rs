use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::Form;
use super::written::written;
use crate::task::parse;

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_767_225_600, 0).unwrap()
}

fn form(value: Value) -> Form {
    serde_json::from_value(value).unwrap()
}

fn minimal(key: &str, value: Value) -> Form {
    let mut form = json!({"name": "s", "spec": "@hourly", "type": "t"});
    form[key] = value;
    self::form(form)
}

#[test]
fn a_form_and_its_schedule_say_the_same() {
    let all = form(json!({
        "name": "s", "spec": "0 3 * * *", "tz": "Europe/Paris", "type": "t", "payload": "é",
        "queue": "q", "max_retry": 3, "timeout": "1m30s", "deadline": "2027-01-01T00:00:00Z",
        "in": "10m", "unique": "1h", "retention": "7d", "group": "g", "headers": {"k": "v"},
        "catch_up": "all:5", "jitter": "1m", "start": "2026-02-01T00:00:00Z",
        "end": "2026-03-01T00:00:00Z", "note": "why",
    }));
    assert_eq!(Form::from(&all.check(now()).unwrap()), all);
    let least = form(json!({"name": "s", "spec": "@hourly", "type": "t"}));
    assert_eq!(Form::from(&least.check(now()).unwrap()), least);
}

#[test]
fn what_is_as_by_default_is_left_out() {
    let said = form(json!({
        "name": "s", "spec": " @hourly ", "tz": "UTC", "type": "t", "queue": "default",
        "max_retry": 25, "timeout": "0s", "in": "0s", "catch_up": "latest", "jitter": "0s", "note": "",
    }));
    let least = form(json!({"name": "s", "spec": "@hourly", "type": "t"}));
    assert_eq!(Form::from(&said.check(now()).unwrap()), least);
}

#[test]
fn payloads_are_text_json_or_any_bytes() {
    let payload = |key, value| minimal(key, value).check(now()).unwrap().payload;
    assert_eq!(
        payload("payload", json!("{\"a\": 1}")),
        Some(b"{\"a\": 1}".to_vec())
    );
    assert_eq!(
        payload("payload", json!({"b": [1], "a": null})),
        Some(br#"{"b":[1],"a":null}"#.to_vec())
    );
    assert_eq!(payload("payload", json!("")), Some(Vec::new()));
    assert_eq!(payload("payload", Value::Null), None);
    let binary = minimal("payload_base64", json!("AP8="));
    let schedule = binary.check(now()).unwrap();
    assert_eq!(schedule.payload, Some(vec![0, 255]));
    assert_eq!(Form::from(&schedule), binary);
}

#[test]
fn an_asynq_file_needs_no_names_and_gets_the_same_ones_every_time() {
    let asynq = |payload: &str| {
        form(json!({"cronspec": "@daily", "task_type": "email: x", "payload": payload}))
    };
    let name = |payload| asynq(payload).check(now()).unwrap().name.to_string();
    assert_eq!(name("a"), name("a"));
    assert_ne!(name("a"), name("b"));
    assert!(name("a").starts_with("email:-x-"), "{}", name("a"));
}

#[test]
fn mistakes_name_the_key_and_what_to_do() {
    let mistake = |key, value| {
        let bad = minimal(key, value).check(now()).unwrap_err();
        assert!(!bad.hint.is_empty());
        bad.what
    };
    for (key, value, what) in [
        ("name", json!("a b"), "name: the name of a schedule is"),
        (
            "name",
            json!("x".repeat(129)),
            "name: the name of a schedule is",
        ),
        ("spec", json!(" "), "it has no spec"),
        ("spec", json!("61 * * * *"), "61"),
        ("type", json!(""), "type: a task type must"),
        ("tz", json!("Europe/Pariss"), "tz: "),
        ("tz", json!("Local"), "tz: Local is a different time zone"),
        (
            "spec",
            json!("CRON_TZ=Local 0 3 * * *"),
            "spec: Local is a different time zone",
        ),
        (
            "spec",
            json!("TZ=Local @daily"),
            "spec: Local is a different time zone",
        ),
        ("payload", json!(123.0), "payload is a number"),
        ("payload", json!(false), "payload is true or false"),
        ("payload", json!([{"a": 1e22}]), "number too large"),
        ("queue", json!(" "), "queue: a queue name must"),
        ("max_retry", json!(-1), "max_retry is below 0"),
        ("timeout", json!("soon"), "timeout: not a duration"),
        ("in", json!("400d"), "in is too long"),
        ("unique", json!("500ms"), "at least one second"),
        ("group", json!(" "), "group name"),
        ("catch_up", json!("all:0"), "catch_up: not one of"),
        ("start", json!("yesterday"), "start: not a time"),
        ("payload_base64", json!("!"), "payload_base64 is not base64"),
    ] {
        let text = mistake(key, value.clone());
        assert!(text.contains(what), "{key} = {value}: {text}");
    }
}

#[test]
fn all_mistakes_of_a_schedule_are_found() {
    let form = form(json!({
        "name": "a b", "spec": "61 * * * *", "tz": "Mars", "type": "", "queue": " ", "timeout": "soon",
        "start": "2026-02-01T00:00:00Z", "end": "2026-01-01T00:00:00Z",
    }));
    let mistakes = form.check_all(now()).unwrap_err();
    let keys: Vec<_> = mistakes
        .iter()
        .map(|mistake| mistake.key.unwrap())
        .collect();
    assert_eq!(
        keys,
        ["spec", "tz", "name", "type", "queue", "timeout", "end"]
    );
}

#[test]
fn durations_are_written_as_they_are_read() {
    for text in ["0s", "500ms", "1m30s", "1d", "2h", "8d1h1m1s1ms"] {
        assert_eq!(written(parse::duration(text).unwrap()), text);
    }
}
