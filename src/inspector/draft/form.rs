//! A draft as a form: a field for each option, the payload, and a mistake for each field that cannot be read.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::Draft;
use super::read::{DraftError, set};
use super::text::NONE;
use crate::inspector::edit::{Edit, NewPayload};
use crate::task::time::from_second;
use crate::task::{NewTask, Start, State, TaskOptions, TaskType, parse};

/// What the fields of a form hold.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fields<'a> {
    /// By the keys of [`Draft::options`]. An option that is not set is empty.
    pub(crate) options: &'a [(&'static str, &'a str)],
    /// The encoding and the text of the payload; `None` if it stays as it is.
    pub(crate) payload: Option<(&'a str, &'a str)>,
}

/// What only a new task has.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct CopyFields<'a> {
    /// How long no other task like it is accepted; empty for not at all.
    pub(crate) unique: &'a str,
    /// Its group; empty for none.
    pub(crate) group: &'a str,
}

/// A field that cannot be read: its key, and why. The key `""` stands for the form as a whole.
pub(crate) type Mistake = (&'static str, String);

impl Draft {
    /// The edit that a form stands for, which applies only to the task as it was read; `None` if it changes nothing.
    ///
    /// # Errors
    /// Every field that cannot be read.
    pub(crate) fn read_form(
        &self,
        fields: &Fields<'_>,
        now: DateTime<Utc>,
    ) -> Result<Option<Edit>, Vec<Mistake>> {
        let (mut edit, mut mistakes) = self.changes(fields, &self.options(), now);
        if edit.queue.is_some() && edit.start_at.is_some() {
            let what = "a move keeps the start: change either the queue or the start";
            mistakes.push(("queue", what.to_owned()));
        }
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        if edit.is_empty() {
            return Ok(None);
        }
        edit.only_if = Some(self.version.clone());
        Ok(Some(edit))
    }

    /// The values with which the form of a copy begins.
    pub(crate) fn copy_options(&self) -> Vec<(&'static str, String)> {
        let mut options = self.options();
        options.retain(|(key, _)| *key != "at");
        let start = self.start_at.filter(|_| self.state == State::Scheduled);
        let start = start.map_or_else(|| NONE.to_owned(), super::text::time);
        options.insert(1, ("at", start));
        options
    }

    /// A new task like this one, with the changes of a form.
    ///
    /// # Errors
    /// Every field that cannot be read.
    pub(crate) fn copy(
        &self,
        fields: &Fields<'_>,
        rest: CopyFields<'_>,
        now: DateTime<Utc>,
    ) -> Result<NewTask, Vec<Mistake>> {
        let mut before = self.copy_options();
        let at = value_of(fields, "at").filter(|at| !at.is_empty());
        if at.is_none() {
            before.retain(|(key, _)| *key != "at");
        }
        let (edit, mut mistakes) = self.changes(fields, &before, now);
        let unique = given(rest.unique).map(parse::duration).transpose();
        let unique_for = unique.unwrap_or_else(|error| {
            mistakes.push(("unique", error.to_string()));
            None
        });
        let kind = TaskType::new(self.message.kind.clone());
        let kind = kind.map_err(|error| mistakes.push(("", format!("the type: {error}"))));
        let (Ok(kind), true) = (kind, mistakes.is_empty()) else {
            return Err(mistakes);
        };
        let old = &self.message;
        let span = |seconds: i64| Duration::from_secs(u64::try_from(seconds).unwrap_or_default());
        let deadline = edit.deadline.unwrap_or(old.deadline);
        let payload = match edit.payload {
            Some(NewPayload::Bytes(bytes)) => bytes,
            Some(NewPayload::Jq(_)) | None => old.payload.clone(),
        };
        let scheduled = self.start_at.filter(|_| self.state == State::Scheduled);
        let start = at.and_then(|_| edit.start_at.or(scheduled));
        let task = NewTask {
            start: start.map_or(Start::Now, Start::At),
            options: TaskOptions {
                queue: edit.queue.unwrap_or_else(|| self.queue.clone()),
                max_retry: edit.max_retry.unwrap_or(old.max_retry),
                timeout: Some(span(edit.timeout.unwrap_or(old.timeout))),
                deadline: Some(deadline)
                    .filter(|second| *second != 0)
                    .and_then(from_second),
                unique_for,
                retention: span(edit.retention.unwrap_or(old.retention)),
                group: given(rest.group).map(str::to_owned),
                headers: old.headers.clone(),
            },
            // As a client that is given no payload.
            ..NewTask::new(kind, Some(payload).filter(|bytes| !bytes.is_empty()))
        };
        match task.check() {
            Ok(()) => Ok(task),
            Err(invalid) => Err(vec![("", invalid.to_string())]),
        }
    }

    /// What the fields change, and which of them cannot be read.
    fn changes(
        &self,
        fields: &Fields<'_>,
        before: &[(&'static str, String)],
        now: DateTime<Utc>,
    ) -> (Edit, Vec<Mistake>) {
        let mut edit = Edit::default();
        let mut mistakes: Vec<Mistake> = Vec::new();
        for (key, before) in before {
            let Some(value) = value_of(fields, key) else {
                continue;
            };
            let value = match value {
                "" if may_be_unset(key) => NONE,
                value => value,
            };
            if value == before.trim() {
                continue;
            }
            if let Err(why) = set(&mut edit, key, value, now) {
                mistakes.push((*key, why));
            }
        }
        if let Some((encoding, body)) = fields.payload {
            // Browsers send line breaks as CR LF; a text without a break at its end is not that of an editor.
            let body = body.replace("\r\n", "\n") + "\n";
            match self.payload(encoding, &body) {
                Ok(payload) => edit.payload = payload.map(NewPayload::Bytes),
                Err(DraftError::NotJson(why)) => {
                    let what = format!("not JSON ({why}); for another kind, choose \"text\"");
                    mistakes.push(("payload", what));
                }
                Err(why) => mistakes.push(("payload", why.to_string())),
            }
        }
        (edit, mistakes)
    }
}

/// Whether an option may be left empty.
pub(crate) fn may_be_unset(key: &str) -> bool {
    matches!(key, "at" | "timeout" | "deadline" | "retention")
}

fn value_of<'a>(fields: &Fields<'a>, key: &str) -> Option<&'a str> {
    let field = fields.options.iter().find(|(known, _)| *known == key);
    field.map(|(_, value)| value.trim())
}

fn given(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|text| !text.is_empty())
}
