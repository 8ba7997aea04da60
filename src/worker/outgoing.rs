//! What the settler is handed: a claimed task, and what follows for it.

use std::sync::Arc;
use std::time::Duration;

use super::running::Lease;
use crate::broker::{Claim, Settle};
use crate::task::transition::Settlement;

/// A claimed task whose outcome is to be written.
pub(crate) struct Outgoing {
    pub(crate) claim: Claim,
    pub(crate) settlement: Settlement,
    pub(crate) lease: Arc<Lease>,
    pub(crate) origin: Origin,
    /// Whether it has been sent before, and may have been written.
    pub(crate) tried: bool,
}

/// What an outcome is of.
pub(crate) enum Origin {
    /// An attempt, which is in the register and is reported.
    Attempt {
        /// The higher, the later it was claimed.
        number: u64,
        /// How long it ran.
        took: Duration,
    },
    /// A task that needs no attempt.
    Discarded,
}

impl Outgoing {
    pub(crate) fn new(
        claim: Claim,
        settlement: Settlement,
        lease: Arc<Lease>,
        origin: Origin,
    ) -> Self {
        Self {
            claim,
            settlement,
            lease,
            origin,
            tried: false,
        }
    }

    /// Its place among the attempts.
    pub(crate) const fn number(&self) -> u64 {
        match self.origin {
            Origin::Attempt { number, .. } => number,
            Origin::Discarded => 0,
        }
    }
}

impl Settle for Outgoing {
    fn claim(&self) -> &Claim {
        &self.claim
    }

    fn settlement(&self) -> &Settlement {
        &self.settlement
    }

    fn lease_until(&self) -> Option<i64> {
        Some(self.lease.written())
    }
}
