//! What a row of a list stands for.

use std::fmt;

use crate::document::audit::ChangeId;
use crate::document::schedule::{ScheduleState, Source};
use crate::inspector::doctor::{Code, Finding};
use crate::inspector::query::Query;
use crate::task::{QueueName, State, TaskId};

/// What a row stands for.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Target {
    Queue {
        name: QueueName,
        paused: bool,
    },
    Task(TaskTarget),
    /// A server, by its id.
    Server(String),
    Schedule {
        name: String,
        state: ScheduleState,
        source: Source,
    },
    /// Something that the thresholds find.
    Trouble {
        /// The queue, and whether it is paused.
        queue: Option<(QueueName, bool)>,
        /// Which tasks are concerned.
        tasks: Option<Box<Query>>,
    },
    /// Something that the doctor has found.
    Finding(FindingKey),
    /// A change in the audit log.
    AuditEntry {
        id: ChangeId,
        ended: bool,
    },
    /// A row that cannot be opened.
    Nothing,
}

impl Target {
    /// The queue that the row is about, and whether it is paused.
    pub(super) fn queue(&self) -> Option<(&QueueName, bool)> {
        match self {
            Self::Queue { name, paused } => Some((name, *paused)),
            Self::Trouble { queue, .. } => queue.as_ref().map(|(name, paused)| (name, *paused)),
            Self::Task(_)
            | Self::Server(_)
            | Self::Schedule { .. }
            | Self::Finding(_)
            | Self::AuditEntry { .. }
            | Self::Nothing => None,
        }
    }

    /// The task that the row is about.
    pub(super) const fn task(&self) -> Option<&TaskTarget> {
        match self {
            Self::Task(task) => Some(task),
            Self::Queue { .. }
            | Self::Trouble { .. }
            | Self::Server(_)
            | Self::Schedule { .. }
            | Self::Finding(_)
            | Self::AuditEntry { .. }
            | Self::Nothing => None,
        }
    }

    /// Whether it stays as it is.
    pub(super) const fn is_over(&self) -> bool {
        matches!(self, Self::AuditEntry { ended: true, .. })
    }

    /// What is marked when the row is.
    pub(super) fn mark(&self) -> Option<Mark> {
        match self {
            Self::Task(task) => Some(Mark::Task(task.queue.clone(), task.id.clone())),
            Self::Finding(finding) => Some(Mark::Finding(finding.clone())),
            Self::Queue { .. }
            | Self::Trouble { .. }
            | Self::Server(_)
            | Self::Schedule { .. }
            | Self::AuditEntry { .. }
            | Self::Nothing => None,
        }
    }
}

/// What can be marked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mark {
    Task(QueueName, TaskId),
    Finding(FindingKey),
}

/// What the doctor has found of a code in a queue, or outside of all queues.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct FindingKey {
    pub code: Code,
    pub queue: Option<QueueName>,
}

impl From<&Finding> for FindingKey {
    fn from(finding: &Finding) -> Self {
        Self {
            code: finding.code,
            queue: finding.queue.clone(),
        }
    }
}

impl fmt::Display for FindingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self.code.name();
        match &self.queue {
            Some(queue) => write!(f, "{code} in {queue}"),
            None => f.write_str(code),
        }
    }
}

/// A task, and what decides about its actions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TaskTarget {
    pub queue: QueueName,
    pub id: TaskId,
    pub state: State,
    pub orphaned: bool,
}
