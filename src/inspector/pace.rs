//! What the rate of a change is measured from.

use tokio::time::Instant;

/// What the rate is measured from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    pub(super) since: Instant,
    /// Tasks that were changed before.
    pub(super) before: u64,
}
