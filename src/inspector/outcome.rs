//! The result of a change of tasks.

use super::Error;
use crate::broker;
use crate::task::transition::Action;
use crate::task::{QueueName, TaskId};

/// Failures that are kept. Further ones are only counted.
const MAX_FAILURES: usize = 1000;

/// The result of a change so far, or of a dry run.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outcome {
    /// The change.
    pub action: Action,
    /// Nothing is changed; `would_change` counts the tasks that a real run would change.
    pub dry_run: bool,
    /// Tasks that were selected when they were counted.
    pub matched: u64,
    /// The same by queue, most tasks first, as far as they were found.
    pub queues: Vec<(QueueName, u64)>,
    /// Tasks changed.
    pub changed: u64,
    /// Tasks that an edit leaves as they are.
    pub unchanged: u64,
    /// Tasks that a dry run would have changed.
    pub would_change: u64,
    /// Cancellations that were published.
    pub requested: u64,
    /// Servers that listen for cancellations, as Redis counted them at the last request, if it could.
    pub listeners: Option<u64>,
    /// Tasks of a step that got no answer: they may have been changed.
    pub unconfirmed: u64,
    /// Tasks that were skipped.
    pub skipped: Skipped,
    /// Tasks that could not be changed, and why; at most a thousand.
    pub failures: Vec<Failed>,
    /// Number of tasks that could not be changed.
    pub failed: u64,
}

/// Tasks of a selection that were skipped, by reason.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Skipped {
    /// They had left the state when their turn came.
    pub moved: u64,
    /// It is unknown for how long they have been in their state, so no age matches them.
    pub unknown_age: u64,
}

impl Skipped {
    /// All of them.
    pub const fn total(&self) -> u64 {
        self.moved + self.unknown_age
    }
}

/// A task that could not be changed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failed {
    /// Its id.
    pub id: TaskId,
    /// Its queue, where it was found in one.
    pub queue: Option<QueueName>,
    /// Why.
    pub error: Error,
}

impl Outcome {
    pub(crate) const fn new(action: Action, dry_run: bool) -> Self {
        Self {
            action,
            dry_run,
            matched: 0,
            queues: Vec::new(),
            changed: 0,
            unchanged: 0,
            would_change: 0,
            requested: 0,
            listeners: None,
            unconfirmed: 0,
            skipped: Skipped {
                moved: 0,
                unknown_age: 0,
            },
            failures: Vec::new(),
            failed: 0,
        }
    }

    /// Counts tasks that were changed, or would have been.
    pub(super) const fn add_changed(&mut self, count: u64) {
        if self.dry_run {
            self.would_change += count;
        } else {
            self.changed += count;
        }
    }

    pub(crate) fn add_failure(&mut self, id: TaskId, queue: Option<QueueName>, error: Error) {
        self.failed += 1;
        if self.failures.len() < MAX_FAILURES {
            self.failures.push(Failed { id, queue, error });
        }
    }

    /// Takes ids without a task out of the outcome.
    pub(crate) fn forget_missing(&mut self) {
        let missing = |error: &Error| {
            use broker::Error::{NotATask, TaskNotFound};
            matches!(error, Error::Broker(TaskNotFound { .. } | NotATask { .. }))
        };
        let before = self.failures.len();
        self.failures.retain(|failed| !missing(&failed.error));
        let forgotten = (before - self.failures.len()) as u64;
        self.failed -= forgotten;
        self.matched -= forgotten;
    }

    /// Tasks that were changed or requested, or would be: the number that a report leads with.
    pub const fn done(&self) -> u64 {
        self.changed + self.would_change + self.requested
    }
}
