//! What a change of tasks has done.

use serde::Serialize;

/// The outcome of `retry`, `archive`, `delete` and `cancel`.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ChangeDocument {
    pub action: &'static str,
    /// Nothing was changed; `would_change` says what would have been.
    pub dry_run: bool,
    /// Tasks that were meant when they were counted.
    pub matched: u64,
    pub changed: u64,
    pub would_change: u64,
    /// Cancellations that were sent: whether a server obeys shows in the task.
    pub requested: u64,
    /// Tasks passed by, for the two reasons below.
    pub skipped: u64,
    /// They had left the state when their turn came.
    pub skipped_moved: u64,
    /// No age matches them, since it is unknown how long they have been in their state.
    pub skipped_unknown_age: u64,
    /// Tasks that could not be changed; at most a thousand of them.
    pub failures: Vec<FailedDocument>,
}

/// A task that could not be changed.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct FailedDocument {
    pub id: String,
    /// Absent when it was not found in any.
    pub queue: Option<String>,
    pub error: String,
}
