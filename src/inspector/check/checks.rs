//! What is checked.

use super::limit::Limits;
use crate::inspector::trouble::Thresholds;
use crate::task::QueueName;

/// What is checked.
#[derive(Debug, Clone)]
pub(crate) struct Checks {
    /// Names or globs; empty = all queues.
    pub queues: Vec<QueueName>,
    pub limits: Limits,
    /// Whether the findings of `trouble` count, except where a limit says the same.
    pub trouble: bool,
    pub thresholds: Thresholds,
}
