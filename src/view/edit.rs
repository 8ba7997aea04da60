//! What an edit changes.

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};

use super::text;
use crate::inspector::edit::{Edit, NewPayload};
use crate::task::parse::duration_text;

/// What an edit changes: options of `qctl edit`, and their values. A payload is described.
pub(crate) fn changes(edit: &Edit) -> Vec<(&'static str, String)> {
    let payload = edit.payload.as_ref().map(|payload| match payload {
        NewPayload::Bytes(bytes) => format!("of {}", text::plural(bytes.len() as u64, "byte")),
        NewPayload::Jq(expression) => expression.as_str().to_owned(),
    });
    let payload = payload.map(|payload| ("payload", payload)).into_iter();
    let others = options(edit).map(|(name, value)| match name {
        "deadline" if edit.deadline == Some(0) => (name, "none".to_owned()),
        "retention" if edit.retention == Some(0) => (name, "none".to_owned()),
        _ => (name, value),
    });
    payload.chain(others).collect()
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

    #[test]
    fn options_that_are_taken_away_are_named_as_well() {
        let edit = Edit {
            payload: Some(NewPayload::Bytes(vec![0; 1_234])),
            max_retry: Some(0),
            timeout: Some(90),
            deadline: Some(0),
            retention: Some(0),
            ..Edit::default()
        };
        let changes = changes(&edit);
        let changes = changes.iter().map(|(name, value)| (*name, value.as_str()));
        assert_eq!(
            changes.collect::<Vec<_>>(),
            [
                ("payload", "of 1,234 bytes"),
                ("max-retry", "0"),
                ("timeout", "1m30s"),
                ("deadline", "none"),
                ("retention", "none"),
            ]
        );
        let deadline = options(&edit).find(|(name, _)| *name == "deadline");
        let epoch = "1970-01-01T00:00:00Z".to_owned();
        assert_eq!(deadline, Some(("deadline", epoch)));
    }
}
