//! Writes outcomes, many at a time, and reports what was written.

use std::collections::HashMap;

use futures_util::future::join_all;

use super::Shared;
use super::event::{Ended, Event, TaskRef};
use super::outgoing::{Origin, Outgoing};
use crate::broker::{Error, Settled};
use crate::task::QueueName;
use crate::task::transition::{Settlement, result_was_too_large};

/// An outcome that could not be written, and the error.
pub(crate) struct Unwritten {
    pub(crate) outgoing: Outgoing,
    pub(crate) error: Error,
}

/// Writes a batch, separately for each queue; returns the outcomes that could not be written.
pub(crate) async fn write(shared: &Shared, batch: Vec<Outgoing>) -> Vec<Unwritten> {
    let mut by_queue: HashMap<QueueName, Vec<Outgoing>> = HashMap::new();
    for outgoing in batch {
        by_queue
            .entry(outgoing.claim.queue.clone())
            .or_default()
            .push(outgoing);
    }
    let batches = by_queue.into_values();
    let left = join_all(batches.map(|batch| write_queue(shared, batch)));
    left.await.into_iter().flatten().collect()
}

/// Writes outcomes of one queue. If Redis refuses the batch, they are tried one by one, so that one bad outcome does not block
/// the others.
async fn write_queue(shared: &Shared, batch: Vec<Outgoing>) -> Vec<Unwritten> {
    let Err(left) = try_write(shared, batch).await else {
        return Vec::new();
    };
    let away = |left: &[Unwritten]| left.iter().any(|one| one.error.passing());
    if left.len() == 1 || away(&left) {
        return left;
    }
    let mut still_left = Vec::new();
    for one in left {
        if away(&still_left) {
            still_left.push(one);
        } else if let Err(unwritten) = try_write(shared, vec![one.outgoing]).await {
            still_left.extend(unwritten);
        }
    }
    still_left
}

/// Writes outcomes of one queue together, or none of them.
pub(crate) async fn try_write(shared: &Shared, batch: Vec<Outgoing>) -> Result<(), Vec<Unwritten>> {
    let Some(queue) = batch.first().map(|first| first.claim.queue.clone()) else {
        return Ok(());
    };
    let now = shared.broker.now();
    match shared.broker.settle(&queue, &batch, now).await {
        Ok(settled) => {
            let discarded = |one: &&Outgoing| matches!(one.origin, Origin::Discarded);
            let tasks = batch.iter().filter(discarded).count();
            for (outgoing, settled) in batch.into_iter().zip(settled) {
                finish(shared, outgoing, settled);
            }
            if tasks > 0 {
                shared.reporter.report(Event::Discarded { queue, tasks });
            }
            Ok(())
        }
        Err(error) => {
            let unwritten = batch.into_iter().map(|outgoing| Unwritten {
                outgoing: Outgoing {
                    tried: true,
                    ..outgoing
                },
                error: error.clone(),
            });
            Err(unwritten.collect())
        }
    }
}

/// Reports an outcome that has been written, and removes its attempt from the register.
fn finish(shared: &Shared, outgoing: Outgoing, settled: Settled) {
    let claim = outgoing.claim;
    match outgoing.origin {
        Origin::Attempt { took, .. } => {
            shared
                .register
                .remove(&claim.queue, &claim.id, &outgoing.lease);
            if shared.settings.burst && shared.register.len() == 0 {
                // The burst may be over.
                shared.wake.ring();
            }
            // The lease was valid all the time, so if the task is no longer active, an earlier try has settled it.
            let ended = if outgoing.tried || settled == Settled::Written {
                ended(outgoing.settlement)
            } else {
                Ended::LeaseLost
            };
            let task = TaskRef::of(&claim);
            shared
                .reporter
                .report(Event::Finished { task, ended, took });
        }
        Origin::Discarded => {}
    }
}

/// What a settlement that was written means for the task.
pub(crate) fn ended(settlement: Settlement) -> Ended {
    match settlement {
        Settlement::Complete { message, .. } if result_was_too_large(&message) => {
            Ended::ResultTooLarge {
                error: message.last_error,
            }
        }
        Settlement::Done | Settlement::Complete { .. } => Ended::Done,
        Settlement::Retry {
            message,
            at,
            counted,
        } => {
            let error = message.last_error;
            if counted {
                Ended::Retry { error, at }
            } else {
                Ended::Released { error, at }
            }
        }
        Settlement::Archive { message } => Ended::Archived {
            error: message.last_error,
        },
        Settlement::Requeue => Ended::Requeued,
    }
}
