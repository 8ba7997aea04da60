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

/// Pauses after a task that another worker has claimed first. Each task wakes all idle workers; without pauses, many of them
/// would keep Redis busy in vain.
const LOSSES: Backoff = Backoff::new(Duration::from_millis(1), Duration::from_millis(100));

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
    let mut losses = LOSSES;
    let waiter = shared.broker.waiter(queue);
    loop {
        match once(shared, queue, &waiter, &mut losses).await {
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
                shared.wake.call(queue).await;
            }
        }
    }
}

/// Waits for a task, and for claims until there are no more. Returns how long to pause.
async fn once(
    shared: &Shared,
    queue: &QueueName,
    waiter: &Waiter,
    losses: &mut Backoff,
) -> Result<Duration, Error> {
    if !waiter.pending().await? {
        return Ok(Duration::ZERO);
    }
    if shared.wake.call(queue).await {
        losses.reset();
        return Ok(Duration::ZERO);
    }
    // A paused queue keeps its tasks, so waiting for it again would return at once.
    let paused = shared.broker.is_paused(queue).await?;
    Ok(if paused {
        jittered(shared.settings.timing.poll)
    } else {
        losses.next()
    })
}
