//! What a handler did with a task that was tried, and what a worker would do next.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::document;
use super::payload::{Payload, PayloadEncoding};
use super::serde_fmt::seconds;

document! {
    /// What a handler did with a task that was tried.
    pub(crate) struct TrialDocument {
        id: String,
        queue: String,
        kind as "type": String,
        /// The pattern of the handler.
        handler: String,
        /// Where the handler is configured: a line of the file, or `--run`.
        origin: String,
        /// 1 for the first attempt.
        attempt: u32,
        /// `done`, `failed`, `released`, `revoked` or `interrupted`.
        outcome: &'static str,
        /// Absent: it succeeded.
        error: Option<String>,
        /// Absent unless it succeeded.
        result: Option<Payload>,
        result_encoding: Option<PayloadEncoding>,
        #[serde(serialize_with = "seconds")]
        took_seconds: Option<Duration>,
        verdict: Verdict,
        /// When the next attempt would begin.
        next_process_at: Option<DateTime<Utc>>,
        /// The beginning of what it printed, or all of it.
        output: String,
        /// Bytes that are left out after that.
        left_out_bytes: u64,
        /// The end of what it printed, if something is left out.
        output_end: Option<String>,
    }
    hidden {
        /// How long after the end of this attempt.
        next_process_in: Option<Duration>,
        /// How many retries the task may have, by itself and by its handler.
        retries: u32,
        /// How long a completed task is kept.
        retention: Duration,
    }
}

/// What a worker would do with a task after its attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verdict {
    /// Delete it: it has succeeded, and has no retention.
    Delete,
    /// Keep it as completed.
    Complete,
    /// Retry it, and count that.
    Retry,
    /// Put it back for later, without counting a retry.
    Release,
    /// Archive it: its handler has given up.
    GiveUp,
    /// Archive it: no retries are left.
    Exhausted,
    /// Put it back at once.
    Requeue,
}
