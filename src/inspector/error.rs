//! Errors of operator actions, in variants that a caller can act on.

use super::expression::ExpressionError;
use crate::broker;
use crate::schedule::form::Mistake;
use crate::task::transition::{Action, Refusal};
use crate::task::{QueueName, State, TaskId};

/// A failed operation of an [`Inspector`](super::Inspector).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Redis failed, or its data does not allow the action.
    #[error(transparent)]
    Broker(#[from] broker::Error),
    /// No queue has this name, or no queue matches this glob.
    #[error("{}", unknown(.queue))]
    UnknownQueue {
        queue: QueueName,
        /// The queue that was most likely meant.
        nearest: Option<String>,
    },
    /// An awaited task is no longer in its queue, and how it ended was not seen.
    #[error("task {:?} no longer exists in queue {:?}, and how it ended is unknown", .id.as_str(), .queue.as_str())]
    TaskGone { queue: QueueName, id: TaskId },
    /// An awaited task cannot be read, so a worker has set it aside.
    #[error("task {:?} in queue {:?} was set aside: its message cannot be read", .id.as_str(), .queue.as_str())]
    SetAside { queue: QueueName, id: TaskId },
    /// An awaited task has not ended in time.
    #[error("timed out waiting for task {:?} in queue {:?} ({})", .id.as_str(), .queue.as_str(), seen(*.state))]
    WaitTimedOut {
        queue: QueueName,
        id: TaskId,
        /// The state at the last look; `None` if there was no answer.
        state: Option<State>,
    },
    /// The spec, the time zone or the options of a schedule are invalid.
    #[error("{}", .0.what)]
    Spec(Mistake),
    /// Another schedule has the name, and is not to be replaced.
    #[error("another schedule is called {name:?}{}", differing(.keys))]
    ScheduleTaken {
        name: String,
        /// The keys in which it differs.
        keys: Vec<String>,
    },
    /// An entry of a Go scheduler, which only its own program can change.
    #[error("schedule {name:?} belongs to the Go scheduler {scheduler_id:?}")]
    ScheduleOfGo { name: String, scheduler_id: String },
    /// The stored definition cannot be read.
    #[error("schedule {name:?} cannot be read ({reason})")]
    ScheduleUnreadable { name: String, reason: String },
    /// The expression makes no new payload of the old one.
    #[error("task {:?} in queue {:?} cannot be edited: {error}", .id.as_str(), .queue.as_str())]
    Payload {
        queue: QueueName,
        id: TaskId,
        error: ExpressionError,
    },
    /// The task was taken out of its queue by a move to another one, and is not there yet.
    #[error("task {:?} is on its way from queue {:?} to another one", .id.as_str(), .queue.as_str())]
    Moving { queue: QueueName, id: TaskId },
    /// An edit was sent, and no answer says whether it was made.
    #[error("{cause}: task {:?} in queue {:?} may have been edited", .id.as_str(), .queue.as_str())]
    Unconfirmed {
        queue: QueueName,
        id: TaskId,
        cause: Box<broker::Error>,
    },
    /// The inspector may not change anything.
    #[error("cannot {0}: read-only is set")]
    ReadOnly(&'static str),
    /// A change needs ids or queues, and some changes a state.
    #[error("no tasks are selected to {}", .0.verb())]
    NoTarget(Action),
    /// Ids and filters are given at the same time.
    #[error("tasks are selected either by id, or by state, group and filters")]
    IdsAndFilters,
    /// The action takes one task at a time.
    #[error("cannot {} a selection of tasks", .0.verb())]
    NotForSelections(Action),
    /// Without a state the action would have to guess what to change.
    #[error("a selection of tasks to {} needs a state", .0.verb())]
    NoState(Action),
    /// The action does not apply to tasks in this state.
    #[error("cannot {} {state} tasks (they are {refusal})", .action.verb())]
    StateRefused {
        /// The action.
        action: Action,
        /// The state.
        state: State,
        /// Why not.
        refusal: Refusal,
    },
    /// Tasks of a group are in the state aggregating.
    #[error("tasks of a group are always in state aggregating")]
    GroupAndState,
    /// No task in these states has an age.
    #[error("{} tasks have no age: Redis does not store since when they have been in their state", alternatives(.0))]
    NoAge(Vec<State>),
    /// Tasks of several queues have this id.
    #[error("task {:?} is in several queues: {}", .id.as_str(), names(.queues))]
    Ambiguous {
        /// The id.
        id: TaskId,
        /// The queues.
        queues: Vec<QueueName>,
    },
    /// No id begins with this text.
    #[error("no task id begins with {short:?}{}", searched(*.looked_at))]
    UnknownShortId {
        /// The beginning of a UUID.
        short: String,
        /// How many ids were looked at; `None` = all.
        looked_at: Option<u64>,
    },
    /// Several ids begin with this text.
    #[error("several task ids begin with {short:?}: {}", ids.iter().map(TaskId::as_str).take(5).collect::<Vec<_>>().join(", "))]
    AmbiguousShortId {
        /// The beginning of UUIDs.
        short: String,
        /// The ids.
        ids: Vec<TaskId>,
    },
    /// There is an id in a container, and no task at its key.
    #[error("task {:?} in queue {:?} cannot be read", .id.as_str(), .queue.as_str())]
    Unreadable {
        /// The queue.
        queue: QueueName,
        /// The id.
        id: TaskId,
    },
    /// The archive would overflow, and its oldest tasks be deleted.
    #[error(
        "an archive holds {} tasks, and archiving {matched} more would delete {lost} for good",
        crate::task::MAX_ARCHIVED
    )]
    WouldTrim {
        /// Tasks to be archived.
        matched: u64,
        /// Tasks that would be deleted.
        lost: u64,
    },
    /// The filter expression has no answer for a task.
    #[error("the filter cannot be used on task {:?} ({error})", .id.as_str())]
    Filter {
        /// The task.
        id: TaskId,
        /// Why not.
        error: ExpressionError,
    },
}

