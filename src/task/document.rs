//! A task as one line of JSON, on its way in: the document that lists print, read back.
//!
//! It says what a new task is to be. What it tells of an earlier life (state, failures, result) is read
//! over, for the task starts anew; every other key must be a known one.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::{Invalid, NameError, NewTask, QueueName, Start, TaskId, TaskType, nearest};

/// What holds for a task whose document does not say otherwise; `null` says nothing.
#[derive(Debug, Clone)]
pub struct Defaults {
    /// The queue.
    pub queue: QueueName,
    /// Retries after the first failure.
    pub max_retry: i32,
    /// Limit of one attempt.
    pub timeout: Option<Duration>,
    /// No attempt runs past this.
    pub deadline: Option<DateTime<Utc>>,
    /// When it may start.
    pub start: Start,
    /// How long its uniqueness lock holds.
    pub unique_for: Option<Duration>,
    /// How long it is kept after success.
    pub retention: Duration,
    /// The group it waits in.
    pub group: Option<String>,
    /// Headers, each of which a document may replace.
    pub headers: BTreeMap<String, String>,
}

/// A line that is not the document of a task.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// Another JSON value, or none at all.
    #[error("not a JSON object; each line is one, as -o ndjson prints them")]
    NotAnObject,
    /// Broken JSON, or a value of the wrong kind.
    #[error("{what} (column {column})")]
    Json {
        /// What the parser says.
        what: String,
        /// Where, from 1.
        column: usize,
    },
    /// A key that no document has.
    #[error("unknown key {key:?}{}", .nearest.map(|known| format!(", did you mean {known:?}?")).unwrap_or_default())]
    UnknownKey {
        /// The key.
        key: String,
        /// A known one that looks like it.
        nearest: Option<&'static str>,
    },
    /// The only key that every document must have.
    #[error("the key \"type\" is missing")]
    NoType,
    /// An encoding that needs a string, and the payload is none.
    #[error("the payload is not a string, which the encoding {0:?} needs")]
    NotAString(&'static str),
    /// A payload that says base64 and is not.
    #[error("the payload is not base64")]
    NotBase64,
    /// An encoding of nothing.
    #[error("payload_encoding without a payload")]
    NoPayload,
    /// Not a time.
    #[error("{0} is not a time such as \"2026-12-01T09:00:00Z\"")]
    NotATime(&'static str),
    /// A negative number of retries.
    #[error("max_retry is negative")]
    NegativeRetry,
    /// A name that Asynq would refuse.
    #[error(transparent)]
    Name(#[from] NameError),
    /// An option that Asynq would refuse.
    #[error(transparent)]
    Invalid(#[from] Invalid),
}

/// A task read from a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// The task.
    pub task: NewTask,
    /// Its id was chosen by us, so nobody else can have it.
    pub id_is_ours: bool,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Encoding {
    Json,
    Text,
    Base64,
}

/// Every key of a document.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields<'a> {
    id: Option<String>,
    queue: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(default, borrow, deserialize_with = "any_value")]
    payload: Option<&'a RawValue>,
    payload_encoding: Option<Encoding>,
    headers: Option<BTreeMap<String, String>>,
    max_retry: Option<i32>,
    timeout_seconds: Option<u64>,
    deadline: Option<String>,
    group: Option<String>,
    retention_seconds: Option<u64>,
    unique_seconds: Option<u64>,
    next_process_at: Option<String>,
    #[serde(rename = "state")]
    _state: Option<IgnoredAny>,
    #[serde(rename = "retried")]
    _retried: Option<IgnoredAny>,
    #[serde(rename = "last_error")]
    _last_error: Option<IgnoredAny>,
    #[serde(rename = "last_failed_at")]
    _last_failed_at: Option<IgnoredAny>,
    #[serde(rename = "unique_key")]
    _unique_key: Option<IgnoredAny>,
    #[serde(rename = "completed_at")]
    _completed_at: Option<IgnoredAny>,
    #[serde(rename = "pending_since")]
    _pending_since: Option<IgnoredAny>,
    #[serde(rename = "lease_expires_at")]
    _lease_expires_at: Option<IgnoredAny>,
    #[serde(rename = "orphaned")]
    _orphaned: Option<IgnoredAny>,
    #[serde(rename = "result")]
    _result: Option<IgnoredAny>,
    #[serde(rename = "result_encoding")]
    _result_encoding: Option<IgnoredAny>,
}

/// The text of the value; `null` too is one, unlike in an ordinary option.
fn any_value<'de: 'a, 'a, D: Deserializer<'de>>(from: D) -> Result<Option<&'a RawValue>, D::Error> {
    <&RawValue>::deserialize(from).map(Some)
}

