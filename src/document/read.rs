//! Reads the document of a task from a line of JSON, and makes a new task of it.
//!
//! Keys that describe the past of a task (state, failures, result) must be valid and have no effect.

use std::collections::HashSet;
use std::time::Duration;

use serde_json::error::Category;
use serde_json::value::RawValue;

use super::Document as _;
use super::json::Members;
use super::payload::{Payload, PayloadEncoding, PayloadError};
use super::task::TaskDocument;
use crate::nearest::nearest;
use crate::task::{
    Invalid, NameError, NewTask, QueueName, Start, State, TaskId, TaskOptions, TaskType,
};

/// Why a line is not the document of a task.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DocumentError {
    #[error("not a JSON object; each line must be one, as printed by -o ndjson")]
    NotAnObject,
    #[error("not JSON ({what})")]
    Json {
        what: String,
        /// In characters, from 1.
        column: usize,
    },
    #[error("the key {0:?} is given twice")]
    Twice(String),
    #[error("{key:?} must be {}, not {found}", expected(.key))]
    Value { key: String, found: String },
    #[error("unknown key {key:?}{}", .nearest.map(|known| format!("; did you mean {known:?}?")).unwrap_or_default())]
    UnknownKey {
        key: String,
        nearest: Option<&'static str>,
    },
    #[error("the key \"type\" is missing")]
    NoType,
    #[error("{key:?} {error}")]
    Payload {
        key: &'static str,
        error: PayloadError,
    },
    #[error("{0:?} must not be negative")]
    Negative(&'static str),
    #[error("the key {key:?} is missing, which {} task needs", article(*.state))]
    Missing { key: &'static str, state: State },
    #[error("{0:?} is not what \"message_base64\" says; remove \"message_base64\" to use it")]
    Contradiction(&'static str),
    #[error("\"unique_key\" is not a lock of queue {0:?}")]
    ForeignLock(String),
    #[error("\"container_score\" is not a number")]
    Score,
    #[error("{error}")]
    Name { key: &'static str, error: NameError },
    #[error(transparent)]
    Invalid(#[from] Invalid),
}

impl DocumentError {
    /// The column of the mistake, in characters from 1.
    pub(crate) fn column(&self, line: &str) -> Option<usize> {
        let key = match self {
            Self::Json { column, .. } => return Some(*column),
            Self::Value { key, .. } | Self::UnknownKey { key, .. } | Self::Twice(key) => key,
            Self::Payload { key, .. }
            | Self::Negative(key)
            | Self::Contradiction(key)
            | Self::Name { key, .. } => *key,
            Self::ForeignLock(_) => "unique_key",
            Self::Score => "container_score",
            Self::Invalid(invalid) => key_of(invalid),
            Self::NotAnObject | Self::NoType | Self::Missing { .. } => return None,
        };
        // The last one, if a key is given twice.
        let at = members(line).rev().find(|(name, _)| name == key);
        at.map(|(_, value)| column_of(line, value.get().as_ptr().addr() - line.as_ptr().addr()))
    }
}

/// A state with its article.
fn article(state: State) -> String {
    let article = match state {
        State::Active | State::Archived | State::Aggregating | State::Aside => "an",
        State::Pending | State::Scheduled | State::Retry | State::Completed => "a",
    };
    format!("{article} {state}")
}

/// The key whose value is invalid.
fn key_of(invalid: &Invalid) -> &'static str {
    match invalid {
        Invalid::UniqueTooShort | Invalid::TooLong("unique time") => "unique_seconds",
        Invalid::TooLong("retention") => "retention_seconds",
        Invalid::TooLong(_) => "timeout_seconds",
        Invalid::TooLate("deadline") => "deadline",
        Invalid::TooLate(_) => "next_process_at",
        Invalid::BlankGroup => "group",
        Invalid::PayloadTooLarge(_) => "payload",
    }
}

/// The column of the byte at this offset, in characters from 1.
fn column_of(line: &str, byte: usize) -> usize {
    let before = line.as_bytes().get(..byte).unwrap_or(line.as_bytes());
    String::from_utf8_lossy(before).chars().count() + 1
}

/// What the value of a key must be.
fn expected(key: &str) -> &'static str {
    match key {
        "id" | "queue" => "a string that is not empty",
        "type" | "last_error" | "group" | "unique_key" | "container_score" | "message_base64" => {
            "a string"
        }
        "state" => "a state such as \"pending\"",
        "payload_encoding" | "result_encoding" => "\"json\", \"text\" or \"base64\"",
        "headers" => "an object of strings",
        "max_retry" | "retried" => "a whole number up to 2147483647",
        "timeout_seconds" | "retention_seconds" | "unique_seconds" => "a whole number of seconds",
        "orphaned" | "waiting_for_handler" | "returns_to_group" => "true or false",
        // Payloads and results may be anything; all other keys are times.
        _ => "a time such as \"2026-12-01T09:00:00Z\"",
    }
}

/// A value as an error shows it.
fn in_words(value: &RawValue) -> String {
    const MAX_CHARS: usize = 40;
    let text = value.get();
    match text.as_bytes().first() {
        _ if text.len() <= MAX_CHARS => text.to_owned(),
        Some(b'{') => "an object".to_owned(),
        Some(b'[') => "an array".to_owned(),
        Some(b'"') => "a string".to_owned(),
        _ => "such a long number".to_owned(),
    }
}

/// For keys that are absent from a document or `null`.
#[derive(Debug, Clone)]
pub(crate) struct Defaults {
    pub start: Start,
    /// The headers of a document are added to these, and replace those of the same name.
    pub options: TaskOptions,
}

impl TaskDocument {
    /// Reads a line.
    pub(crate) fn read(line: &str) -> Result<Self, DocumentError> {
        // Serde would also read a struct from an array.
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

    /// The new task that the document describes. `defaults` are for absent keys.
    pub(crate) fn new_task(self, defaults: &Defaults) -> Result<NewTask, DocumentError> {
        let name = |key| move |error| DocumentError::Name { key, error };
        let kind = TaskType::new(self.kind.ok_or(DocumentError::NoType)?).map_err(name("type"))?;
        let id = match self.id.as_str() {
            "" => TaskId::random(),
            _ => TaskId::new(self.id).map_err(name("id"))?,
        };
        let payload = self.payload.map(Payload::into_bytes);
        // A message does not distinguish no payload from an empty one, but the key of its lock does: it ends with the
        // hash of the payload, or with a colon if there is none.
        let none = self.unique_key.is_some_and(|key| key.ends_with(':'));
        let payload = payload.filter(|bytes| !(bytes.is_empty() && none));
        let mut options = defaults.options.clone();
        if !self.queue.is_empty() {
            options.queue = QueueName::new(self.queue).map_err(name("queue"))?;
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

/// The keys of a line that is a JSON object, and their values as text.
fn members(line: &str) -> impl DoubleEndedIterator<Item = (String, &RawValue)> {
    let members = serde_json::from_str::<Members<&RawValue>>(line);
    members
        .map_or_else(|_| Vec::new(), |Members(members)| members)
        .into_iter()
}

/// Finds what is wrong with a line that could not be read, by reading each key by itself.
fn explain(line: &str, error: &serde_json::Error) -> DocumentError {
    let known = || TaskDocument::FIELDS.iter().chain(TaskDocument::READ_ONLY);
    let mut seen = HashSet::new();
    for (key, value) in members(line) {
        if !known().any(|known| *known == key) {
            let nearest = nearest(&key, known().copied());
            return DocumentError::UnknownKey { key, nearest };
        }
        let alone = format!("{{\"{key}\":{}}}", value.get());
        if serde_json::from_str::<TaskDocument>(&alone).is_err() {
            let found = in_words(value);
            return DocumentError::Value { key, found };
        }
        if let Some(twice) = seen.replace(key) {
            return DocumentError::Twice(twice);
        }
    }
    let what = match error.classify() {
        Category::Eof => "the line ends too early".to_owned(),
        Category::Io | Category::Syntax | Category::Data => without_place(error),
    };
    DocumentError::Json {
        what,
        column: column_of(line, error.column().saturating_sub(1)),
    }
}

/// The text of a parser's error, without its line and column.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    text.strip_suffix(&place).unwrap_or(&text).to_owned()
}

#[cfg(test)]
mod tests;
