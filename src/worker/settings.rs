//! The settings of a worker.

use std::time::Duration;

use super::queues::Queues;
use super::timing::Timing;

/// The settings of a worker.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Tasks that may run at the same time.
    pub concurrency: usize,
    /// Its queues.
    pub queues: Queues,
    /// How long it waits for running tasks before it stops them.
    pub shutdown_timeout: Duration,
    /// Exit when the queues are empty.
    pub burst: bool,
    /// The host name to announce.
    pub host: String,
    /// Leases and intervals.
    pub timing: Timing,
}
