//! What the settler gets: a claimed task and its settlement.

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
    /// Whether an earlier write failed. It may have been performed nevertheless.
    pub(crate) tried: bool,
}

/// Where an outcome comes from.
pub(crate) enum Origin {
    /// An attempt. It is in the register, and its end is reported.
    Attempt {
        /// A task that was claimed later has a higher number.
        number: u64,
        /// How long it ran.
        took: Duration,
    },
    /// A task that was completed without an attempt.
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

    /// The number of the attempt; 0 without one.
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
}
