//! A failed attempt, as reported to the program.

use std::error::Error as StdError;

use super::context::count;
use super::task::Task;
use crate::task::Message;
use crate::task::transition::{Failure, Source, Verdict};

/// An attempt that failed: for [`WorkerBuilder::on_error`](crate::WorkerBuilder::on_error) and
/// [`WorkerBuilder::retry_delay`](crate::WorkerBuilder::retry_delay).
#[derive(Debug)]
pub struct FailedAttempt {
    task: Task,
    id: String,
    queue: String,
    retried: u32,
    max_retry: u32,
    gives_up: bool,
    error: Source,
}

/// A failure that is only known by its text.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Text(String);

impl FailedAttempt {
    pub(super) fn new(message: &Message, failure: &Failure) -> Self {
        let text = || Source(std::sync::Arc::new(Text(failure.error.clone())));
        Self {
            task: Task::received(message.clone()),
            id: message.id.clone(),
            queue: message.queue.clone(),
            retried: count(message.retried),
            max_retry: count(message.max_retry),
            gives_up: failure.verdict == Verdict::GiveUp,
            error: failure.source.clone().unwrap_or_else(text),
        }
    }

    /// The task.
    pub const fn task(&self) -> &Task {
        &self.task
    }

    /// The id of the task, unique within its queue.
    pub fn task_id(&self) -> &str {
        &self.id
    }

    /// The queue of the task.
    pub fn queue(&self) -> &str {
        &self.queue
    }

    /// How many retries were counted before this attempt; 0 in the first.
    pub const fn retried(&self) -> u32 {
        self.retried
    }

    /// How many retries may follow the first attempt.
    pub const fn max_retry(&self) -> u32 {
        self.max_retry
    }

    /// Whether this was the last attempt, so that the task is archived.
    pub const fn is_last(&self) -> bool {
        self.gives_up || self.retried >= self.max_retry
    }

    /// The handler's error with its sources, or an [`AttemptError`](crate::AttemptError) if the handler panicked, took
    /// too long, was cancelled, or does not exist.
    ///
    /// ```
    /// use qctl::{AttemptError, FailedAttempt};
    ///
    /// fn is_timeout(failed: &FailedAttempt) -> bool {
    ///     matches!(failed.error().downcast_ref(), Some(AttemptError::TimedOut(_)))
    /// }
    /// ```
    pub fn error(&self) -> &(dyn StdError + Send + Sync + 'static) {
        &*self.error.0
    }
}
