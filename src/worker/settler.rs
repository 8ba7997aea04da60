//! Gathers outcomes while a batch is in flight, so that under load they are written many at a time and
//! otherwise at once. While Redis is away it keeps them until their leases end.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::event::{Ended, Event, TaskRef};
use super::every::{Backing, Trouble};
use super::running::Lease;
use super::{Shared, clock};
use crate::broker::{Claim, Error, Settled};
use crate::task::QueueName;
use crate::task::transition::Settlement;

/// Outcomes that may wait for the settler before attempts wait for it.
const QUEUE: usize = 1024;

/// Outcomes written in one go.
const BATCH: usize = 256;

/// An attempt that has ended and is to be written.
pub(crate) struct Outgoing {
    pub(crate) claim: Claim,
    pub(crate) settlement: Settlement,
    pub(crate) lease: Arc<Lease>,
    /// How long it ran; nothing when the task was discarded, of which nothing is told.
    pub(crate) took: Option<Duration>,
}

/// Where attempts hand in their outcomes.
pub(crate) type Intake = mpsc::Sender<Outgoing>;

/// A channel to the settler.
pub(crate) fn intake() -> (Intake, mpsc::Receiver<Outgoing>) {
    mpsc::channel(QUEUE)
}

/// Writes outcomes until every [`Intake`] is gone and nothing is left. Once they are gone it does not
/// wait longer than `patience` for a Redis that is away.
pub(crate) async fn settle_all(
    shared: Arc<Shared>,
    mut incoming: mpsc::Receiver<Outgoing>,
    patience: Duration,
) {
    let mut waiting: Vec<Outgoing> = Vec::new();
    let mut backing = Backing::new();
    let mut trouble = Trouble::new("settle", &shared.reporter);
    let mut open = true;
    let mut give_up_at: Option<Instant> = None;
    loop {
        if waiting.is_empty() {
            if !open || incoming.recv_many(&mut waiting, BATCH).await == 0 {
                return;
            }
        } else if open {
            // Join what has come meanwhile to what could not be written yet.
            while waiting.len() < QUEUE {
                match incoming.try_recv() {
                    Ok(outgoing) => waiting.push(outgoing),
                    Err(mpsc::error::TryRecvError::Empty) => break,
                    Err(mpsc::error::TryRecvError::Disconnected) => {
                        open = false;
                        give_up_at = Some(Instant::now() + patience);
                        break;
                    }
                }
            }
        }
        waiting = write(&shared, waiting, &mut trouble).await;
        drop_expired(
            &shared,
            &mut waiting,
            give_up_at.is_some_and(|at| at <= Instant::now()),
        );
        if waiting.is_empty() {
            backing.reset();
        } else {
            tokio::time::sleep(backing.pause()).await;
        }
    }
}

/// Writes a batch, each queue on its own; returns what could not be written.
async fn write(shared: &Shared, batch: Vec<Outgoing>, trouble: &mut Trouble) -> Vec<Outgoing> {
    let mut by_queue: HashMap<QueueName, Vec<Outgoing>> = HashMap::new();
    for outgoing in batch {
        by_queue
            .entry(outgoing.claim.queue.clone())
            .or_default()
            .push(outgoing);
    }
    let written = join_all(
        by_queue
            .into_values()
            .map(|batch| write_queue(shared, batch)),
    )
    .await;
    let mut left = Vec::new();
    for (unwritten, result) in written {
        left.extend(unwritten);
        trouble.note(result);
    }
    left
}

/// Writes outcomes of one queue. A batch that Redis refuses for another reason than its own state is
/// tried one by one, so that one outcome that cannot be written holds up no other.
async fn write_queue(shared: &Shared, batch: Vec<Outgoing>) -> (Vec<Outgoing>, Result<(), Error>) {
    match try_write(shared, batch).await {
        Ok(()) => (Vec::new(), Ok(())),
        Err((batch, error)) if error.passing() || batch.len() == 1 => (batch, Err(error)),
        Err((batch, error)) => {
            let mut left = Vec::new();
            for outgoing in batch {
                if let Err((unwritten, _)) = try_write(shared, vec![outgoing]).await {
                    left.extend(unwritten);
                }
            }
            (left, Err(error))
        }
    }
}

async fn try_write(shared: &Shared, batch: Vec<Outgoing>) -> Result<(), (Vec<Outgoing>, Error)> {
    let Some(queue) = batch.first().map(|first| first.claim.queue.clone()) else {
        return Ok(());
    };
    let mut rests = Vec::with_capacity(batch.len());
    let mut settlements = Vec::with_capacity(batch.len());
    for outgoing in batch {
        settlements.push((outgoing.claim, outgoing.settlement));
        rests.push((outgoing.lease, outgoing.took));
    }
    let settled = shared
        .broker
        .settle(&queue, &settlements, clock::now())
        .await;
    let pairs = settlements.into_iter().zip(rests);
    match settled {
        Ok(settled) => {
            for (((claim, settlement), (lease, took)), settled) in pairs.zip(settled) {
                shared.register.remove(&claim.queue, &claim.id, &lease);
                if let Some(took) = took {
                    let task = TaskRef::of(&claim);
                    let ended = ended(settlement, settled);
                    (shared.reporter)(&Event::Finished { task, ended, took });
                }
            }
            Ok(())
        }
        Err(error) => {
            let batch = pairs.map(|((claim, settlement), (lease, took))| Outgoing {
                claim,
                settlement,
                lease,
                took,
            });
            Err((batch.collect(), error))
        }
    }
}

fn ended(settlement: Settlement, settled: Settled) -> Ended {
    if settled == Settled::NotActive {
        return Ended::LeaseLost;
    }
    match settlement {
        Settlement::Done | Settlement::Complete { .. } => Ended::Done,
        Settlement::Retry { message, at, .. } => Ended::Retry {
            error: message.last_error,
            at,
        },
        Settlement::Archive { message } => Ended::Archived {
            error: message.last_error,
        },
        Settlement::Requeue => Ended::Requeued,
    }
}

/// Lets go of outcomes that must not be written any more, because somebody else may have the task.
fn drop_expired(shared: &Shared, waiting: &mut Vec<Outgoing>, all: bool) {
    let now = clock::now();
    waiting.retain(|outgoing| {
        let keep = !all && outgoing.lease.holds(now);
        if !keep {
            let Outgoing { claim, lease, .. } = outgoing;
            shared.register.remove(&claim.queue, &claim.id, lease);
            (shared.reporter)(&Event::OutcomeLost(TaskRef::of(claim)));
        }
        keep
    });
}
