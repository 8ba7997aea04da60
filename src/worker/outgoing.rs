//! What the settler is handed: a claimed task, and what follows for it.

use std::sync::Arc;
use std::time::Duration;

use super::clock;
use super::running::Lease;
use crate::broker::{Claim, Settle};
use crate::task::transition::{Outcome, RetryPolicy, Settlement, judge};

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
    /// Decides what follows from an outcome.
    pub(crate) fn new(
        claim: Claim,
        outcome: Outcome,
        policy: &RetryPolicy,
        lease: Arc<Lease>,
        origin: Origin,
    ) -> Self {
        let now = clock::now();
        let settlement = judge(&claim.message, outcome, policy, now, fastrand::f64());
        Self {
            claim,
            settlement,
            lease,
            origin,
            tried: false,
        }
    }

    /// A task that is done without an attempt.
    pub(crate) fn discarded(claim: Claim, lease: Lease) -> Self {
        let (outcome, policy) = (
            Outcome::Succeeded(Vec::new().into()),
            RetryPolicy::default(),
        );
        Self::new(claim, outcome, &policy, Arc::new(lease), Origin::Discarded)
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
}