impl Error {
    /// The queue and the task that it is about.
    pub(crate) const fn subject(&self) -> (Option<&QueueName>, Option<&TaskId>) {
        match self {
            Self::Broker(error) => error.subject(),
            Self::UnknownQueue { queue, .. } => (Some(queue), None),
            Self::TaskGone { queue, id }
            | Self::SetAside { queue, id }
            | Self::WaitTimedOut { queue, id, .. }
            | Self::Payload { queue, id, .. }
            | Self::Moving { queue, id }
            | Self::Unconfirmed { queue, id, .. }
            | Self::Unreadable { queue, id } => (Some(queue), Some(id)),
            Self::Ambiguous { id, .. } | Self::Filter { id, .. } => (None, Some(id)),
            Self::UnknownShortId { .. }
            | Self::AmbiguousShortId { .. }
            | Self::Spec(_)
            | Self::ScheduleTaken { .. }
            | Self::ScheduleOfGo { .. }
            | Self::ScheduleUnreadable { .. }
            | Self::ReadOnly(_)
            | Self::NoTarget(_)
            | Self::IdsAndFilters
            | Self::NotForSelections(_)
            | Self::NoState(_)
            | Self::StateRefused { .. }
            | Self::GroupAndState
            | Self::NoAge(_)
            | Self::WouldTrim { .. } => (None, None),
        }
    }

    /// Whether there is no task with the id.
    pub(crate) const fn is_not_found(&self) -> bool {
        matches!(
            self,
            Self::Broker(broker::Error::TaskNotFound { .. } | broker::Error::NotATask { .. })
                | Self::Moving { .. }
        )
    }

    /// Whether the task of a selection has gone, or into a state of which the selection does not speak.
    pub(super) const fn is_of_moved_task(&self) -> bool {
        let Self::Broker(error) = self else {
            return false;
        };
        match error {
            broker::Error::WrongState { refusal, .. } => !matches!(refusal, Refusal::NotScheduled),
            broker::Error::Duplicate { .. }
            | broker::Error::IdTaken { .. }
            | broker::Error::EnqueuedBefore { .. } => false,
            _ => true,
        }
    }

    /// Whether trying again later may help, with nothing changed on our side.
    pub fn passing(&self) -> bool {
        matches!(self, Self::Broker(error) if error.passing())
    }
}

fn names(queues: &[QueueName]) -> String {
    let names: Vec<&str> = queues.iter().map(QueueName::as_str).collect();
    names.join(", ")
}

fn alternatives(states: &[State]) -> String {
    let names: Vec<&str> = states.iter().map(|state| state.name()).collect();
    names.join(" and ")
}

fn unknown(queue: &QueueName) -> String {
    let name = queue.as_str();
    if name.contains(['*', '?']) {
        format!("no queue matches {name:?}")
    } else {
        format!("queue {name:?} does not exist")
    }
}

fn seen(state: Option<State>) -> String {
    state.map_or_else(
        || "it was not seen".to_owned(),
        |state| format!("its state is {state}"),
    )
}

fn searched(ids: Option<u64>) -> String {
    ids.map_or_else(String::new, |ids| {
        format!(" (searched the first {ids} tasks)")
    })
}

fn differing(keys: &[String]) -> String {
    if keys.is_empty() {
        return String::new();
    }
    format!(" (it differs in {})", keys.join(", "))
}

impl From<Mistake> for Error {
    fn from(mistake: Mistake) -> Self {
        Self::Spec(mistake)
    }
}
