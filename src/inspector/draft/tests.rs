mod copies;

use super::read::DraftError;
use super::*;
use crate::inspector::edit::{Edit, NewPayload};

fn at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(second, 0).unwrap()
}

/// A retry with this payload.
fn draft(payload: &[u8]) -> Draft {
    let message = Message {
        kind: "email:welcome".to_owned(),
        payload: payload.to_vec(),
        id: "a\nb".to_owned(),
        queue: "critical".to_owned(),
        max_retry: 25,
        retried: 3,
        last_error: "no\n\u{1b}[2Jsuch user".to_owned(),
        timeout: 5400,
        ..Message::default()
    };
    Draft {
        purpose: Purpose::Edit,
        queue: QueueName::new("critical").unwrap(),
        id: TaskId::new("a\nb").unwrap(),
        state: State::Retry,
        version: Version::of(b"seen"),
        start_at: Some(at(1_796_083_200)),
        message,
    }
}

/// What is left of a draft of this payload after a replacement.
fn changed(payload: &[u8], from: &str, to: &str) -> Result<Option<Edit>, DraftError> {
    let draft = draft(payload);
    let text = draft.text();
    assert!(text.contains(from), "{text}");
    draft.read(&text.replace(from, to), at(0))
}

fn payload_of(edit: Edit) -> Vec<u8> {
    let Some(NewPayload::Bytes(bytes)) = edit.payload else {
        panic!("{edit:?}")
    };
    bytes
}

#[test]
fn a_text_shows_the_task_and_nothing_can_escape_from_a_comment() {
    let json = br#"{"user":12345678901234567890123,"at":1.0,"tags":[]}"#;
    assert_eq!(
        draft(json).text(),
        r#"# Task "a\nb" of type "email:welcome": retry, retried 3 of 25 times
# Last error: "no\n\u{1b}[2Jsuch user"
#
# Save the file and close the editor to change the task. Nothing is changed if
# the text stays as it is, or is empty.

queue: critical
at: 2026-12-01T00:00:00Z
max-retry: 25
timeout: 1h30m
deadline: none
retention: none

# What follows the line "payload" is the payload, without the last line break.
# It is json (stored without the spaces between values), text or base64.
payload: json
{
  "user": 12345678901234567890123,
  "at": 1.0,
  "tags": []
}
"#
    );
}

#[test]
fn what_is_not_changed_is_no_edit() {
    let payloads: [&[u8]; 9] = [
        b"",
        b"{}",
        b"{ \"a\" : 1e400 }\n",
        b"# text\n\npayload: json\n",
        b"\n",
        b"a\r\n",
        b"\x1b[2J",
        b"\xff\x00",
        &[0xfe; 200],
    ];
    for payload in payloads {
        let draft = draft(payload);
        assert_eq!(draft.read(&draft.text(), at(0)), Ok(None), "{payload:?}");
        // An error on top, and spaces that mean nothing.
        let text = with_error(&with_error(&draft.text(), "one"), "two");
        assert_eq!(text.matches("# error: ").count(), 1);
        assert_eq!(
            draft.read(&text.replace(": ", " :  "), at(0)).map(|_| ()),
            Ok(())
        );
        assert_eq!(draft.read(&text, at(0)), Ok(None));
    }
    let draft = draft(b"{\"a\": [1]}");
    for empty in ["", "\n", "# Task\n\n# nothing\n"] {
        assert_eq!(draft.read(empty, at(0)), Ok(None));
    }
    let relaid = draft.text().replace("{\n", "{").replace("[\n", "[\n\n");
    assert_eq!(draft.read(&relaid, at(0)), Ok(None));
}

#[test]
fn each_line_becomes_its_option() {
    let edit = |from, to| changed(b"{}", from, to).unwrap().unwrap();
    let only = || Edit {
        only_if: Some(Version::of(b"seen")),
        ..Edit::default()
    };
    let cases = [
        (
            ("queue: critical", "queue: low"),
            Edit {
                queue: Some(QueueName::new("low").unwrap()),
                ..only()
            },
        ),
        (
            ("at: 2026-12-01T00:00:00Z", "at: now+10m"),
            Edit {
                start_at: Some(at(600)),
                ..only()
            },
        ),
        (
            ("max-retry: 25", "max-retry: 0"),
            Edit {
                max_retry: Some(0),
                ..only()
            },
        ),
        (
            ("timeout: 1h30m", "timeout: 1.5s"),
            Edit {
                timeout: Some(2),
                ..only()
            },
        ),
        (
            ("deadline: none", "deadline: 2026-12-01T00:00:00Z"),
            Edit {
                deadline: Some(1_796_083_200),
                ..only()
            },
        ),
        (
            ("retention: none", "retention: 1d"),
            Edit {
                retention: Some(86_400),
                ..only()
            },
        ),
    ];
    for ((from, to), expected) in cases {
        assert_eq!(edit(from, to), expected);
    }
}

