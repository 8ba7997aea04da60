//! Errors of the library.

use crate::broker::{AddressError, Error as BrokerError};
use crate::inspector::Error as InspectorError;
use crate::task::{Invalid, NameError};
use crate::worker::StopReason;

/// Any error of a program's handler, aggregator or provider.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Why a call of this library failed.
///
/// ```no_run
/// # async fn example(client: qctl::Client, task: qctl::Task) -> Result<(), qctl::Error> {
/// match client.enqueue(task).await {
///     Ok(enqueued) => println!("{}", enqueued.id),
///     Err(error) if error.is_duplicate() => println!("it is in the queue already"),
///     Err(error) => return Err(error),
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The URL names no Redis server. Its text does not repeat the URL, which may hold a password.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// A blank queue, id or type.
    #[error(transparent)]
    Name(#[from] NameError),
    /// An option of a task that Asynq would refuse.
    #[error(transparent)]
    Option(#[from] Invalid),
    /// An invalid setting of a worker or scheduler, such as a queue with weight 0.
    #[error("{0}")]
    Setting(String),
    /// A periodic task with a spec or options with which it can never be enqueued.
    #[error("schedule {name:?}: {what}; {hint}")]
    Schedule {
        /// Its name, or the name that it would get.
        name: String,
        /// What is wrong.
        what: String,
        /// What to do.
        hint: String,
    },
    /// A provider of periodic tasks failed.
    #[error("cannot get the periodic tasks")]
    Provider(#[source] BoxError),
    /// The payload cannot be written as JSON.
    #[error("the payload cannot be written as JSON")]
    Json(#[source] serde_json::Error),
    /// Redis cannot be reached, refuses, or holds data that does not allow the operation.
    #[error(transparent)]
    Broker(#[from] BrokerError),
    /// An invalid selection, or a change that is not possible.
    #[error(transparent)]
    Inspector(InspectorError),
    /// The attempt must end, so its result is no longer written.
    #[error("the attempt must end, so its result is not written")]
    AttemptOver(StopReason),
    /// The worker or scheduler panicked. Its tasks are recovered by other workers.
    #[error("the worker or scheduler panicked")]
    Crashed,
    /// The signal handlers of the process cannot be installed.
    #[error("cannot listen for signals")]
    Signals(#[source] std::io::Error),
}

impl From<InspectorError> for Error {
    fn from(error: InspectorError) -> Self {
        match error {
            InspectorError::Broker(error) => Self::Broker(error),
            error => Self::Inspector(error),
        }
    }
}

impl Error {
    /// Another task holds the uniqueness lock (Asynq's `ErrDuplicateTask`).
    pub const fn is_duplicate(&self) -> bool {
        matches!(self, Self::Broker(BrokerError::Duplicate { .. }))
    }

    /// Another task of the queue has the id (Asynq's `ErrTaskIDConflict`).
    pub const fn is_id_taken(&self) -> bool {
        matches!(self, Self::Broker(BrokerError::IdTaken { .. }))
    }

    /// Whether the same call may succeed later: Redis does not answer, is loading its data, is out of memory, or is a replica.
    pub const fn is_temporary(&self) -> bool {
        matches!(self, Self::Broker(error) if error.passing())
    }
}
