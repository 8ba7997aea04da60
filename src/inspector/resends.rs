//! How often and how long a call is sent again while Redis does not answer.

use std::time::Duration;

use tokio::time::Instant;

use super::error::Error;
use crate::backoff::Backoff;

/// How long a call is sent again, unless set otherwise.
pub(crate) const RESEND_LIMIT: Duration = Duration::from_secs(30);

/// The attempts at a call after the first.
#[derive(Debug)]
pub(super) struct Resends {
    until: Instant,
    backoff: Backoff,
}

impl Resends {
    pub(super) fn within(limit: Duration) -> Self {
        Self {
            until: Instant::now() + limit,
            backoff: Backoff::new(Duration::from_millis(100), Duration::from_secs(2)),
        }
    }

    /// The pause before the next attempt; `None` once the limit has passed.
    pub(super) fn next(&mut self) -> Option<Duration> {
        (Instant::now() < self.until).then(|| self.backoff.next())
    }
}

/// A time in which Redis does not answer.
#[derive(Debug)]
pub(super) struct Outage {
    pub(super) error: Error,
    pub(super) resends: Resends,
    /// When the step is repeated.
    pub(super) next_at: Instant,
}
