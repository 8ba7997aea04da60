//! What can go wrong between an operator and the queues, in variants that a caller can act on.

use crate::broker;
use crate::task::{QueueName, State, TaskId};

/// A failed operation of an [`Inspector`](super::Inspector).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Redis, or what is in it.
    #[error(transparent)]
    Broker(#[from] broker::Error),
    /// No queue has this name, or no queue matches this glob.
    #[error("queue {:?} does not exist", .queue.as_str())]
    UnknownQueue {
        queue: QueueName,
        /// The queue that was most likely meant.
        nearest: Option<String>,
    },
    /// A task that is waited for is not in its queue, and how it ended was not seen.
    #[error("task {:?} is not in queue {:?} any more, and how it ended is not known", .id.as_str(), .queue.as_str())]
    TaskGone { queue: QueueName, id: TaskId },
    /// A task that is waited for has not ended in time.
    #[error("task {:?} in queue {:?} has not ended in time ({})", .id.as_str(), .queue.as_str(), seen(*.state))]
    WaitTimedOut {
        queue: QueueName,
        id: TaskId,
        /// The state at the last look; `None` if there was no answer.
        state: Option<State>,
    },
    /// The inspector may not change anything.
    #[error("cannot {0}: read-only is set")]
    ReadOnly(&'static str),
}

fn seen(state: Option<State>) -> String {
    state.map_or_else(
        || "it was not seen".to_owned(),
        |state| format!("its state is {state}"),
    )
}

impl Error {
    /// Whether trying again later may help, with nothing changed on our side.
    pub fn passing(&self) -> bool {
        match self {
            Self::Broker(error) => error.passing(),
            Self::UnknownQueue { .. }
            | Self::TaskGone { .. }
            | Self::WaitTimedOut { .. }
            | Self::ReadOnly(_) => false,
        }
    }
}
