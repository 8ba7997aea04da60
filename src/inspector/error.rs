//! What can go wrong between an operator and the queues, in variants that a caller can act on.

use crate::broker;

/// A failed operation of an [`Inspector`](super::Inspector).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Redis, or what is in it.
    #[error(transparent)]
    Broker(#[from] broker::Error),
    /// The inspector may not change anything.
    #[error("cannot {0}: read-only is set")]
    ReadOnly(&'static str),
}
