//! What happens in a worker, as data. Whoever starts the worker decides what is made of it.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

pub(crate) use super::phase::Phase;
use crate::broker::Claim;
use crate::clock;
use crate::task::{QueueName, TaskId};

/// Which task an event is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskRef {
    /// Its queue.
    pub queue: QueueName,
    /// Its id.
    pub id: TaskId,
    /// Its type.
    pub kind: String,
    /// Retries counted before this attempt.
    pub retried: i32,
}

impl TaskRef {
    pub(crate) fn of(claim: &Claim) -> Self {
        Self {
            queue: claim.queue.clone(),
            id: claim.id.clone(),
            kind: claim.message.kind.clone(),
            retried: claim.message.retried,
        }
    }
}

/// How an attempt ended, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// It succeeded.
    Done,
    /// It failed and is tried again.
    Retry {
        /// What went wrong.
        error: String,
        /// When the next attempt is due.
        at: DateTime<Utc>,
    },
    /// It failed for good.
    Archived {
        /// What went wrong.
        error: String,
    },
    /// It was given back.
    Requeued,
    /// Somebody else has the task now; nothing was written.
    LeaseLost,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The worker claims tasks from now on.
    Ready,
    /// It has moved on to another phase.
    Phase(Phase),
    /// An attempt starts.
    Started(TaskRef),
    /// An attempt has ended and this is written.
    Finished {
        /// The task.
        task: TaskRef,
        /// How.
        ended: Ended,
        /// How long the handler ran.
        took: Duration,
    },
    /// An attempt has ended, but this could not be written until its lease was over, or until the worker
    /// ended. Recovery runs the task again.
    OutcomeLost(TaskRef),
    /// Ids without a message that can be decoded were taken out of their containers and set aside.
    SetAside {
        /// Their queue.
        queue: QueueName,
        /// The ids, at least one.
        ids: Vec<TaskId>,
    },
    /// The clocks of this machine and of the Redis server differ. Redis's counts.
    ClockDiffers {
        /// How far the clock of this machine is ahead; negative if it is behind.
        ahead: TimeDelta,
    },
    /// Tasks of a worker that vanished were taken up.
    Recovered(TaskRef),
    /// The tasks of a group were merged into one task, which is in the queue.
    Merged {
        /// The queue of all of them.
        queue: QueueName,
        /// The group.
        group: String,
        /// How many were merged.
        tasks: usize,
        /// The merged task.
        id: TaskId,
    },
    /// Tasks of a group could not be merged. They go back to their group after a while.
    NotMerged {
        /// The queue.
        queue: QueueName,
        /// The group.
        group: String,
        /// Why.
        error: String,
    },
    /// Something did not work and will be tried again.
    Trouble {
        /// Which duty.
        duty: &'static str,
        /// Why.
        error: String,
    },
    /// It works again.
    Better {
        /// Which duty.
        duty: &'static str,
    },
}

/// An event, and when it happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// By the clock of this machine.
    pub at: DateTime<Utc>,
    /// What happened.
    pub event: Event,
}

/// Takes reports, whoever reads them: a log, metrics, a dashboard.
#[derive(Clone)]
pub struct Reporter(Arc<dyn Fn(&Report) + Send + Sync>);

impl Reporter {
    /// `take` is called from the worker's tasks and should be quick.
    pub fn new(take: impl Fn(&Report) + Send + Sync + 'static) -> Self {
        Self(Arc::new(take))
    }

    /// Reports what has just happened.
    pub(crate) fn report(&self, event: Event) {
        let at = clock::now();
        (self.0)(&Report { at, event });
    }
}
