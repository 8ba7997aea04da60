//! How long leases last.

use std::time::Duration;

use chrono::{DateTime, Utc};

/// How long leases last. Redis keeps whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leases {
    /// How long one lasts unless it is extended.
    pub length: Duration,
    /// How long after its end its task counts as abandoned. Covers the distance between clocks.
    pub grace: Duration,
}

impl Default for Leases {
    /// As in Asynq, which may run beside us.
    fn default() -> Self {
        Self {
            length: Duration::from_secs(30),
            grace: Duration::from_secs(30),
        }
    }
}

impl Leases {
    /// When a lease ends that is taken, or extended, at `now`.
    pub(crate) fn end(self, now: DateTime<Utc>) -> DateTime<Utc> {
        now + self.length
    }

    /// A task is abandoned when its lease has ended before this.
    pub(crate) fn abandoned_before(self, now: DateTime<Utc>) -> DateTime<Utc> {
        now - self.grace
    }
}
