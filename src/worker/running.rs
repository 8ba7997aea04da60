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
    /// What to announce of it.
    pub(crate) announced: RunningTask,
    pub(crate) stopper: Stopper,
    pub(crate) lease: Arc<Lease>,
}

/// The lease of one attempt, as far as this worker knows.
#[derive(Debug)]
pub(crate) struct Lease {
    ends: Mutex<Ends>,
    length: Duration,
    let_go: AtomicBool,
}

#[derive(Debug, Clone, Copy)]
struct Ends {
    /// Until then nobody else may take the task: by the monotonic clock, which nobody sets.
    holds_until: Instant,
    /// The latest end that was sent to Redis, whether or not it was answered: a second of Redis's clock.
    written: i64,
}

impl Lease {
    /// A lease that was asked for at `asked_at`, and ends by the second `written`.
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

    /// The latest end that was written. A later one in Redis is somebody else's.
    pub(crate) fn written(&self) -> i64 {
        self.ends().written
    }

    /// Notes that it is about to be extended to `end`. Returns the latest end before.
    pub(crate) fn extend(&self, end: i64) -> i64 {
        let mut ends = self.ends();
        let before = ends.written;
        ends.written = before.max(end);
        before
    }

    /// Notes that an extension asked for at `asked_at` succeeded.
    pub(crate) fn extended(&self, asked_at: Instant) {
        self.ends().holds_until = asked_at + self.length;
    }

    /// Notes that somebody else has the task.
    fn lost(&self) {
        self.let_go();
        self.ends().holds_until = Instant::now();
    }

    /// Whether nobody else may have taken the task.
    pub(crate) fn holds(&self) -> bool {
        Instant::now() < self.ends().holds_until
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
