//! What can go wrong between an operator and the queues, in variants that a caller can act on.

use crate::broker;
use crate::task::QueueName;

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
    /// The inspector may not change anything.
    #[error("cannot {0}: read-only is set")]
    ReadOnly(&'static str),
}

impl Error {
    /// Whether trying again later may help, with nothing changed on our side.
    pub fn passing(&self) -> bool {
        match self {
            Self::Broker(error) => error.passing(),
            Self::UnknownQueue { .. } | Self::ReadOnly(_) => false,
        }
    }
}
