//! Wakes an idle worker the moment a task becomes pending.
//!
//! For each queue, a separate connection waits in Redis until the list of pending tasks is not empty, without changing it.
//! Claims check the pause of a queue.

use std::sync::Arc;
use std::time::Duration;

use super::phase::Phase;
use super::shared::Shared;
use crate::backoff::{Backoff, jittered};
use crate::broker::{Error, Waiter};
use crate::task::QueueName;

/// Watches one queue until the worker stops claiming.
pub(crate) async fn watch(shared: Arc<Shared>, queue: QueueName) {
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
        match once(shared, queue, &waiter).await {
            Ok(pause) => {
                backoff.reset();
                tokio::time::sleep(pause).await;
            }
            Err(error) => {
                // Claims report errors of Redis. Without the right to wait, the queue is polled.
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

/// Waits for a task, and for the round of claims that follows. Returns how long to pause.
async fn once(shared: &Shared, queue: &QueueName, waiter: &Waiter) -> Result<Duration, Error> {
    let pending = waiter.pending().await?;
    if !pending {
        return Ok(Duration::ZERO);
    }
    shared.wake.call().await;
    // A paused queue keeps its tasks, so waiting for it again would return at once.
    let paused = shared.broker.is_paused(queue).await?;
    Ok(if paused {
        jittered(shared.settings.timing.poll)
    } else {
        Duration::ZERO
    })
}
