//! What a worker runs now, by queue and id. Ids alone are not enough: two queues may hold the same one.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};

use super::handler::{StopReason, Stopper};
use crate::broker::{LEASE, RunningTask};
use crate::task::{QueueName, TaskId};

/// One attempt that is not settled yet.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) announced: RunningTask,
    pub(crate) stopper: Stopper,
    pub(crate) lease: Arc<Lease>,
}

/// Until when a lease is known to hold: a millisecond.
#[derive(Debug)]
pub(crate) struct Lease(AtomicI64);

impl Lease {
    /// A lease taken at `now`.
    pub(crate) fn new(now: DateTime<Utc>) -> Self {
        let lease = Self(AtomicI64::new(0));
        lease.extended(now);
        lease
    }

    /// Notes that it was extended at `now`.
    pub(crate) fn extended(&self, now: DateTime<Utc>) {
        self.0
            .store((now + LEASE).timestamp_millis(), Ordering::Relaxed);
    }

    /// Whether nobody else may have taken the task up.
    pub(crate) fn holds(&self, now: DateTime<Utc>) -> bool {
        now.timestamp_millis() <= self.0.load(Ordering::Relaxed)
    }
}

type Key = (QueueName, TaskId);

/// All attempts that are not settled yet.
#[derive(Debug, Default)]
pub(crate) struct Register(Mutex<HashMap<Key, Arc<Running>>>);

impl Register {
    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Arc<Running>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn add(&self, queue: QueueName, id: TaskId, running: Arc<Running>) {
        self.lock().insert((queue, id), running);
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
