//! The result of a change of tasks.

use serde::Serialize;

/// The outcome of `retry`, `archive`, `delete` and `cancel`.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ChangeDocument {
    pub action: &'static str,
    /// Nothing was changed; `would_change` counts what a real run would change.
    pub dry_run: bool,
    /// Tasks that were selected when they were counted.
    pub matched: u64,
    pub changed: u64,
    pub would_change: u64,
    /// Cancellations that were sent. Whether a server obeys shows in the task.
    pub requested: u64,
    /// Tasks of a step that got no answer, because the connection broke: they may have been changed.
    pub unconfirmed: u64,
    /// Tasks that were skipped, for one of the two reasons below.
    pub skipped: u64,
    /// They had left the state when their turn came.
    pub skipped_moved: u64,
    /// It is unknown how long they have been in their state, so no age matches them.
    pub skipped_unknown_age: u64,
    /// Tasks that could not be changed, at most a thousand.
    pub failures: Vec<FailedDocument>,
    /// Tasks that an edit leaves as they are.
    pub unchanged: u64,
    /// The tasks that were found, by queue, most first; at most a thousand queues.
    pub queues: Vec<QueueTasksDocument>,
}

/// The tasks of a selection that are in one queue.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct QueueTasksDocument {
    pub queue: String,
    pub tasks: u64,
}

/// A task that could not be changed.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct FailedDocument {
    pub id: String,
    /// Absent if the task was not found.
    pub queue: Option<String>,
    pub error: String,
}
