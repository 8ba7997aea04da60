//! What was typed into the form of a task.

use chrono::SubsecRound as _;

use crate::document::serde_fmt::rfc3339;
use crate::inspector::draft::{Draft, Fields, TypedPayload, encoding_name, may_be_unset};
use crate::inspector::edit::Edit;
use crate::task::TaskId;
use crate::task::time::from_second;

/// The largest payload that the form offers for changes. What it sends is up to three times as large, in a body that is bounded.
pub(super) const MAX_PAYLOAD_BYTES: usize = 256 * 1024;

/// What was typed.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    /// The queue and the id of the task that is edited or copied.
    pub(super) queue: String,
    pub(super) id: String,
    /// The id that a copy will have: one for each form, so that a form that is sent twice is noticed.
    pub(super) copy_id: String,
    /// The version of the task that was shown.
    pub(super) version: String,
    /// Not empty if this was sent before, and no answer has said whether it was done.
    pub(super) unconfirmed: String,
    /// The queue where the task goes.
    pub(super) move_to: String,
    /// When it is due; absent if it has no start.
    pub(super) at: Option<String>,
    /// The start that was shown. A version says nothing of it.
    pub(super) at_shown: Option<String>,
    pub(super) max_retry: String,
    pub(super) timeout: String,
    pub(super) deadline: String,
    pub(super) retention: String,
    pub(super) encoding: String,
    /// Absent if the payload is too large for the form.
    pub(super) payload: Option<String>,
    /// Absent, as the group, from the form of an edit.
    pub(super) unique: Option<String>,
    pub(super) group: Option<String>,
}

impl Typed {
    /// What a form begins with.
    pub(super) fn of(draft: &Draft) -> Self {
        let options = draft.options();
        let value = |key| {
            let option = options.iter().find(|(known, _)| *known == key);
            option.map(|(key, value)| shown(key, value).to_owned())
        };
        let (encoding, payload) = draft.body();
        Self {
            queue: draft.queue.to_string(),
            id: draft.id.to_string(),
            copy_id: TaskId::random().to_string(),
            version: draft.version().to_string(),
            unconfirmed: String::new(),
            move_to: value("queue").unwrap_or_default(),
            at: value("at"),
            at_shown: value("at"),
            max_retry: value("max-retry").unwrap_or_default(),
            timeout: value("timeout").unwrap_or_default(),
            deadline: value("deadline").unwrap_or_default(),
            retention: value("retention").unwrap_or_default(),
            encoding: encoding_name(encoding).to_owned(),
            payload: (payload.len() <= MAX_PAYLOAD_BYTES).then_some(payload),
            unique: value("unique"),
            group: value("group"),
        }
    }

    /// The same for another version of the task.
    pub(super) fn about(&self, draft: &Draft) -> Self {
        let stored = Self::of(draft);
        Self {
            version: stored.version,
            at_shown: stored.at_shown,
            ..self.clone()
        }
    }

    /// The same after it was sent, and no answer has said whether it was done.
    pub(super) fn unconfirmed(self) -> Self {
        Self {
            unconfirmed: "1".to_owned(),
            ..self
        }
    }

    /// The same with the times of the edit that it was read as: `now+10m` would be another one by now.
    pub(super) fn as_read(&self, edit: &Edit) -> Self {
        let deadline = edit.deadline.filter(|second| *second != 0);
        let deadline = deadline.and_then(from_second).map(rfc3339);
        Self {
            at: edit
                .start_at
                .map(|at| rfc3339(at.trunc_subsecs(0)))
                .or_else(|| self.at.clone()),
            deadline: deadline.unwrap_or_else(|| self.deadline.clone()),
            ..self.clone()
        }
    }

    /// The same for another copy.
    pub(super) fn another(&self) -> Self {
        Self {
            copy_id: TaskId::random().to_string(),
            ..self.clone()
        }
    }

    /// The fields by the keys of a draft.
    pub(super) fn options(&self) -> Vec<(&'static str, &str)> {
        let mut options = vec![
            ("queue", &*self.move_to),
            ("max-retry", &*self.max_retry),
            ("timeout", &*self.timeout),
            ("deadline", &*self.deadline),
            ("retention", &*self.retention),
        ];
        let others = [
            ("at", &self.at),
            ("unique", &self.unique),
            ("group", &self.group),
        ];
        let others = others.into_iter();
        options.extend(others.filter_map(|(key, value)| Some((key, value.as_deref()?))));
        options
    }

    /// Those of an edit. A start that was left as it was shown stays as it is, whatever it is by now.
    pub(super) fn edited_options(&self) -> Vec<(&'static str, &str)> {
        let mut options = self.options();
        options.retain(|(key, _)| *key != "at" || self.at != self.at_shown);
        options
    }

    /// The same as an inspector reads it.
    pub(super) fn fields<'a>(&'a self, options: &'a [(&'static str, &'a str)]) -> Fields<'a> {
        let encoding = &self.encoding;
        let payload = self.payload.as_deref();
        Fields {
            options,
            payload: payload.map_or(TypedPayload::Same, |text| TypedPayload::Text {
                encoding,
                text,
            }),
        }
    }
}

/// A value that is not set is an empty field.
pub(super) fn shown<'a>(key: &str, value: &'a str) -> &'a str {
    match value {
        "none" if may_be_unset(key) => "",
        value => value,
    }
}
