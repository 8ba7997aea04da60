//! Reads the document of a task from one line of JSON, and makes a new task of it.
//!
//! A new task takes from its document what an enqueuer chooses. What the document says of an earlier life
//! (state, failures, result) must make sense and has no effect.

use std::time::Duration;

use super::Document as _;
use super::json::Members;
use super::payload::{Payload, PayloadEncoding, PayloadError};
use super::task::TaskDocument;
use crate::nearest::nearest;
use crate::task::{Invalid, NameError, NewTask, QueueName, Start, TaskId, TaskOptions, TaskType};

/// A line that is not the document of a task.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DocumentError {
    #[error("not a JSON object; each line is one, as -o ndjson prints them")]
    NotAnObject,
    /// The text is not JSON. Columns count from 1.
    #[error("{what} (column {column})")]
    Json { what: String, column: usize },
    /// A known key has a value of another type.
    #[error("{key}: {what}")]
    Value { key: String, what: String },
    #[error("unknown key {key:?}{}", .nearest.map(|known| format!(", did you mean {known:?}?")).unwrap_or_default())]
    UnknownKey {
        key: String,
        nearest: Option<&'static str>,
    },
    #[error("the key \"type\" is missing")]
    NoType,
    #[error("the {key} {error}")]
    Payload {
        key: &'static str,
        error: PayloadError,
    },
    #[error("{0} is negative")]
    Negative(&'static str),
    #[error(transparent)]
    Name(#[from] NameError),
    #[error(transparent)]
    Invalid(#[from] Invalid),
}

/// What holds for a task whose document does not say otherwise; `null` says nothing.
#[derive(Debug, Clone)]
pub(crate) struct Defaults {
    pub start: Start,
    /// A document's headers are added to these, and replace those of the same name.
    pub options: TaskOptions,
}

impl TaskDocument {
    /// Reads a line.
    pub(crate) fn read(line: &str) -> Result<Self, DocumentError> {
        // Serde takes an array for the values of a struct in their order.
        if !line.trim_ascii_start().starts_with('{') {
            return Err(DocumentError::NotAnObject);
        }
        let mut document: Self =
            serde_json::from_str(line).map_err(|error| explain(line, &error))?;
        let decode = |key, value: &mut Option<Payload>, encoding: &mut Option<PayloadEncoding>| {
            *value = Payload::decode(value.take(), *encoding)
                .map_err(|error| DocumentError::Payload { key, error })?;
            *encoding = value.as_ref().map(Payload::encoding);
            Ok::<_, DocumentError>(())
        };
        decode(
            "payload",
            &mut document.payload,
            &mut document.payload_encoding,
        )?;
        decode(
            "result",
            &mut document.result,
            &mut document.result_encoding,
        )?;
        Ok(document)
    }

    /// The new task that the document describes; what it leaves out is as in `defaults`.
    pub(crate) fn new_task(self, defaults: &Defaults) -> Result<NewTask, DocumentError> {
        let kind = TaskType::new(self.kind.ok_or(DocumentError::NoType)?)?;
        let id = match self.id.as_str() {
            "" => TaskId::random(),
            _ => TaskId::new(self.id)?,
        };
        let payload = self.payload.map(Payload::into_bytes);
        // A message cannot tell no payload from an empty one, but the lock of the task can: its key ends in
        // the hash of a payload, if there is one.
        let none = self.unique_key.is_some_and(|key| key.ends_with(':'));
        let payload = payload.filter(|bytes| !(bytes.is_empty() && none));
        let mut options = defaults.options.clone();
        if !self.queue.is_empty() {
            options.queue = QueueName::new(self.queue)?;
        }
        if let Some(max_retry) = self.max_retry {
            if max_retry < 0 {
                return Err(DocumentError::Negative("max_retry"));
            }
            options.max_retry = max_retry;
        }
        options.deadline = self.deadline.or(options.deadline);
        options.timeout = span("timeout_seconds", self.timeout_seconds)?.or(options.timeout);
        options.unique_for = span("unique_seconds", self.unique_seconds)?.or(options.unique_for);
        let retention = span("retention_seconds", self.retention_seconds)?;
        options.retention = retention.unwrap_or(options.retention);
        options.group = self.group.or(options.group);
        options.headers.extend(self.headers.unwrap_or_default());
        let task = NewTask {
            kind,
            payload,
            id,
            start: self.next_process_at.map_or(defaults.start, Start::At),
            options,
        };
        task.check()?;
        Ok(task)
    }
}

fn span(key: &'static str, seconds: Option<i64>) -> Result<Option<Duration>, DocumentError> {
    let span = |seconds| u64::try_from(seconds).map(Duration::from_secs);
    let span = seconds.map(span).transpose();
    span.map_err(|_| DocumentError::Negative(key))
}

/// What is wrong with a line that could not be read: a second look, key by key, names the key.
fn explain(line: &str, error: &serde_json::Error) -> DocumentError {
    let members = serde_json::from_str::<Members>(line).ok();
    for (key, value) in members.into_iter().flat_map(|Members(members)| members) {
        let known = || TaskDocument::FIELDS.iter().chain(TaskDocument::READ_ONLY);
        if !known().any(|known| *known == key) {
            let nearest = nearest(&key, known().copied());
            return DocumentError::UnknownKey { key, nearest };
        }
        let alone = format!("{{\"{key}\":{}}}", value.get());
        if let Err(error) = serde_json::from_str::<TaskDocument>(&alone) {
            let what = without_place(&error);
            return DocumentError::Value { key, what };
        }
    }
    DocumentError::Json {
        what: without_place(error),
        column: error.column(),
    }
}

/// What the parser says, without the place in a line that it was given.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    text.strip_suffix(&place).unwrap_or(&text).to_owned()
}

#[cfg(test)]
mod tests;
