//! Lease lengths, and how often a worker performs its duties.

use std::time::Duration;

use crate::broker::Leases;

/// Intervals of a worker. The defaults suit production, and are Asynq's where it has them; tests make them
/// shorter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// How long leases last, and when their tasks count as abandoned.
    pub leases: Leases,
    /// Between two heartbeats, which extend leases and announce the server and its tasks. Several must fit into a lease, and
    /// two into the ten seconds of an announcement.
    pub heartbeat: Duration,
    /// Between two checks for due tasks, if no task is known to be due earlier.
    pub forward: Duration,
    /// Between two recoveries of the tasks of vanished workers.
    pub recovery: Duration,
    /// Between two cleanings, which delete expired tasks.
    pub cleaning: Duration,
    /// Between two checks for ripe groups.
    pub groups: Duration,
    /// Between two checks of a queue that is paused or cannot be waited for.
    pub poll: Duration,
    /// Between two checks for tasks that other workers have put in line because a handler has a limit.
    pub lines: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            leases: Leases::default(),
            heartbeat: Duration::from_secs(5),
            forward: Duration::from_secs(1),
            recovery: Duration::from_secs(60),
            // This is not urgent, and an idle worker should cost almost nothing.
            cleaning: Duration::from_secs(20),
            groups: Duration::from_secs(1),
            poll: Duration::from_secs(1),
            lines: Duration::from_secs(1),
        }
    }
}
