//! How long leases last.

use std::time::Duration;

use chrono::{DateTime, Utc};

/// How long leases last. Redis keeps whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leases {
    /// Duration of a lease that is not extended.
    pub length: Duration,
    /// Time after the end of a lease until its task counts as abandoned. Go servers measure it with their own clocks.
    pub grace: Duration,
}

impl Default for Leases {
    /// Asynq's values: Go servers may process the same queues.
    fn default() -> Self {
        Self {
            length: Duration::from_secs(30),
            grace: Duration::from_secs(30),
        }
    }
}

impl Leases {
    /// The end of a lease that is taken or extended at `now`.
    pub(crate) fn end(self, now: DateTime<Utc>) -> DateTime<Utc> {
        now + self.length
    }

    /// A task is abandoned if its lease ended before this time.
    pub(crate) fn abandoned_before(self, now: DateTime<Utc>) -> DateTime<Utc> {
        now - self.grace
    }
}
