//! How far a change of tasks, or a repair, is, and which operations are being performed.

use chrono::{DateTime, Utc};

use crate::task::{QueueName, TaskId};
use crate::tui::message::ChangeOf;

/// A change that is under way.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::tui) enum Change {
    /// The task is being read for the editor, or is open in it.
    Drafting(QueueName, TaskId),
    /// Its tasks are being counted, or the question is open.
    Counting {
        change: ChangeOf,
        seen: u64,
        /// Tasks to look at, which may be more than will be changed.
        total: u64,
    },
    Running {
        verb: &'static str,
        /// What is counted.
        noun: &'static str,
        done: u64,
        total: u64,
        since: DateTime<Utc>,
        /// Why Redis does not answer, if it does not.
        away: Option<String>,
        stopping: bool,
    },
}

/// An operation that is being performed: it may have to wait for Redis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tui) struct Performing {
    pub(super) number: u64,
    pub what: &'static str,
    pub since: DateTime<Utc>,
}
