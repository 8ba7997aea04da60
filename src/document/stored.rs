//! A task with everything that is stored about it: a line of an export.
//!
//! Invariant: what [`StoredDocument::new`] writes, [`TaskDocument::restorable`] reads as the same message, score, group, lock
//! and result. A value that the keys for people cannot show exactly has a key of its own besides.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use super::Document;
use super::payload::{Payload, PayloadError};
use super::read::DocumentError;
use super::task::TaskDocument;
use crate::broker::records::{LockEnd, LockLife, Restorable, StoredTask};
use crate::task::time::plausible;
use crate::task::{Message, QueueName, State, TaskId};

/// The document of a task, followed by what it leaves out.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct StoredDocument {
    #[serde(flatten)]
    pub task: TaskDocument,
    pub archived_at: Option<DateTime<Utc>>,
    /// When an aggregating task joined its group.
    pub group_added_at: Option<DateTime<Utc>>,
    /// When a completed task may be deleted.
    pub expires_at: Option<DateTime<Utc>>,
    pub set_aside_at: Option<DateTime<Utc>>,
    /// When its unique lock ends, if it holds one.
    pub unique_expires_at: Option<DateTime<Utc>>,
    /// Whether it joins its group when it is forwarded.
    pub returns_to_group: bool,
    /// The score in its container, as a number in text, if it is not the time above.
    pub container_score: Option<String>,
    /// The stored message, if encoding this document would give other bytes.
    pub message_base64: Option<String>,
}

impl Document for StoredDocument {
    /// Only its own keys; those of the task come before them.
    const FIELDS: &'static [&'static str] = &[
        "archived_at",
        "group_added_at",
        "expires_at",
        "set_aside_at",
        "unique_expires_at",
        "returns_to_group",
        "container_score",
        "message_base64",
    ];
    const READ_ONLY: &'static [&'static str] = &[];
}

/// The last second of which documents can speak: the end of a lock that does not expire.
const NEVER: DateTime<Utc> = DateTime::from_timestamp(253_402_300_799, 0).expect("in range");

impl StoredDocument {
    /// The document of a task read at `now`.
    pub(crate) fn new(stored: StoredTask, now: DateTime<Utc>) -> Self {
        let StoredTask {
            found,
            message,
            score,
            group,
            lock,
        } = stored;
        let state = found.state;
        let at = found.score.and_then(plausible);
        let exact = score.is_none_or(|score| at.map(seconds) == Some(score));
        let time_of = |of: State| at.filter(|_| state == of);
        let is_message = found.message.is_ok();
        let mut task = TaskDocument::new(found, now);
        if state == State::Aggregating && group.is_some() {
            task.group.clone_from(&group);
        }
        // Encoding the document of what was set aside would make a message of it.
        let encoded = is_message.then(|| task.message().to_bytes());
        let differs = match encoded {
            Some(bytes) => bytes != message,
            None => state != State::Aside,
        };
        Self {
            archived_at: time_of(State::Archived),
            group_added_at: time_of(State::Aggregating),
            expires_at: time_of(State::Completed),
            set_aside_at: time_of(State::Aside),
            unique_expires_at: lock.map(|life| lock_end(life, now)),
            returns_to_group: group.is_some() && group == task.group,
            container_score: score.filter(|_| !exact).map(|score| score.to_string()),
            message_base64: differs.then(|| STANDARD.encode(message)),
            task,
        }
    }
}

/// When a lock ends, rounded up to a second: what was imported is exported with the same time, though clock and lock are not
/// read at one instant.
fn lock_end(life: LockLife, now: DateTime<Utc>) -> DateTime<Utc> {
    let LockLife::For(left) = life else {
        return NEVER;
    };
    let almost = TimeDelta::milliseconds(900);
    let end = TimeDelta::from_std(left).ok();
    let end = end.and_then(|left| now.checked_add_signed(left + almost));
    let whole = end.and_then(|end| DateTime::from_timestamp(end.timestamp(), 0));
    whole.map_or(NEVER, |end| end.min(NEVER))
}

/// A time as a score.
#[expect(
    clippy::cast_precision_loss,
    reason = "milliseconds until the year 10000 are below 2^53"
)]
fn seconds(at: DateTime<Utc>) -> f64 {
    at.timestamp_millis() as f64 / 1000.0
}

impl TaskDocument {
    /// The message that the document describes.
    fn message(&self) -> Message {
        let second = |at: Option<DateTime<Utc>>| at.map_or(0, |at| at.timestamp());
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        Message {
            kind: text(&self.kind),
            payload: self
                .payload
                .clone()
                .map_or_else(Vec::new, Payload::into_bytes),
            id: self.id.clone(),
            queue: self.queue.clone(),
            max_retry: self.max_retry.unwrap_or_default(),
            retried: self.retried.unwrap_or_default(),
            last_error: text(&self.last_error),
            timeout: self.timeout_seconds.unwrap_or_default(),
            deadline: second(self.deadline),
            unique_key: text(&self.unique_key),
            last_failed_at: second(self.last_failed_at),
            retention: self.retention_seconds.unwrap_or_default(),
            completed_at: second(self.completed_at),
            group: text(&self.group),
            headers: self.headers.clone().unwrap_or_default(),
        }
    }

