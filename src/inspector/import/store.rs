//! How the tasks of lines get into Redis.

use super::patience::Patience;
use crate::broker::Error;
use crate::document::read::DocumentError;
use crate::document::task::TaskDocument;
use crate::task::{QueueName, State, TaskId};

/// The task that a line describes.
pub(crate) trait Item: Send + Sync + Sized + 'static {
    /// For keys that a line does not have.
    type Defaults: Send + 'static;

    fn read(document: TaskDocument, defaults: &Self::Defaults) -> Result<Self, DocumentError>;

    fn id(&self) -> &TaskId;

    fn queue(&self) -> &QueueName;
}

/// For keys that a line of an import does not have.
pub(crate) type DefaultsOf<S> = <<S as Store>::Task as Item>::Defaults;

/// What an import makes of its lines.
pub(crate) trait Store: Send + Sync + Sized + 'static {
    type Task: Item;
    /// Batches that may be sent before the first is answered.
    const MAX_BATCHES: usize;

    /// Sends tasks, again while Redis does not answer and patience lasts. Returns the outcome of each.
    fn store(
        &self,
        tasks: &[Self::Task],
        patience: Patience<'_>,
    ) -> impl Future<Output = Vec<Result<Placed, Error>>> + Send;
}

/// How the task of a line comes to be in its queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Placed {
    /// It was stored, in this state.
    Stored(State),
    /// It was there already, or its id or uniqueness lock is taken and conflicts are ignored.
    Existing,
    /// It was stored when the input was read before, and is gone since.
    Gone,
}
