//! Copies of a task, as text and as a form.

use std::time::Duration;

use super::super::*;
use super::{at, draft};
use crate::task::{NewTask, Start};

#[test]
fn the_text_of_a_copy_names_all_that_a_new_task_has() {
    let text = original().text();
    assert_eq!(
        text,
        r#"# A copy of task "a\nb" of type "email:welcome"
#
# Save the file and close the editor to enqueue the copy. Nothing is enqueued if
# the text is empty. With "at: none" it starts at once; with "unique: 10m" no
# other task like it is accepted for so long.

queue: critical
at: 2026-12-01T00:00:00Z
max-retry: 25
timeout: 1h30m
deadline: none
retention: none
unique: none
group: none

# What follows the line "payload" is the payload, without the last line break.
# It is json (stored without the spaces between values), text or base64.
payload: json
{
  "a": 1
}
"#
    );
    assert!(text.lines().all(|line| line.len() <= 80));
}

#[test]
fn a_text_that_is_saved_as_it_is_makes_a_copy() {
    let draft = original();
    let same = draft.read_copy(&draft.text(), at(100)).unwrap().unwrap();
    assert_eq!(
        same,
        NewTask {
            id: same.id.clone(),
            ..copied(&[], "{\"a\":1}").unwrap()
        }
    );
    for empty in ["", "\n# Task\n"] {
        assert_eq!(draft.read_copy(empty, at(100)), Ok(None));
    }
    let now = draft.text().replace("at: 2026-12-01T00:00:00Z", "at: none");
    let now = now
        .replace("unique: none", "unique: 10m")
        .replace("group: none", "group: g");
    let now = draft.read_copy(&now.replace("\"a\": 1", "\"a\": 2"), at(100));
    let now = now.unwrap().unwrap();
    assert_eq!(
        (now.start, now.payload.as_deref()),
        (Start::Now, Some(&b"{\"a\":2}"[..]))
    );
    assert_eq!(now.options.unique_for, Some(Duration::from_secs(600)));
    assert_eq!(now.options.group.as_deref(), Some("g"));
    // A task that runs, say, is copied as one that starts at once.
    let active = Draft {
        state: State::Active,
        start_at: None,
        ..original()
    };
    assert!(active.text().contains("\nat: none\n"));
    for (from, to, expected) in [
        (
            "unique: none",
            "unique: x",
            "unique: not a duration; use for example 90s, 5m, 1.5h, 3d, 1w or 1h30m",
        ),
        (
            "unique: none",
            "unique: 0s",
            "the unique time must be at least one second",
        ),
        (
            "group: none",
            "grup: none",
            "unknown key \"grup\"; did you mean \"group\"?",
        ),
        ("group: none\n", "", "the line \"group\" is missing"),
    ] {
        let error = draft
            .read_copy(&draft.text().replace(from, to), at(100))
            .unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn a_copy_stays_in_the_group_of_its_original_whatever_that_is_called() {
    for name in ["g", "none", "a\nb "] {
        let mut draft = Draft {
            state: State::Aggregating,
            start_at: None,
            ..original()
        };
        name.clone_into(&mut draft.message.group);
        let copy = draft.read_copy(&draft.text(), at(100)).unwrap().unwrap();
        assert_eq!(copy.options.group.as_deref(), Some(name));
    }
}

/// A scheduled task that is copied.
fn original() -> Draft {
    Draft {
        purpose: Purpose::Copy,
        state: State::Scheduled,
        ..draft(b"{\"a\":1}")
    }
}

/// A copy of it, with these changes in its form.
fn copied(changes: &[(&'static str, &str)], payload: &str) -> Result<NewTask, Vec<Mistake>> {
    let draft = original();
    let options = draft.options();
    let typed = |key: &str| changes.iter().find(|(known, _)| *known == key);
    let options: Vec<_> = options
        .iter()
        .map(|(key, value)| (*key, typed(key).map_or(value.as_str(), |(_, value)| value)))
        .collect();
    let fields = Fields {
        options: &options,
        payload: TypedPayload::Text {
            encoding: "json",
            text: payload,
        },
    };
    draft.copy(&fields, at(100))
}

#[test]
fn a_copy_is_like_its_original_but_for_what_its_form_changes() {
    let same = copied(&[], "{ \"a\": 1 }").unwrap();
    assert_eq!(same.start, Start::At(at(1_796_083_200)));
    assert_eq!(same.payload.as_deref(), Some(&b"{\"a\":1}"[..]));
    assert_eq!(same.options.timeout, Some(Duration::from_secs(5400)));
    assert_eq!((same.options.deadline, same.options.max_retry), (None, 25));
    assert_ne!(same.id.as_str(), "a\nb");
    let now = copied(
        &[("at", ""), ("deadline", "2026-12-01"), ("queue", "low")],
        "2",
    )
    .unwrap();
    assert_eq!((now.start, now.options.queue.as_str()), (Start::Now, "low"));
    assert!(now.options.deadline.is_some());
    assert_eq!(now.payload.as_deref(), Some(&b"2"[..]));
    let later = copied(&[("at", "now+1m")], "2").unwrap();
    assert_eq!(later.start, Start::At(at(160)));
    let wrong = copied(&[("queue", ""), ("at", "soon"), ("max-retry", "x")], "{").unwrap_err();
    let keys: Vec<_> = wrong.iter().map(|(key, _)| *key).collect();
    assert_eq!(keys, ["queue", "at", "max-retry", "payload"]);
}
