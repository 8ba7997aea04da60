//! Attempts that are not settled yet, by queue and id: two queues may contain the same id.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};

use crate::broker::{Leases, RunningTask};
use crate::task::{QueueName, TaskId};
use crate::worker::handlers::{StopReason, Stopper};

/// One attempt that is not settled yet.
#[derive(Debug)]
pub(crate) struct Running {
    /// What to announce of it.
    pub(crate) announced: RunningTask,
    pub(crate) stopper: Stopper,
    pub(crate) lease: Arc<Lease>,
}

/// Until when a lease is known to hold, and whether it is still held on to.
#[derive(Debug)]
pub(crate) struct Lease {
    /// A millisecond.
    until: AtomicI64,
    leases: Leases,
    let_go: AtomicBool,
}

impl Lease {
    /// A lease taken at `now`.
    pub(crate) fn new(leases: Leases, now: DateTime<Utc>) -> Self {
        Self {
            until: AtomicI64::new(leases.end(now).timestamp_millis()),
            leases,
            let_go: AtomicBool::new(false),
        }
    }

    /// Notes that it was extended at `now`.
    pub(crate) fn extended(&self, now: DateTime<Utc>) {
        let until = self.leases.end(now).timestamp_millis();
        self.until.store(until, Ordering::Relaxed);
    }

    /// Notes that somebody else has the task.
    fn lost(&self) {
        self.let_go();
        self.until.store(0, Ordering::Relaxed);
    }

    /// Whether nobody else may have taken the task up.
    pub(crate) fn holds(&self, now: DateTime<Utc>) -> bool {
        now.timestamp_millis() <= self.until.load(Ordering::Relaxed)
    }

    /// Lets it run out: an outcome that Redis refuses must not be held on to for ever.
    pub(crate) fn let_go(&self) {
        self.let_go.store(true, Ordering::Relaxed);
    }

    /// Whether it is to be extended.
    pub(crate) fn is_kept(&self) -> bool {
        !self.let_go.load(Ordering::Relaxed)
    }
}

type Key = (QueueName, TaskId);

/// All attempts that are not settled yet.
#[derive(Debug, Default)]
pub(crate) struct Register {
    running: Mutex<HashMap<Key, Arc<Running>>>,
    /// Attempts so far.
    count: AtomicU64,
}

impl Register {
    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Arc<Running>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an attempt and numbers it: a later one has a higher number.
    ///
    /// One of the same task that is there already has lost it, or it could not have been claimed again.
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

    /// Stops every attempt of a task with this id, whatever its queue: a cancellation names no queue.
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
