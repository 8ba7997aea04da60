//! Wakes an idle worker the moment a task becomes pending.
//!
//! For each queue, a separate connection waits in Redis until the list of pending tasks is not empty; the list stays
//! as it is. The claim that follows decides, so a paused queue stays paused.

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
async fn once(shared: &Shared, queue: &QueueName, waiter: &Waiter) -> Result<Duration, Error> {
    let pending = waiter.pending().await?;
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
