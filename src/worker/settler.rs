//! Gathers outcomes while a batch is being written, so that they are written at once when there are few, and many at a
//! time under load. While Redis is unreachable, it keeps them until their leases end. An outcome that Redis refuses is
//! retried separately, and delays no other.

use std::cmp::Reverse;
use std::mem;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::{self, error::TryRecvError};
use tokio::time::{Instant, sleep_until, timeout_at};

use super::Shared;
use super::event::{Event, TaskRef};
use super::outgoing::Outgoing;
use super::write::{Unwritten, try_write, write};
use crate::backoff::Backoff;
use crate::task::transition::Settlement;
use crate::worker::duty::Trouble;

/// Capacity of the queue of outcomes. When it is full, attempts wait.
const MAX_WAITING: usize = 1024;

/// Maximum number of outcomes in a batch.
const MAX_BATCH: usize = 256;

/// How long to wait for the other tasks that an abort gives back: they go back together, in their order.
const GATHERING_TIME: Duration = Duration::from_secs(1);

/// The channel for the outcomes of attempts.
pub(crate) type Intake = mpsc::Sender<Outgoing>;

/// A channel to the settler.
pub(crate) fn intake() -> (Intake, mpsc::Receiver<Outgoing>) {
    mpsc::channel(MAX_WAITING)
}

/// Writes outcomes until every [`Intake`] is dropped and nothing is left. Then it waits at most `patience` for an unreachable
/// Redis.
pub(crate) async fn settle_all(
    shared: Arc<Shared>,
    incoming: mpsc::Receiver<Outgoing>,
    patience: Duration,
) {
    let trouble = || Trouble::new("settle", &shared.reporter);
    let settler = Settler {
        incoming,
        patience,
        give_up_at: None,
        waiting: Vec::new(),
        away: trouble(),
        refused: Vec::new(),
        refusal: trouble(),
        again_at: Instant::now(),
        shared,
    };
    settler.run().await;
}

struct Settler {
    shared: Arc<Shared>,
    incoming: mpsc::Receiver<Outgoing>,
    patience: Duration,
    /// Set once every intake is dropped.
    give_up_at: Option<Instant>,
    /// To be written next.
    waiting: Vec<Outgoing>,
    away: Trouble,
    /// Outcomes that Redis refuses while it accepts others.
    refused: Vec<Outgoing>,
    refusal: Trouble,
    /// When the refused outcomes are retried.
    again_at: Instant,
}

impl Settler {
    async fn run(mut self) {
        let (mut backoff, mut slower) = (Backoff::default(), Backoff::default());
        while self.gather().await {
            self.drop_expired();
            let batch = mem::take(&mut self.waiting);
            let left = write(&self.shared, batch).await;
            self.sort(left);
            if self.refused.is_empty() {
                slower.reset();
            } else if self.again_at <= Instant::now() || self.give_up_at.is_some() {
                self.try_refused().await;
                self.again_at = Instant::now() + slower.next();
            }
            self.give_up();
            if self.waiting.is_empty() {
                backoff.reset();
            } else {
                tokio::time::sleep(backoff.next()).await;
            }
        }
    }

    /// Waits for outcomes and takes all that have arrived. Returns false when every intake is dropped and nothing is left to
    /// write.
    async fn gather(&mut self) -> bool {
        let open = self.give_up_at.is_none();
        if self.waiting.is_empty() {
            tokio::select! {
                taken = self.incoming.recv_many(&mut self.waiting, MAX_BATCH), if open => {
                    if taken == 0 {
                        self.close();
                    }
                }
                () = sleep_until(self.again_at), if !self.refused.is_empty() => {}
                else => return false,
            }
        } else if open {
            // New outcomes join those that could not be written yet.
            while self.waiting.len() < MAX_WAITING {
                match self.incoming.try_recv() {
                    Ok(outgoing) => self.waiting.push(outgoing),
                    Err(TryRecvError::Empty) => break,
                    Err(TryRecvError::Disconnected) => {
                        self.close();
                        break;
                    }
                }
            }
        }
        self.gather_aborted().await;
        true
    }

    fn close(&mut self) {
        self.give_up_at = Some(Instant::now() + self.patience);
    }

    /// An abort ends many attempts at about the same time, in any order. Waits for the others and sorts the latest first: the
    /// task that goes back last is processed next.
    async fn gather_aborted(&mut self) {
        let aborted = |outgoing: &Outgoing| outgoing.settlement == Settlement::Requeue;
        if !self.waiting.iter().any(|one| !one.tried && aborted(one)) {
            return;
        }
        let until = Instant::now() + GATHERING_TIME;
        while self.give_up_at.is_none() {
            let more = self.incoming.recv_many(&mut self.waiting, MAX_BATCH);
            match timeout_at(until, more).await {
                Ok(0) => self.close(),
                Ok(_) => {}
                Err(_) => break,
            }
        }
        self.waiting
            .sort_by_key(|outgoing| Reverse(outgoing.number()));
    }

    /// Sorts unwritten outcomes into those that wait for Redis and those that Redis refuses.
    fn sort(&mut self, left: Vec<Unwritten>) {
        let (mut away, mut refusal) = (None, None);
        for Unwritten { outgoing, error } in left {
            if error.passing() {
                self.waiting.push(outgoing);
                away.get_or_insert(error);
            } else {
                // Its lease is no longer extended, so that recovery takes the task if the outcome is never written.
                outgoing.lease.let_go();
                self.refused.push(outgoing);
                refusal.get_or_insert(error);
            }
        }
        self.away.note(away.map_or(Ok(()), Err));
        if let Some(error) = refusal {
            self.refusal.note::<()>(Err(error));
        } else if self.refused.is_empty() {
            self.refusal.note(Ok(()));
        }
    }

    async fn try_refused(&mut self) {
        let mut refused = mem::take(&mut self.refused).into_iter();
        let mut left = Vec::new();
        for outgoing in refused.by_ref() {
            if let Err(unwritten) = try_write(&self.shared, vec![outgoing]).await {
                let away = unwritten.iter().any(|one| one.error.passing());
                left.extend(unwritten);
                if away {
                    break;
                }
            }
        }
        self.refused.extend(refused);
        self.sort(left);
    }

    /// At the end of the worker, drops outcomes that cannot be written: refused ones at once, others after `patience`.
    fn give_up(&mut self) {
        let Some(at) = self.give_up_at else {
            let many = self.refused.len().saturating_sub(MAX_WAITING);
            let oldest: Vec<Outgoing> = self.refused.drain(..many).collect();
            return self.lose(oldest);
        };
        let refused = mem::take(&mut self.refused);
        self.lose(refused);
        if at <= Instant::now() {
            let waiting = mem::take(&mut self.waiting);
            self.lose(waiting);
        }
    }

    /// Drops outcomes whose lease has ended: another worker may have taken the task.
    fn drop_expired(&mut self) {
        let expired = |outgoing: &mut Outgoing| !outgoing.lease.holds();
        let mut lost: Vec<Outgoing> = self.waiting.extract_if(.., expired).collect();
        lost.extend(self.refused.extract_if(.., expired));
        self.lose(lost);
    }

    fn lose(&self, lost: Vec<Outgoing>) {
        for Outgoing { claim, lease, .. } in lost {
            self.shared.register.remove(&claim.queue, &claim.id, &lease);
            self.shared
                .reporter
                .report(Event::OutcomeLost(TaskRef::of(&claim)));
        }
    }
}
