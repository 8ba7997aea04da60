//! How long leases last and how often a worker does its duties.

use std::time::Duration;

use crate::broker::Leases;

/// Intervals of a worker. The defaults suit production, and are Asynq's where it has them; tests make them
/// shorter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// How long leases last, and when recovery takes them for abandoned.
    pub leases: Leases,
    /// Between two heartbeats: leases are extended, the server and its tasks are announced. Several must fit
    /// into a lease, and two into the ten seconds of an announcement.
    pub heartbeat: Duration,
    /// Between two looks for delayed tasks that are due, if none is known to be due before.
    pub forward: Duration,
    /// Between two looks for what vanished workers have left.
    pub recovery: Duration,
    /// Between two rounds of deleting what is over.
    pub cleaning: Duration,
    /// Between two looks for groups that are ripe.
    pub groups: Duration,
    /// Between two looks at a queue that is paused or cannot be waited for.
    pub poll: Duration,
    /// Between two looks for tasks that other workers have put aside because a handler has a limit.
    pub lines: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            leases: Leases::default(),
            heartbeat: Duration::from_secs(5),
            forward: Duration::from_secs(1),
            recovery: Duration::from_secs(60),
            // Nobody waits for it, and an idle worker should cost next to nothing.
            cleaning: Duration::from_secs(20),
            groups: Duration::from_secs(1),
            poll: Duration::from_secs(1),
            lines: Duration::from_secs(1),
        }
    }
}
