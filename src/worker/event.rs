//! What happens in a worker, as data: for a log, for metrics, for a dashboard.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

pub(crate) use super::phase::Phase;
use crate::broker::Claim;
use crate::clock;
use crate::task::{QueueName, TaskId};

/// The task that an event is about.
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

/// How the error of a task begins that was released because this worker cannot start its handler.
pub(crate) const CANNOT_START: &str = "the handler cannot start: ";

/// How much an event matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoteLevel {
    /// What helps to find a fault.
    Debug,
    /// As it should be.
    Info,
    /// Worth a look.
    Warn,
    /// A handler does not do its work.
    Error,
}

/// What there is to say of a handler, besides the outcomes of its attempts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The pattern of its types.
    pub handler: String,
    /// How much it matters.
    pub level: NoteLevel,
    /// The task that it is about, if it is about one: its queue and id.
    pub task: Option<(String, String)>,
    /// The text.
    pub text: String,
}

/// Hooks of a handler that were not run, or did not end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HooksLost {
    /// One was not run, because too many were waiting.
    Dropped {
        /// The pattern of the handler.
        handler: String,
        /// The key of the hook in the configuration.
        hook: &'static str,
        /// The task whose attempt has ended.
        task: TaskRef,
        /// How many the worker has dropped, this one included.
        so_far: u64,
    },
    /// The worker has ended before them. They were killed, or had not begun.
    Killed {
        /// The pattern of the handler.
        handler: String,
        /// How many, at least one.
        hooks: usize,
    },
}

#[cfg(feature = "page")]
impl HooksLost {
    /// The pattern of the handler.
    pub(crate) fn handler(&self) -> &str {
        match self {
            Self::Dropped { handler, .. } | Self::Killed { handler, .. } => handler,
        }
    }

    /// How many are lost.
    pub(crate) const fn hooks(&self) -> usize {
        match self {
            Self::Dropped { .. } => 1,
            Self::Killed { hooks, .. } => *hooks,
        }
    }
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// It succeeded.
    Done,
    /// It succeeded, but its result was too large to store.
    ResultTooLarge {
        /// The same, in words.
        error: String,
    },
    /// It failed, and another attempt follows.
    Retry {
        /// What went wrong.
        error: String,
        /// When the next attempt is due.
        at: DateTime<Utc>,
    },
    /// It put its task back for later, and nothing was counted.
    Released {
        /// Why.
        error: String,
        /// When the next attempt is due.
        at: DateTime<Utc>,
    },
    /// It failed, and no attempt follows.
    Archived {
        /// What went wrong.
        error: String,
    },
    /// The worker ended it and put the task back at the head of its queue.
    Requeued,
    /// Another worker has the task now, so nothing was written.
    LeaseLost,
}

/// What has changed in the configuration of a worker while it runs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changes {
    /// Patterns of handlers, and those of groups as `groups."PATTERN"`.
    pub added: Vec<String>,
    /// The same, and names of settings for all handlers.
    pub changed: Vec<String>,
    /// As in `added`.
    pub removed: Vec<String>,
    /// Names of settings that differ from those of the worker, which only a restart would change.
    pub needs_restart: Vec<&'static str>,
}

#[cfg(feature = "cli")]
impl Changes {
    /// Both together.
    pub(crate) fn and(mut self, others: Self) -> Self {
        self.added.extend(others.added);
        self.changed.extend(others.changed);
        self.removed.extend(others.removed);
        self.needs_restart.extend(others.needs_restart);
        self
    }
}

/// An event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Redis accepts what the worker does: its first claim, and its announcement as a server.
    Ready,
    /// The worker has moved on to another phase.
    Phase(Phase),
    /// Tasks were claimed, of which the first had been pending for that long.
    Waited {
        /// Their queue.
        queue: QueueName,
        /// From when it was enqueued, or due, until now.
        waited: Duration,
    },
    /// An attempt has started.
    Started(TaskRef),
    /// A handler takes no tasks for a while: what it needs is overloaded or broken.
    HandlerPaused {
        /// The pattern of its types.
        pattern: String,
        /// For how long.
        pause: Duration,
        /// What is wrong.
        reason: String,
    },
    /// The handler works again.
    HandlerResumed {
        /// The pattern of its types.
        pattern: String,
    },
    /// Tasks were completed without an attempt.
    Discarded {
        /// Their queue.
        queue: QueueName,
        /// How many.
        tasks: usize,
    },
    /// An attempt has ended, and its outcome is written.
    Finished {
        /// The task.
        task: TaskRef,
        /// Its outcome.
        ended: Ended,
        /// How long the handler ran.
        took: Duration,
    },
    /// An attempt has ended, but its outcome could not be written before its lease expired or the worker ended.
    /// The task is recovered and runs again.
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
    /// A task whose worker has vanished was recovered.
    Recovered {
        /// The task.
        task: TaskRef,
        /// Whether it is retried or archived.
        ended: Ended,
    },
    /// The tasks of a group were merged into one task.
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
    /// The tasks of a group could not be merged. They return to their group later.
    NotMerged {
        /// The queue.
        queue: QueueName,
        /// The group.
        group: String,
        /// Why.
        error: String,
    },
    /// Something about a handler.
    Handler(Note),
    /// Hooks of a handler were not run, or did not end.
    HooksLost(HooksLost),
    /// The configuration was read again, and is in effect.
    Reloaded(Changes),
    /// The configuration was read again, and cannot be used. The former one stays in effect.
    ReloadRefused {
        /// The file, if there is one.
        path: Option<PathBuf>,
        /// What is wrong with it.
        error: String,
    },
    /// A duty of the worker failed, and is tried again.
    DutyFailed {
        /// Which duty.
        duty: &'static str,
        /// Why it failed.
        error: String,
    },
    /// The duty works again.
    DutyRecovered {
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

/// Receives the events of a worker.
#[derive(Clone)]
pub struct Reporter(Arc<dyn Fn(&Report) + Send + Sync>);

impl Reporter {
    /// `take` is called from the worker's tasks and should be quick.
    pub fn new(take: impl Fn(&Report) + Send + Sync + 'static) -> Self {
        Self(Arc::new(take))
    }

    /// Reports what happens now.
    pub(crate) fn report(&self, event: Event) {
        let at = clock::now();
        self.pass_on(&Report { at, event });
    }

    /// Reports what has happened.
    pub(crate) fn pass_on(&self, report: &Report) {
        (self.0)(report);
    }
}
