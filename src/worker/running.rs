//! Attempts that are not settled yet, by queue and id: two queues may contain the same id.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::broker::RunningTask;
use crate::task::{QueueName, TaskId};
use crate::worker::handlers::{StopReason, Stopper};

/// One attempt that is not settled yet.
#[derive(Debug)]
pub(crate) struct Running {
    /// Its announcement.
    pub(crate) announced: RunningTask,
    pub(crate) stopper: Stopper,
    pub(crate) lease: Arc<Lease>,
}

/// The lease of one attempt, as known to this worker.
#[derive(Debug)]
pub(crate) struct Lease {
    ends: Mutex<Ends>,
    length: Duration,
    let_go: AtomicBool,
}

#[derive(Debug, Clone, Copy)]
struct Ends {
    /// Until then no other worker may take the task. By the monotonic clock, which cannot be set.
    holds_until: Instant,
    /// The latest end that was sent to Redis, answered or not: a second of Redis's clock.
    written: i64,
}

impl Lease {
    /// A lease that was requested at `asked_at` and ends by the second `written`.
    pub(crate) fn new(length: Duration, asked_at: Instant, written: i64) -> Self {
        Self {
            ends: Mutex::new(Ends {
                holds_until: asked_at + length,
                written,
            }),
            length,
            let_go: AtomicBool::new(false),
        }
    }

    fn ends(&self) -> MutexGuard<'_, Ends> {
        self.ends.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The latest end that was written. A lease that ends later belongs to another worker.
    pub(crate) fn written(&self) -> i64 {
        self.ends().written
    }

    /// Records that an extension to `end` is about to be sent. Returns the latest end before that.
    pub(crate) fn extend(&self, end: i64) -> i64 {
        let mut ends = self.ends();
        let before = ends.written;
        ends.written = before.max(end);
        before
    }

    /// Records that the extension requested at `asked_at` succeeded.
    pub(crate) fn extended(&self, asked_at: Instant) {
        self.ends().holds_until = asked_at + self.length;
    }

    /// Records that another worker has the task.
    fn lost(&self) {
        self.let_go();
        self.ends().holds_until = Instant::now();
    }

    /// Whether no other worker can have taken the task.
    pub(crate) fn holds(&self) -> bool {
        Instant::now() < self.ends().holds_until
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

    /// Whether an attempt of this task is not settled yet.
    pub(crate) fn has(&self, queue: &QueueName, id: &TaskId) -> bool {
        self.lock().contains_key(&(queue.clone(), id.clone()))
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
