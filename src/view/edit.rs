//! What an edit changes.

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};

use super::text;
#[cfg(feature = "cli")]
use crate::document::payload::Payload;
use crate::inspector::edit::{Edit, NewPayload};
use crate::task::parse::duration_text;

/// What a comparison shows of the text in front of the first difference.
#[cfg(feature = "cli")]
const DIFFERENCE_CONTEXT: usize = 24;
/// What it shows of each payload.
#[cfg(feature = "cli")]
const DIFFERENCE_WIDTH: usize = 160;

/// What an edit changes, such as `max-retry 25 → 7`. `before` has what it replaces, as far as that is known.
pub(crate) fn changes(edit: &Edit, before: &Edit) -> Vec<String> {
    let old: HashMap<&str, String> = values(before).collect();
    let new = values(edit);
    let change = new.map(|(name, new)| match old.get(name) {
        Some(old) => format!("{name} {old} → {new}"),
        None => format!("{name} {new}"),
    });
    change.collect()
}

/// The options of `qctl edit` for an edit, and their values. A payload is described.
fn values(edit: &Edit) -> impl Iterator<Item = (&'static str, String)> {
    let payload = edit.payload.as_ref().map(|payload| match payload {
        NewPayload::Bytes(bytes) => text::plural(bytes.len() as u64, "byte"),
        NewPayload::Jq(expression) => expression.as_str().to_owned(),
    });
    let payload = payload.map(|payload| ("payload", payload)).into_iter();
    let others = options(edit).map(|(name, value)| match name {
        "deadline" if edit.deadline == Some(0) => (name, "none".to_owned()),
        "retention" if edit.retention == Some(0) => (name, "none".to_owned()),
        _ => (name, value),
    });
    payload.chain(others)
}

/// An old and a new payload, each on one line, from a little before the first difference on.
#[cfg(feature = "cli")]
pub(crate) fn difference(old: &[u8], new: &[u8]) -> (String, String) {
    let [old, new] = [old, new].map(|payload| Payload::new(payload.to_vec()).line());
    let same = old.chars().zip(new.chars()).take_while(|(a, b)| a == b);
    let skipped = same.count().saturating_sub(DIFFERENCE_CONTEXT);
    (part(&old, skipped), part(&new, skipped))
}

/// A part of a line of at most [`DIFFERENCE_WIDTH`] characters, escaped.
#[cfg(feature = "cli")]
fn part(line: &str, skipped: usize) -> String {
    let mut rest = line.chars().skip(skipped);
    let part: String = rest.by_ref().take(DIFFERENCE_WIDTH).collect();
    let before = if skipped > 0 { "…" } else { "" };
    let after = if rest.next().is_some() { "…" } else { "" };
    format!("{before}{}{after}", text::escape(&part))
}

/// Whether a JSON object is replaced by something else.
#[cfg(feature = "cli")]
pub(crate) fn becomes_no_object(old: &[u8], new: &[u8]) -> bool {
    let is_object = |payload: &[u8]| {
        payload.trim_ascii_start().starts_with(b"{")
            && serde_json::from_slice::<serde::de::IgnoredAny>(payload).is_ok()
    };
    is_object(old) && !is_object(new)
}

/// The options of `qctl edit` for an edit, without the payload, and their values.
pub(super) fn options(edit: &Edit) -> impl Iterator<Item = (&'static str, String)> {
    let seconds = |seconds: i64| {
        let seconds = seconds.try_into().unwrap_or_default();
        duration_text(Duration::from_secs(seconds))
    };
    let time = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
    let deadline = edit.deadline.and_then(|at| DateTime::from_timestamp(at, 0));
    let retries = edit.max_retry.map(|retries| retries.to_string());
    let options = [
        ("move-to", edit.queue.as_ref().map(ToString::to_string)),
        ("at", edit.start_at.map(time)),
        ("max-retry", retries),
        ("timeout", edit.timeout.map(seconds)),
        ("deadline", deadline.map(time)),
        ("retention", edit.retention.map(seconds)),
    ];
    let set = options.into_iter();
    set.filter_map(|(name, value)| Some((name, value?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(feature = "cli")]
    #[test]
    fn a_difference_is_shown_where_it_begins_and_escaped() {
        let long = |end: &str| format!("{{\"text\": \"{}\", \"n\": {end}}}", "x".repeat(100));
        let (old, new) = difference(long("1").as_bytes(), long("[2]").as_bytes());
        assert_eq!(old, "…xxxxxxxxxxxxxxxxxx\",\"n\":1}");
        assert_eq!(new, "…xxxxxxxxxxxxxxxxxx\",\"n\":[2]}");
        let (old, _) = difference(b"\x1b[2J", b"");
        assert!(!old.contains('\u{1b}'), "{old:?}");
        let (old, new) = difference(b"a", "b".repeat(500).as_bytes());
        assert_eq!((old.as_str(), new.chars().count()), ("a", 161));
        assert!(becomes_no_object(b"{\"a\":1}", b"1"));
        assert!(!becomes_no_object(b"{\"a\":1}", b"{}"));
        assert!(!becomes_no_object(b"[1]", b"1"));
    }

    #[test]
    fn old_and_new_values_are_named_also_where_there_are_none() {
        let edit = Edit {
            payload: Some(NewPayload::Bytes(vec![0; 1_234])),
            max_retry: Some(0),
            timeout: Some(90),
            deadline: Some(0),
            retention: Some(0),
            ..Edit::default()
        };
        let before = Edit {
            max_retry: Some(25),
            deadline: Some(1_700_000_000),
            ..Edit::default()
        };
        assert_eq!(
            changes(&edit, &before),
            [
                "payload 1,234 bytes",
                "max-retry 25 → 0",
                "timeout 1m30s",
                "deadline 2023-11-14T22:13:20Z → none",
                "retention none",
            ]
        );
        let deadline = options(&edit).find(|(name, _)| *name == "deadline");
        let epoch = "1970-01-01T00:00:00Z".to_owned();
        assert_eq!(deadline, Some(("deadline", epoch)));
    }
}
