//! The bell that calls for a round of claims.

use tokio::sync::{Notify, watch};

/// The bell between those who wait for tasks and the one who claims them.
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

    /// A round of claims has come to its end.
    pub(crate) fn round_is_over(&self) {
        self.rounds
            .send_modify(|rounds| *rounds = rounds.wrapping_add(1));
    }

    /// Calls for another round of claims.
    pub(crate) fn ring(&self) {
        self.bell.notify_one();
    }

    /// Calls, and waits for a round of claims that began after that.
    pub(crate) async fn call(&self) {
        let mut rounds = self.rounds.subscribe();
        rounds.mark_unchanged();
        self.ring();
        // The sender lives as long as the worker.
        drop(rounds.changed().await);
    }
}
