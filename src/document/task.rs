//! The document of a task.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::payload::{self, Payload, PayloadEncoding};
use super::{document, serde_fmt};
use crate::broker::records::FoundTask;
use crate::task::time::{from_second, plausible, plausible_past};
use crate::task::{Message, State};

document! {
    /// A task, written and read. If its message cannot be decoded, everything that comes from the message is absent.
    ///
    /// In a document that was read, keys that the line does not have are absent, empty, or pending.
    #[derive(Default, serde::Deserialize)]
    #[serde(deny_unknown_fields, default)]
    pub(crate) struct TaskDocument {
        /// Read: empty if the line names none.
        #[serde(deserialize_with = "serde_fmt::not_empty")]
        id: String,
        /// Read: empty if the line names none.
        #[serde(deserialize_with = "serde_fmt::not_empty")]
        queue: String,
        kind as "type": Option<String>,
        #[serde(deserialize_with = "serde_fmt::null_as_default")]
        state: State,
        #[serde(deserialize_with = "payload::any_value")]
        payload: Option<Payload>,
        payload_encoding: Option<PayloadEncoding>,
        headers: Option<BTreeMap<String, String>>,
        /// Retries that may follow the first attempt.
        max_retry: Option<i32>,
        /// Retries counted so far.
        retried: Option<i32>,
        last_error: Option<String>,
        #[serde(deserialize_with = "serde_fmt::time")]
        last_failed_at: Option<DateTime<Utc>>,
        /// The limit of one attempt; absent if there is none.
        timeout_seconds: Option<i64>,
        /// No attempt runs past this time.
        #[serde(deserialize_with = "serde_fmt::time")]
        deadline: Option<DateTime<Utc>>,
        group: Option<String>,
        /// Redis key of the uniqueness lock.
        unique_key: Option<String>,
        /// How long the task is kept after success; 0 = not at all.
        retention_seconds: Option<i64>,
        #[serde(deserialize_with = "serde_fmt::time")]
        completed_at: Option<DateTime<Utc>>,
        /// When the task is due: scheduled and retry only.
        #[serde(deserialize_with = "serde_fmt::time")]
        next_process_at: Option<DateTime<Utc>>,
        #[serde(deserialize_with = "serde_fmt::time")]
        pending_since: Option<DateTime<Utc>>,
        #[serde(deserialize_with = "serde_fmt::time")]
        lease_expires_at: Option<DateTime<Utc>>,
        /// Whether the task is active without a valid lease.
        #[serde(deserialize_with = "serde_fmt::null_as_default")]
        orphaned: bool,
        /// Whether the task waits in `retry` because its handler runs as many tasks as it may.
        #[serde(deserialize_with = "serde_fmt::null_as_default")]
        waiting_for_handler: bool,
        #[serde(deserialize_with = "payload::any_value")]
        result: Option<Payload>,
        result_encoding: Option<PayloadEncoding>,
    }
    read {
        /// How long the uniqueness lock of a new task lasts.
        unique_seconds: Option<i64>,
        /// The score in its container. Its meaning depends on the state, so documents do not contain it.
        #[serde(deserialize_with = "serde_fmt::time")]
        score: Option<DateTime<Utc>>,
        /// The rest is only written by exports: see [`StoredDocument`](super::stored::StoredDocument).
        #[serde(deserialize_with = "serde_fmt::time")]
        archived_at: Option<DateTime<Utc>>,
        #[serde(deserialize_with = "serde_fmt::time")]
        group_added_at: Option<DateTime<Utc>>,
        #[serde(deserialize_with = "serde_fmt::time")]
        expires_at: Option<DateTime<Utc>>,
        #[serde(deserialize_with = "serde_fmt::time")]
        set_aside_at: Option<DateTime<Utc>>,
        #[serde(deserialize_with = "serde_fmt::time")]
        unique_expires_at: Option<DateTime<Utc>>,
        #[serde(deserialize_with = "serde_fmt::null_as_default")]
        returns_to_group: bool,
        container_score: Option<String>,
        message_base64: Option<String>,
    }
    hidden {
        /// The server that runs this active task, if it has reported it.
        running: Option<Running>,
    }
}

/// The server that runs a task.
#[derive(Debug, Clone)]
pub(crate) struct Running {
    /// Its host and process id, `web-1:4711`.
    pub server: String,
    pub started_at: Option<DateTime<Utc>>,
}

impl TaskDocument {
    /// The document of a task read at `now`.
    pub(crate) fn new(found: FoundTask, now: DateTime<Utc>) -> Self {
        let orphaned = found.orphaned(now);
        let next_process_at = found.next_process_at();
        let score = found.score_at(now);
        let result = found.result.map(Payload::new);
        let document = Self {
            id: found.id.to_string(),
            queue: found.queue.to_string(),
            state: found.state,
            next_process_at,
            pending_since: found.pending_since.and_then(|at| plausible_past(at, now)),
            lease_expires_at: found.lease_expires_at.and_then(plausible),
            orphaned,
            waiting_for_handler: found.waits_for_handler,
            result_encoding: result.as_ref().map(Payload::encoding),
            result,
            score,
            ..Self::default()
        };
        match found.message {
            Ok(message) => document.with_message(message, now),
            Err(stored) if found.state == State::Aside => {
                let payload = (!stored.is_empty()).then(|| Payload::new(stored));
                Self {
                    last_error: Some("this is not a readable task; it was set aside".to_owned()),
                    payload_encoding: payload.as_ref().map(Payload::encoding),
                    payload,
                    ..document
                }
            }
            Err(stored) => Self {
                last_error: Some(match stored.len() {
                    0 => "no task is stored under this id".to_owned(),
                    1 => "the stored message cannot be decoded (1 byte)".to_owned(),
                    size => format!("the stored message cannot be decoded ({size} bytes)"),
                }),
                ..document
            },
        }
    }

    fn with_message(self, message: Message, now: DateTime<Utc>) -> Self {
        let past = |second| from_second(second).and_then(|at| plausible_past(at, now));
        let payload = Payload::new(message.payload);
        Self {
            kind: Some(message.kind),
            payload_encoding: Some(payload.encoding()),
            payload: Some(payload),
            headers: Some(message.headers),
            max_retry: Some(message.max_retry),
            retried: Some(message.retried),
            last_error: some(message.last_error),
            last_failed_at: past(message.last_failed_at),
            timeout_seconds: Some(message.timeout).filter(|&seconds| seconds != 0),
            deadline: from_second(message.deadline),
            group: some(message.group),
            unique_key: some(message.unique_key),
            retention_seconds: Some(message.retention),
            completed_at: past(message.completed_at),
            ..self
        }
    }
}

impl TaskDocument {
    /// The same document with JSON of any layout embedded, for filter expressions.
    #[must_use]
    pub(crate) fn with_json_values(mut self) -> Self {
        self.payload = self.payload.map(Payload::into_json_value);
        self.payload_encoding = self.payload.as_ref().map(Payload::encoding);
        self.result = self.result.map(Payload::into_json_value);
        self.result_encoding = self.result.as_ref().map(Payload::encoding);
        self
    }
}

/// On the wire, an empty text means "not set".
fn some(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}
