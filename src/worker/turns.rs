//! Handlers with a limit of tasks at a time, and the tasks that wait for their turn.
//!
//! A task without a turn is not claimed, so that it holds neither a slot nor a lease: the claim puts it in line, in Redis.
//! The line of a handler is shared by all workers that have a handler with that pattern; a worker with a free turn takes
//! the first task. This module only remembers which lines may have tasks.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use super::gate::{Gate, Pass};
use super::quota::{Place, Quota};
use crate::broker::{Broker, Error};
use crate::task::QueueName;

/// Permission to run one task of a handler. Dropping it gives it back.
#[derive(Debug)]
pub(crate) struct Turn {
    _permit: Option<OwnedSemaphorePermit>,
    _pass: Option<Pass>,
    /// That of a limit across workers.
    place: Option<Place>,
}

impl Turn {
    /// Records that a task begins.
    pub(crate) const fn begin(&mut self) {
        if let Some(place) = &mut self.place {
            place.begin();
        }
    }

    /// The turn of a handler without a limit.
    pub(crate) const fn unlimited() -> Self {
        Self {
            _permit: None,
            _pass: None,
            place: None,
        }
    }
}

/// The turns of one handler.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    /// Unset: no limit.
    free: OnceLock<Arc<Semaphore>>,
    gate: Gate,
    /// The limit across workers, if there is one.
    quota: Option<Arc<Quota>>,
    /// The queues whose tasks may wait in line.
    queues: Mutex<HashSet<QueueName>>,
}

impl Turns {
    pub(crate) fn new(limit: Option<usize>, gate: Gate, quota: Option<Arc<Quota>>) -> Self {
        let turns = Self {
            gate,
            quota,
            ..Self::default()
        };
        if let Some(limit) = limit {
            turns.narrow(limit);
        }
        turns
    }

    /// Sets a limit, or lowers the one there is. No turn has been taken yet.
    pub(crate) fn narrow(&self, limit: usize) {
        let free = self.free.get_or_init(|| Arc::new(Semaphore::new(limit)));
        free.forget_permits(free.available_permits().saturating_sub(limit));
    }

    fn queues(&self) -> MutexGuard<'_, HashSet<QueueName>> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A turn in this worker, if one is free.
    fn take(&self) -> Option<Turn> {
        let permit = match self.free.get() {
            Some(free) => Some(Arc::clone(free).try_acquire_owned().ok()?),
            None => None,
        };
        Some(Turn {
            _permit: permit,
            _pass: Some(self.gate.pass()?),
            place: None,
        })
    }

    /// Up to `limit` turns in this worker. With a limit across workers, they still need [`Self::admit`].
    pub(crate) fn take_some(&self, limit: usize) -> Vec<Turn> {
        let limit = match &self.quota {
            Some(quota) => quota.worth_asking(limit),
            None => limit,
        };
        (0..limit).map_while(|_| self.take()).collect()
    }

    /// Keeps as many of these turns as a limit across workers has places for.
    pub(crate) async fn admit(
        &self,
        broker: &Broker,
        mut turns: Vec<Turn>,
    ) -> Result<Vec<Turn>, Error> {
        if let Some(quota) = &self.quota {
            let places = quota.take(broker, turns.len()).await?;
            turns.truncate(places.len());
            for (turn, place) in turns.iter_mut().zip(places) {
                turn.place = Some(place);
            }
        }
        Ok(turns)
    }

    /// Whether there is a limit, and a turn is free in this worker.
    pub(crate) fn has_free(&self) -> bool {
        let free = match self.free.get() {
            Some(free) => free.available_permits() > 0,
            None => self.quota.is_some(),
        };
        self.gate.is_open() && free
    }

    /// Whether tasks may have to wait for their turn.
    pub(crate) fn is_limited(&self) -> bool {
        self.free.get().is_some() || self.quota.is_some() || !self.gate.is_open()
    }

    /// Whether pending tasks wait in line before they get a turn: a limit across workers is only asked for places if there
    /// are tasks for them.
    pub(crate) fn line_first(&self) -> bool {
        self.quota.is_some() || self.expects_any()
    }

    /// When a turn is free for tasks in line at the earliest, if a closed gate or a limit across workers says so.
    pub(crate) fn opens_at(&self) -> Option<Instant> {
        let asks_at = self.quota.as_ref().and_then(|quota| quota.asks_at());
        let at = self.gate.opens_at().max(asks_at);
        at.filter(|_| self.expects_any())
    }

    /// Records that tasks of this queue may wait in line.
    pub(crate) fn expect(&self, queue: &QueueName) {
        let mut queues = self.queues();
        if !queues.contains(queue) {
            queues.insert(queue.clone());
        }
    }

    /// Records that no tasks of this queue wait in line.
    pub(crate) fn expect_none(&self, queue: &QueueName) {
        self.queues().remove(queue);
    }

    /// Whether tasks of this queue may wait in line.
    pub(crate) fn expects(&self, queue: &QueueName) -> bool {
        self.queues().contains(queue)
    }

    /// Whether tasks of any queue may wait in line.
    pub(crate) fn expects_any(&self) -> bool {
        !self.queues().is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_come_back_and_no_limit_has_no_end() {
        let turns = Turns::new(Some(1), Gate::default(), None);
        let turn = turns.take();
        assert!(turn.is_some() && turns.take().is_none() && !turns.has_free());
        drop(turn);
        assert!(turns.has_free());
        let narrowed = Turns::new(Some(5), Gate::default(), None);
        narrowed.narrow(9);
        narrowed.narrow(2);
        assert_eq!(narrowed.take_some(100).len(), 2);
        let endless = Turns::new(None, Gate::default(), None);
        assert_eq!(endless.take_some(100).len(), 100);
        assert!(!endless.has_free());
    }

    #[tokio::test(start_paused = true)]
    async fn a_closed_gate_keeps_turns_back() {
        let (gate, queue) = (Gate::default(), QueueName::default());
        let turns = Turns::new(None, gate.clone(), None);
        assert!(turns.take().is_some() && !turns.is_limited());
        let later = Instant::now() + std::time::Duration::from_secs(1);
        gate.close(later);
        assert!(turns.take().is_none() && turns.is_limited());
        assert_eq!(turns.opens_at(), None);
        turns.expect(&queue);
        assert_eq!(turns.opens_at(), Some(later));
        tokio::time::advance(std::time::Duration::from_secs(1)).await;
        assert_eq!(turns.take_some(5).len(), 1);
    }

    #[test]
    fn tasks_are_expected_until_an_empty_line_says_otherwise() {
        let (turns, queue) = (
            Turns::new(Some(1), Gate::default(), None),
            QueueName::default(),
        );
        assert!(!turns.expects_any());
        turns.expect(&queue);
        assert!(turns.expects(&queue) && turns.expects_any());
        turns.expect_none(&queue);
        assert!(!turns.expects_any());
    }
}
