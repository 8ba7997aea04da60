//! A task as stored in Redis.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::context::count;
use crate::inspector::FoundTask;
use crate::task::State;
use crate::task::time::from_second;

/// A task as stored in Redis.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredTask {
    /// The id, unique within the queue.
    pub id: String,
    /// The queue.
    pub queue: String,
    /// The state.
    pub state: State,
    /// Whether the stored message can be decoded. If not, only id, queue and state are known.
    pub is_readable: bool,
    /// The type.
    pub kind: String,
    /// The payload.
    pub payload: Vec<u8>,
    /// The headers, by name.
    pub headers: BTreeMap<String, String>,
    /// How many retries may follow the first attempt.
    pub max_retry: u32,
    /// How many retries have been counted.
    pub retried: u32,
    /// The last error; `None` if no attempt has failed.
    pub last_error: Option<String>,
    /// When the last attempt failed.
    pub last_failed_at: Option<DateTime<Utc>>,
    /// Limit of one attempt, in whole seconds; `None` if only the deadline limits it.
    pub timeout: Option<Duration>,
    /// No attempt runs past this instant.
    pub deadline: Option<DateTime<Utc>>,
    /// How long the task is kept after success, in whole seconds; zero if it is deleted at once.
    pub retention: Duration,
    /// The group of the task.
    pub group: Option<String>,
    /// When a scheduled task or a retry is due.
    pub next_process_at: Option<DateTime<Utc>>,
    /// When the task succeeded.
    pub completed_at: Option<DateTime<Utc>>,
    /// The result that its handler has written.
    pub result: Option<Vec<u8>>,
    /// The task is active, but no server holds it: its worker has vanished.
    pub is_orphaned: bool,
    /// The task waits in `retry` because its handler runs as many tasks as it may.
    pub is_waiting_for_handler: bool,
}

impl StoredTask {
    pub(super) fn new(found: FoundTask, now: DateTime<Utc>) -> Self {
        let (is_orphaned, next_process_at) = (found.orphaned(now), found.next_process_at());
        let is_readable = found.message.is_ok();
        let message = found.message.unwrap_or_default();
        let text = |text: String| Some(text).filter(|text| !text.is_empty());
        let seconds = |seconds| Duration::from_secs(u64::try_from(seconds).unwrap_or_default());
        Self {
            id: found.id.to_string(),
            queue: found.queue.to_string(),
            state: found.state,
            is_readable,
            kind: message.kind,
            payload: message.payload,
            headers: message.headers,
            max_retry: count(message.max_retry),
            retried: count(message.retried),
            last_error: text(message.last_error),
            last_failed_at: from_second(message.last_failed_at),
            timeout: Some(seconds(message.timeout)).filter(|limit| !limit.is_zero()),
            deadline: from_second(message.deadline),
            retention: seconds(message.retention),
            group: text(message.group),
            next_process_at,
            completed_at: from_second(message.completed_at),
            result: found.result,
            is_orphaned,
            is_waiting_for_handler: found.waits_for_handler,
        }
    }
}
