//! Attempts that are not settled yet, by queue and id: two queues may contain the same id.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::broker::{ClaimToken, RunningTask};
use crate::task::{QueueName, TaskId};
use crate::worker::handlers::{StopReason, Stopper};

/// One attempt that is not settled yet.
#[derive(Debug)]
pub(crate) struct Running {
    /// Its announcement.
    pub(crate) announced: RunningTask,
    pub(crate) stopper: Stopper,
    pub(crate) lease: Arc<Lease>,
    /// The claim that began it.
    pub(crate) token: ClaimToken,
}

/// The lease of one attempt, as known to this worker.
#[derive(Debug)]
pub(crate) struct Lease {
    /// Until then no other worker may take the task. By the monotonic clock, which cannot be set.
    holds_until: Mutex<Instant>,
    length: Duration,
    let_go: AtomicBool,
}

impl Lease {
    /// A lease that was requested at `asked_at`.
    pub(crate) fn new(length: Duration, asked_at: Instant) -> Self {
        Self {
            holds_until: Mutex::new(asked_at + length),
            length,
            let_go: AtomicBool::new(false),
        }
    }

    fn holds_until(&self) -> MutexGuard<'_, Instant> {
        self.holds_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Records that the extension requested at `asked_at` succeeded.
    pub(crate) fn extended(&self, asked_at: Instant) {
        *self.holds_until() = asked_at + self.length;
    }

    /// Records that another worker has the task.
    fn lost(&self) {
        self.let_go();
        *self.holds_until() = Instant::now();
    }

    /// Whether no other worker can have taken the task.
    pub(crate) fn holds(&self) -> bool {
        Instant::now() < *self.holds_until()
    }

    /// Stops extending it: it belongs to another worker, or Redis refuses the outcome, which must not hold its task forever.
    pub(crate) fn let_go(&self) {
        self.let_go.store(true, Ordering::Relaxed);
    }

    /// Whether it should be extended.
    pub(crate) fn is_kept(&self) -> bool {
        !self.let_go.load(Ordering::Relaxed)
    }
}

type Key = (QueueName, TaskId);

/// All attempts that are not settled yet.
#[derive(Debug, Default)]
pub(crate) struct Register {
    running: Mutex<HashMap<Key, Arc<Running>>>,
    /// Number of attempts so far.
    count: AtomicU64,
}

impl Register {
    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Arc<Running>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an attempt and returns its number: later attempts have higher numbers.
    ///
    /// An earlier attempt of the same task has lost its lease, or the task could not have been claimed again.
    pub(crate) fn add(&self, queue: QueueName, id: TaskId, running: Arc<Running>) -> u64 {
        if let Some(former) = self.lock().insert((queue, id), running) {
            former.lease.lost();
            former.stopper.stop(StopReason::LeaseLost);
        }
        self.count.fetch_add(1, Ordering::Relaxed)
    }

    /// Removes the attempt, unless a later one of the same task has taken its place.
    pub(crate) fn remove(&self, queue: &QueueName, id: &TaskId, lease: &Arc<Lease>) {
        let key = (queue.clone(), id.clone());
        let mut register = self.lock();
        if register
            .get(&key)
            .is_some_and(|current| Arc::ptr_eq(&current.lease, lease))
        {
            register.remove(&key);
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.lock().len()
    }

    /// All attempts, with queue and id.
    pub(crate) fn snapshot(&self) -> Vec<(Key, Arc<Running>)> {
        self.lock()
            .iter()
            .map(|(key, running)| (key.clone(), Arc::clone(running)))
            .collect()
    }

    /// Stops the attempts whose leases are over. Returns when the next one ends.
    pub(crate) fn stop_lost(&self) -> Option<Instant> {
        let mut next = None;
        for running in self.lock().values() {
            if running.lease.holds() {
                let end = *running.lease.holds_until();
                next = Some(next.map_or(end, |next: Instant| next.min(end)));
            } else {
                running.stopper.stop(StopReason::LeaseLost);
            }
        }
        next
    }

    /// Stops every attempt of a task with this id, in any queue: a cancellation does not name a queue.
    pub(crate) fn cancel(&self, id: &str) {
        for ((_, running_id), running) in &*self.lock() {
            if running_id.as_str() == id {
                running.stopper.stop(StopReason::Cancelled);
            }
        }
    }

    /// Stops every attempt.
    pub(crate) fn stop_all(&self, reason: StopReason) {
        for running in self.lock().values() {
            running.stopper.stop(reason);
        }
    }
}