impl Defaults {
    /// A new task that differs from these in nothing.
    pub fn task(&self, kind: TaskType, id: TaskId, payload: Option<Vec<u8>>) -> NewTask {
        NewTask {
            kind,
            payload,
            id,
            queue: self.queue.clone(),
            max_retry: self.max_retry,
            timeout: self.timeout,
            deadline: self.deadline,
            start: self.start,
            unique_for: self.unique_for,
            retention: self.retention,
            group: self.group.clone(),
            headers: self.headers.clone(),
        }
    }
}

impl Document {
    /// Reads a line.
    pub fn read(line: &str, defaults: &Defaults) -> Result<Self, DocumentError> {
        // An array would pass as the values of an object in their order.
        if !line.trim_ascii_start().starts_with('{') {
            return Err(DocumentError::NotAnObject);
        }
        let fields: Fields<'_> = serde_json::from_str(line).map_err(|error| explain(&error))?;
        let id_is_ours = fields.id.is_none();
        let task = fields.task(defaults)?;
        task.check()?;
        Ok(Self { task, id_is_ours })
    }
}

impl Fields<'_> {
    fn task(self, defaults: &Defaults) -> Result<NewTask, DocumentError> {
        let payload = payload(self.payload, self.payload_encoding)?;
        let kind = TaskType::new(self.kind.ok_or(DocumentError::NoType)?)?;
        let id = self.id.map_or_else(|| Ok(TaskId::random()), TaskId::new)?;
        let mut task = defaults.task(kind, id, payload);
        if let Some(queue) = self.queue {
            task.queue = QueueName::new(queue)?;
        }
        if let Some(max_retry) = self.max_retry {
            if max_retry < 0 {
                return Err(DocumentError::NegativeRetry);
            }
            task.max_retry = max_retry;
        }
        if let Some(at) = self.next_process_at {
            task.start = Start::At(time(&at, "next_process_at")?);
        }
        if let Some(at) = self.deadline {
            task.deadline = Some(time(&at, "deadline")?);
        }
        let seconds = |given: Option<u64>| given.map(Duration::from_secs);
        task.timeout = seconds(self.timeout_seconds).or(task.timeout);
        task.unique_for = seconds(self.unique_seconds).or(task.unique_for);
        task.retention = seconds(self.retention_seconds).unwrap_or(task.retention);
        task.group = self.group.or(task.group);
        task.headers.extend(self.headers.unwrap_or_default());
        Ok(task)
    }
}

/// The bytes of a payload.
///
/// Documents that we print always say how it is written. Where nothing is said a string is the text
/// itself, as after `--payload`, and any other value is JSON.
fn payload(
    value: Option<&RawValue>,
    encoding: Option<Encoding>,
) -> Result<Option<Vec<u8>>, DocumentError> {
    let Some(value) = value.map(RawValue::get) else {
        return match encoding {
            Some(_) => Err(DocumentError::NoPayload),
            None => Ok(None),
        };
    };
    let text = |needed| {
        serde_json::from_str::<String>(value).map_err(|_| DocumentError::NotAString(needed))
    };
    match encoding {
        None if value == "null" => Ok(None),
        None if value.starts_with('"') => Ok(Some(text("text")?.into_bytes())),
        None | Some(Encoding::Json) => Ok(Some(value.as_bytes().to_vec())),
        Some(Encoding::Text) => Ok(Some(text("text")?.into_bytes())),
        Some(Encoding::Base64) => STANDARD
            .decode(text("base64")?)
            .map(Some)
            .map_err(|_| DocumentError::NotBase64),
    }
}

fn time(text: &str, key: &'static str) -> Result<DateTime<Utc>, DocumentError> {
    DateTime::parse_from_rfc3339(text)
        .map(|at| at.to_utc())
        .map_err(|_| DocumentError::NotATime(key))
}

/// Puts an error of the parser into our terms. All that it tells of its kind is its text.
fn explain(error: &serde_json::Error) -> DocumentError {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    let what = text.strip_suffix(&place).unwrap_or(&text);
    let unknown = what.strip_prefix("unknown field `");
    if let Some((key, _)) = unknown.and_then(|rest| rest.rsplit_once("`, expected one of")) {
        return DocumentError::UnknownKey {
            key: key.to_owned(),
            nearest: nearest(key, KEYS),
        };
    }
    DocumentError::Json {
        what: what.to_owned(),
        column: error.column(),
    }
}

/// The keys to choose from when one is misspelt.
const KEYS: [&str; 13] = [
    "id",
    "queue",
    "type",
    "payload",
    "payload_encoding",
    "headers",
    "max_retry",
    "timeout_seconds",
    "deadline",
    "group",
    "retention_seconds",
    "unique_seconds",
    "next_process_at",
];

#[cfg(test)]
mod tests;