#[test]
fn payloads_are_read_back_exactly() {
    let new = |payload: &[u8], from: &str, to: &str| {
        payload_of(changed(payload, from, to).unwrap().unwrap())
    };
    // Digits stay, spaces go.
    assert_eq!(
        new(
            b"{\"n\":12345678901234567890123}",
            "\"n\": 1",
            "\"x y\" : \"\\u00e9\", \"n\":\t1"
        ),
        br#"{"x y":"\u00e9","n":12345678901234567890123}"#
    );
    assert_eq!(
        new(b"uno", "uno\n", "# two\n\nmax-retry: 7\n\n"),
        b"# two\n\nmax-retry: 7\n"
    );
    // An editor that does not end the file with a line break.
    assert_eq!(new(b"uno", "uno\n", "two"), b"two");
    assert_eq!(new(b"{}", "json\n{}", "text\n{ }"), b"{ }");
    assert_eq!(new(b"{}", "json\n{}", "base64\n/w\nA="), b"\xff\x00");
    assert_eq!(new(b"\xff\x00", "base64\n/wA=", "text\n"), b"");
    assert_eq!(new(b"a", "text\na", "json\n[1, 2]"), b"[1,2]");
}

#[test]
fn mistakes_are_named() {
    each_is_named(&[
        (
            "max-retry: 25",
            "max-retry 25",
            "\"max-retry 25\" is not a line of the form KEY: VALUE",
        ),
        (
            "max-retry: 25",
            "max-rety: 25",
            "unknown key \"max-rety\"; did you mean \"max-retry\"?",
        ),
        ("max-retry: 25", "type: x", "unknown key \"type\""),
        ("max-retry: 25", "", "the line \"max-retry\" is missing"),
        (
            "timeout: 1h30m",
            "max-retry: 1",
            "the key \"max-retry\" is given twice",
        ),
        (
            "max-retry: 25",
            "max-retry: -1",
            "max-retry: not a number of retries, from 0",
        ),
        (
            "timeout: 1h30m",
            "timeout: none",
            "timeout: every attempt needs a time limit; the default is 30m",
        ),
        (
            "retention: none",
            "retention: 5",
            "retention: not a duration; use for example 90s, 5m, 1.5h, 3d, 1w or 1h30m",
        ),
        (
            "queue: critical",
            "queue:",
            "queue: a queue name must contain at least one character that is not white space",
        ),
    ]);
}

#[track_caller]
fn each_is_named(cases: &[(&str, &str, &str)]) {
    for (from, to, expected) in cases {
        let error = changed(b"{\"a\":1}", from, to).unwrap_err();
        assert_eq!(error.to_string(), *expected);
    }
}

#[test]
fn mistakes_in_the_payload_are_named() {
    each_is_named(&[
        (
            "payload: json",
            "payload: yaml",
            "payload: \"yaml\" is none of json, text and base64",
        ),
        (
            "payload: json",
            "payload: base64",
            "the payload is not base64 (Invalid symbol 123, offset 0.)",
        ),
        (
            "\"a\": 1",
            "\"a\": 1,",
            "the payload is not JSON (key must be a string at line 3 column 1 of the payload); for a payload of another kind, write \"payload: text\"",
        ),
        (
            "}",
            "} {}",
            "the payload is not JSON (trailing characters at line 3 column 3 of the payload); for a payload of another kind, write \"payload: text\"",
        ),
    ]);
}

#[test]
fn what_does_not_fit_together_is_refused() {
    let draft = draft(b"{}");
    let moved = draft
        .text()
        .replace("critical", "low")
        .replace("2026-12-01", "2027-12-01");
    assert_eq!(draft.read(&moved, at(0)), Err(DraftError::StartOfMove));
    let cut = draft.text().replace("payload: json", "# payload: json");
    assert_eq!(
        draft.read(&cut, at(0)),
        Err(DraftError::Line("{}".to_owned()))
    );
    let pending = Draft {
        state: State::Pending,
        start_at: None,
        ..draft
    };
    assert!(!pending.text().contains("\nat: "));
    let timed = pending.text().replace("max-retry", "at: now\nmax-retry");
    assert_eq!(pending.read(&timed, at(0)), Err(DraftError::NoStart));
}
