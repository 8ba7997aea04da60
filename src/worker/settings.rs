//! The settings of a worker.

use std::time::Duration;

use super::queues::Queues;
use super::timing::Timing;
use crate::broker::LogLimits;

/// The default of [`Settings::max_workers_lost`].
pub const MAX_WORKERS_LOST: u32 = 3;

/// The settings of a worker.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Tasks that may run at the same time.
    pub concurrency: usize,
    /// Its queues.
    pub queues: Queues,
    /// How many workers in a row may vanish while they run a task, until it is archived: it may be what kills them.
    pub max_workers_lost: u32,
    /// How long it waits for running tasks before it stops them.
    pub shutdown_timeout: Duration,
    /// Exit when the queues are empty.
    pub burst: bool,
    /// The host name to announce.
    pub host: String,
    /// How much is kept of what attempts print.
    pub logs: LogLimits,
    /// Leases and intervals.
    pub timing: Timing,
}
