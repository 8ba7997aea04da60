//! Signals that a round of claims may find tasks.

use tokio::sync::{Notify, watch};

/// Connects the watches of queues with the loop that claims tasks.
#[derive(Debug)]
pub(crate) struct Wake {
    bell: Notify,
    rounds: watch::Sender<u64>,
}

impl Default for Wake {
    fn default() -> Self {
        Self {
            bell: Notify::new(),
            rounds: watch::Sender::new(0),
        }
    }
}

impl Wake {
    /// Waits until there is something to claim.
    pub(crate) async fn called(&self) {
        self.bell.notified().await;
    }

    /// Records the end of a round of claims.
    pub(crate) fn round_is_over(&self) {
        self.rounds
            .send_modify(|rounds| *rounds = rounds.wrapping_add(1));
    }

    /// Requests another round of claims.
    pub(crate) fn ring(&self) {
        self.bell.notify_one();
    }

    /// Requests a round of claims and waits for its end.
    pub(crate) async fn call(&self) {
        let mut rounds = self.rounds.subscribe();
        rounds.mark_unchanged();
        self.ring();
        // The sender lives as long as the worker.
        drop(rounds.changed().await);
    }
}