    /// The task to store. A running task becomes pending; a message that cannot be decoded is set aside.
    pub(crate) fn restorable(mut self) -> Result<Restorable, DocumentError> {
        let name = |key| move |error| DocumentError::Name { key, error };
        let queue = match self.queue.as_str() {
            "" => QueueName::default(),
            queue => QueueName::new(queue).map_err(name("queue"))?,
        };
        self.queue = queue.to_string();
        if self.id.is_empty() {
            self.id = TaskId::random().to_string();
        }
        let (message, is_readable) = self.stored_message()?;
        let state = match self.state {
            _ if !is_readable => State::Aside,
            State::Active => State::Pending,
            state => state,
        };
        let score = match self.container_score.as_deref() {
            // A score says nothing about a task that changes its state.
            Some(_) | None if state != self.state => None,
            Some(score) => Some(score.parse().map_err(|_| DocumentError::Score)?),
            None => self.score_in(state)?,
        };
        let group = match state {
            State::Aggregating => Some(self.group.clone().ok_or(DocumentError::Missing {
                key: "group",
                state,
            })?),
            _ => self.group.clone().filter(|_| self.returns_to_group),
        };
        let unique_key = self.unique_key.take().unwrap_or_default();
        let lock = self.unique_expires_at.map(|at| {
            if at >= NEVER {
                LockEnd::Never
            } else {
                LockEnd::At(at)
            }
        });
        Ok(Restorable {
            queue,
            id: TaskId::from_stored(self.id.into_bytes()),
            kind: self.kind.unwrap_or_default(),
            was_active: is_readable && self.state == State::Active,
            is_unreadable: state == State::Aside && self.state != state,
            state,
            message,
            score,
            pending_since: self.pending_since,
            group,
            unique_key,
            lock,
            result: self.result.map(Payload::into_bytes),
        })
    }

    /// The bytes of the message, and whether they can be decoded.
    fn stored_message(&self) -> Result<(Vec<u8>, bool), DocumentError> {
        let Some(encoded) = &self.message_base64 else {
            // What was set aside need not be a message.
            if self.state == State::Aside && self.kind.is_none() {
                let payload = self.payload.clone();
                return Ok((payload.map_or_else(Vec::new, Payload::into_bytes), false));
            }
            if self.kind.is_none() {
                return Err(DocumentError::NoType);
            }
            return Ok((self.message().to_bytes(), true));
        };
        let bytes = STANDARD.decode(encoded);
        let bytes = bytes.map_err(|_| DocumentError::Payload {
            key: "message_base64",
            error: PayloadError::NotBase64,
        })?;
        let Ok(stored) = Message::from_bytes(&bytes) else {
            return Ok((bytes, false));
        };
        let own = self.message();
        let same = |key, is_given: bool, agrees: bool| {
            if is_given && !agrees {
                return Err(DocumentError::Contradiction(key));
            }
            Ok(())
        };
        same("id", !self.id.is_empty(), own.id == stored.id)?;
        same("queue", !self.queue.is_empty(), own.queue == stored.queue)?;
        same("type", self.kind.is_some(), own.kind == stored.kind)?;
        let payload = own.payload == stored.payload;
        same("payload", self.payload.is_some(), payload)?;
        let headers = own.headers == stored.headers;
        same("headers", self.headers.is_some(), headers)?;
        let max_retry = own.max_retry == stored.max_retry;
        same("max_retry", self.max_retry.is_some(), max_retry)?;
        let retried = own.retried == stored.retried;
        same("retried", self.retried.is_some(), retried)?;
        let timeout = own.timeout == stored.timeout;
        same("timeout_seconds", self.timeout_seconds.is_some(), timeout)?;
        let deadline = own.deadline == stored.deadline;
        same("deadline", self.deadline.is_some(), deadline)?;
        let retention = own.retention == stored.retention;
        same(
            "retention_seconds",
            self.retention_seconds.is_some(),
            retention,
        )?;
        // No bytes decode as an empty message, but there is no task then.
        let is_readable = !bytes.is_empty();
        Ok((bytes, is_readable))
    }

    /// The score in the container of this state; `None` = now.
    fn score_in(&self, state: State) -> Result<Option<f64>, DocumentError> {
        let missing = |key| DocumentError::Missing { key, state };
        let kept = self.retention_seconds.and_then(TimeDelta::try_seconds);
        let completed_at = self.completed_at.zip(kept);
        let expiry = completed_at.and_then(|(at, kept)| at.checked_add_signed(kept));
        let at = match state {
            State::Active | State::Pending => None,
            State::Scheduled | State::Retry => Some(
                self.next_process_at
                    .ok_or_else(|| missing("next_process_at"))?,
            ),
            State::Archived => self.archived_at.or(self.last_failed_at),
            State::Completed => Some(
                self.expires_at
                    .or(expiry)
                    .ok_or_else(|| missing("expires_at"))?,
            ),
            State::Aggregating => self.group_added_at,
            State::Aside => self.set_aside_at,
        };
        Ok(at.map(seconds))
    }
}
