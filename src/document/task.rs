//! One task, as scripts read it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::document;
use super::payload::{Payload, PayloadEncoding};
use crate::broker::records::FoundTask;
use crate::task::time::{from_second, plausible, plausible_past};
use crate::task::{Message, State};

document! {
    /// A task. Whatever comes from its message is absent if the message cannot be decoded.
    pub(crate) struct TaskDocument {
        id: String,
        queue: String,
        kind as "type": Option<String>,
        state: State,
        payload: Option<Payload>,
        payload_encoding: Option<PayloadEncoding>,
        headers: Option<BTreeMap<String, String>>,
        /// Retries that may follow the first attempt.
        max_retry: Option<i32>,
        /// Retries counted so far.
        retried: Option<i32>,
        last_error: Option<String>,
        last_failed_at: Option<DateTime<Utc>>,
        /// Limit of one attempt; absent when there is none.
        timeout_seconds: Option<i64>,
        /// No attempt runs past this.
        deadline: Option<DateTime<Utc>>,
        group: Option<String>,
        /// Redis key of the uniqueness lock.
        unique_key: Option<String>,
        /// How long the task is kept after success; 0 = not at all.
        retention_seconds: Option<i64>,
        completed_at: Option<DateTime<Utc>>,
        /// When the task is due: scheduled and retry only.
        next_process_at: Option<DateTime<Utc>>,
        pending_since: Option<DateTime<Utc>>,
        lease_expires_at: Option<DateTime<Utc>>,
        /// The task is active and no server holds its lease any more.
        orphaned: bool,
        result: Option<Payload>,
        result_encoding: Option<PayloadEncoding>,
    }
    hidden {
        /// The score in the task's container. What it means depends on the state, so scripts do not get it.
        #[serde(skip)]
        score: Option<DateTime<Utc>>,
    }
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
            kind: None,
            state: found.state,
            payload: None,
            payload_encoding: None,
            headers: None,
            max_retry: None,
            retried: None,
            last_error: None,
            last_failed_at: None,
            timeout_seconds: None,
            deadline: None,
            group: None,
            unique_key: None,
            retention_seconds: None,
            completed_at: None,
            next_process_at,
            pending_since: found.pending_since.and_then(|at| plausible_past(at, now)),
            lease_expires_at: found.lease_expires_at.and_then(plausible),
            orphaned,
            result_encoding: result.as_ref().map(Payload::encoding),
            result,
            score,
        };
        match found.message {
            Ok(message) => document.with_message(message, now),
            Err(stored) => Self {
                last_error: Some(match stored.len() {
                    0 => "nothing is stored under this id".to_owned(),
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

/// Empty text is "not set" on the wire.
fn some(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}
