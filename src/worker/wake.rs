//! Wakes an idle worker the moment a task becomes pending.
//!
//! For each queue a connection of its own waits in Redis for the list to have something in it; the list
//! stays as it was. A claim does the rest, so a pause holds whatever this says.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};

use super::Shared;
use super::phase::Phase;
use crate::backoff::{Backoff, jittered};
use crate::broker::{Error, Waiter};
use crate::task::QueueName;

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
    async fn call(&self) {
        let mut rounds = self.rounds.subscribe();
        rounds.mark_unchanged();
        self.ring();
        // The sender lives as long as the worker.
        drop(rounds.changed().await);
    }
}

/// Watches one queue until the worker stops claiming.
pub(crate) async fn watch_queue(shared: Arc<Shared>, queue: QueueName) {
    let mut phases = shared.phases.clone();
    tokio::select! {
        () = watch_for_ever(&shared, &queue) => {}
        () = phases.reached(Phase::Stopped) => {}
    }
}

async fn watch_for_ever(shared: &Shared, queue: &QueueName) {
    let mut backoff = Backoff::default();
    let waiter = shared.broker.waiter(queue);
    loop {
        match once(shared, queue, waiter.as_ref()).await {
            Ok(pause) => {
                backoff.reset();
                tokio::time::sleep(pause).await;
            }
            Err(error) => {
                // Claims report what is wrong with Redis. One that may not wait here is polled.
                let pause = if error.passing() {
                    backoff.next()
                } else {
                    jittered(shared.settings.timing.poll)
                };
                tokio::time::sleep(pause).await;
                shared.wake.call().await;
            }
        }
    }
}

/// Waits for a task and for the claims that follow. Returns how long to pause.
async fn once(
    shared: &Shared,
    queue: &QueueName,
    waiter: Result<&Waiter, &Error>,
) -> Result<Duration, Error> {
    let pending = waiter.map_err(Clone::clone)?.pending().await?;
    if !pending {
        return Ok(Duration::ZERO);
    }
    shared.wake.call().await;
    // A paused queue keeps what is in it, and waiting for it would return at once again and again.
    let paused = shared.broker.is_paused(queue).await?;
    Ok(if paused {
        jittered(shared.settings.timing.poll)
    } else {
        Duration::ZERO
    })
}
