//! Handlers with a limit of tasks at a time, and the tasks that wait for their turn.
//!
//! A task without a turn is not claimed, so that it holds neither a slot nor a lease: the claim puts it in line, in Redis.
//! The line of a handler is shared by all workers that have a handler with that pattern; a worker with a free turn takes
//! the first task. This module only remembers which lines may have tasks.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

use super::gate::Pass;
use super::quota::{Place, Quota};
use super::room::Room;
use super::seats::{Seat, Seats};
use crate::broker::{Broker, Error};
use crate::task::QueueName;

/// Permission to run one task of a handler. Dropping it gives it back.
#[derive(Debug, Default)]
pub(crate) struct Turn {
    /// Of the pattern, and of the handler.
    _seats: [Option<Seat>; 2],
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

    /// Records that the task for it could not be claimed.
    pub(crate) const fn cannot_serve(&mut self) {
        if let Some(place) = &mut self.place {
            place.cannot_serve();
        }
    }
}

/// What is known of the tasks of a pattern, also after its handler or its limit has changed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Line {
    running: Seats,
    /// The queues whose tasks may wait in line.
    queues: Arc<Mutex<HashSet<QueueName>>>,
}

/// The turns of one handler.
#[derive(Debug)]
pub(crate) struct Turns {
    /// In this worker; `None`: no limit.
    limit: Option<usize>,
    line: Line,
    room: Arc<Room>,
    /// The limit across workers, if there is one.
    quota: Option<Arc<Quota>>,
}

impl Turns {
    pub(crate) const fn new(
        limit: Option<usize>,
        line: Line,
        room: Arc<Room>,
        quota: Option<Arc<Quota>>,
    ) -> Self {
        Self {
            limit,
            line,
            room,
            quota,
        }
    }

    fn queues(&self) -> MutexGuard<'_, HashSet<QueueName>> {
        let queues = &self.line.queues;
        queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A turn in this worker, if one is free.
    fn take(&self) -> Option<Turn> {
        let seat = self.line.running.take(self.limit)?;
        Some(Turn {
            _seats: [Some(seat), Some(self.room.take()?)],
            _pass: Some(self.room.gate.pass()?),
            place: None,
        })
    }

    /// The turn of a task that is claimed already. It counts, even if there is no limit: there may be one soon.
    pub(crate) fn take_beyond(&self) -> Turn {
        Turn {
            _seats: [self.line.running.take(None), self.room.take_beyond()],
            ..Turn::default()
        }
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
        let limited = self.limit.is_some() || self.room.is_limited() || self.quota.is_some();
        let below = |limit: usize| self.line.running.taken() < limit;
        let free = self.limit.is_none_or(below) && self.room.has_free();
        limited && free && self.room.gate.is_open()
    }

    /// Whether tasks may have to wait for their turn.
    pub(crate) fn is_limited(&self) -> bool {
        self.limit.is_some()
            || self.room.is_limited()
            || self.quota.is_some()
            || !self.room.gate.is_open()
    }

    /// Whether pending tasks wait in line before they get a turn: a limit across workers is only asked for places if there
    /// are tasks for them.
    pub(crate) fn line_first(&self) -> bool {
        self.quota.is_some() || self.expects_any()
    }

    /// When a turn is free for tasks in line at the earliest, if a closed gate or a limit across workers says so.
    pub(crate) fn opens_at(&self) -> Option<Instant> {
        let asks_at = self.quota.as_ref().and_then(|quota| quota.asks_at());
        let at = self.room.gate.opens_at().max(asks_at);
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
    use crate::worker::gate::Gate;

    fn turns(limit: Option<usize>) -> Turns {
        Turns::new(limit, Line::default(), Arc::default(), None)
    }

    #[test]
    fn turns_come_back_and_no_limit_has_no_end() {
        let turns_of_one = turns(Some(1));
        let turn = turns_of_one.take();
        assert!(turn.is_some() && turns_of_one.take().is_none() && !turns_of_one.has_free());
        drop(turn);
        assert!(turns_of_one.has_free());
        let endless = turns(None);
        assert_eq!(endless.take_some(100).len(), 100);
        assert!(!endless.has_free());
    }

    #[test]
    fn a_new_limit_counts_tasks_that_began_under_the_old_one() {
        let old = turns(None);
        let mut running = vec![old.take_beyond(), old.take_beyond()];
        let new = Turns::new(Some(2), old.line.clone(), Arc::clone(&old.room), None);
        assert!(new.take().is_none() && !new.has_free());
        running.pop();
        assert_eq!(new.take_some(100).len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_closed_gate_keeps_turns_back() {
        let queue = QueueName::default();
        let turns = turns(None);
        let gate: &Gate = &turns.room.gate;
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
        let (turns, queue) = (turns(Some(1)), QueueName::default());
        assert!(!turns.expects_any());
        turns.expect(&queue);
        assert!(turns.expects(&queue) && turns.expects_any());
        turns.expect_none(&queue);
        assert!(!turns.expects_any());
    }
}
