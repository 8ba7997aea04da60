//! The document that hooks of handlers get: how an attempt ended.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::document;
use super::serde_fmt::seconds;

document! {
    /// How an attempt ended.
    pub(crate) struct HookEvent {
        time: Option<DateTime<Utc>>,
        /// `done`, `retry` or `archived`.
        event: String,
        /// The pattern of the handler.
        handler: String,
        queue: String,
        task_id: String,
        kind as "type": String,
        /// Retries before this attempt.
        retried: i32,
        /// Absent: it succeeded.
        error: Option<String>,
        next_attempt_at: Option<DateTime<Utc>>,
        /// Absent: the worker that ran it has vanished.
        #[serde(serialize_with = "seconds")]
        took_seconds: Option<Duration>,
    }
}
