//! The options of a task and their limits, for enqueuing, schedules and documents.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::QueueName;
use super::time::END;

/// The default number of retries, as in Asynq.
pub const DEFAULT_MAX_RETRY: i32 = 25;

/// Payloads of this many bytes or more are refused: Redis stores no value above 512 MiB.
pub const MAX_PAYLOAD: usize = 512 * 1024 * 1024;

/// Payloads above this size in bytes slow down everything that reads the task.
pub const LARGE_PAYLOAD: usize = 1024 * 1024;

/// How a task is treated. The defaults are Asynq's: queue `default`, 25 retries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskOptions {
    /// Where the task goes.
    pub queue: QueueName,
    /// Retries after the first failure; negative counts as 0.
    pub max_retry: i32,
    /// Limit of one attempt. Fractions of a second are rounded up. If it is absent or zero and there is no deadline,
    /// the limit is thirty minutes.
    pub timeout: Option<Duration>,
    /// No attempt runs past this instant.
    pub deadline: Option<DateTime<Utc>>,
    /// No other task with this queue, type and payload is accepted for this long. Fractions of a second are rounded up.
    pub unique_for: Option<Duration>,
    /// How long to keep the task after success. Fractions of a second are rounded up.
    pub retention: Duration,
    /// The task waits in this group until it is merged with others.
    pub group: Option<String>,
    /// Metadata from the enqueuer.
    pub headers: BTreeMap<String, String>,
}

impl Default for TaskOptions {
    fn default() -> Self {
        Self {
            queue: QueueName::default(),
            max_retry: DEFAULT_MAX_RETRY,
            timeout: None,
            deadline: None,
            unique_for: None,
            retention: Duration::ZERO,
            group: None,
            headers: BTreeMap::new(),
        }
    }
}

/// An option that Asynq would refuse or silently misread.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// The lock would expire at once.
    #[error("the unique time must be at least one second")]
    UniqueTooShort,
    /// A group needs a name.
    #[error("the group name must contain at least one character that is not white space")]
    BlankGroup,
    /// A duration that Go programs cannot hold.
    #[error("the {0} is too long (at most {MAX_DAYS}d)")]
    TooLong(&'static str),
    /// A time that cannot be written as RFC 3339.
    #[error("the {0} is after the year 9999")]
    TooLate(&'static str),
    /// A payload that Redis refuses.
    #[error("the payload of {0} bytes is larger than Redis can store")]
    PayloadTooLarge(usize),
}

impl TaskOptions {
    /// Refuses invalid options.
    pub fn check(&self) -> Result<(), Invalid> {
        if self
            .group
            .as_ref()
            .is_some_and(|group| group.trim().is_empty())
        {
            return Err(Invalid::BlankGroup);
        }
        if self.deadline.is_some_and(|deadline| deadline >= END) {
            return Err(Invalid::TooLate("deadline"));
        }
        whole_seconds(self.timeout.unwrap_or_default(), "timeout")?;
        whole_seconds(self.retention, "retention")?;
        match self.unique_for {
            Some(span) if span < Duration::from_secs(1) => Err(Invalid::UniqueTooShort),
            Some(span) => whole_seconds(span, "unique time").map(drop),
            None => Ok(()),
        }
    }
}

/// Go counts durations in nanoseconds, in 64 bits: some 292 years. With a longer timeout each attempt would fail at once.
pub(super) const MAX_DAYS: i64 = i64::MAX / 1_000_000_000 / SECONDS_A_DAY;

pub(super) const SECONDS_A_DAY: i64 = 24 * 3600;

/// Whole seconds, rounded up: Asynq truncates, which turns half a second into "not set".
pub(crate) fn whole_seconds(duration: Duration, what: &'static str) -> Result<i64, Invalid> {
    let part = u64::from(duration.subsec_nanos() > 0);
    i64::try_from(duration.as_secs().saturating_add(part))
        .ok()
        .filter(|&whole| whole <= MAX_DAYS * SECONDS_A_DAY)
        .ok_or(Invalid::TooLong(what))
}
