//! How a worker works.

use std::time::Duration;

use super::queues::Queues;
use super::timing::Timing;

/// How a worker works.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Tasks that may run at the same time.
    pub concurrency: usize,
    /// What it serves.
    pub queues: Queues,
    /// How long it waits for running tasks before it ends them.
    pub shutdown_timeout: Duration,
    /// End when the queues are empty.
    pub burst: bool,
    /// The host name to announce.
    pub host: String,
    /// Leases and intervals.
    pub timing: Timing,
}
