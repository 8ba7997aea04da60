//! A task as text for an editor: what it says, and the edit that a changed text stands for.
//!
//! The text has a line for each option of `qctl edit`, then the line `payload: ENCODING`, and below it the payload to the end.
//! Lines above the payload that begin with `#` are comments.

mod form;
mod read;
#[cfg(test)]
mod tests;
mod text;

use chrono::{DateTime, Utc};

pub(crate) use form::{CopyFields, Fields, Mistake, may_be_unset};
pub(crate) use text::{encoding_name, with_error};

use super::edit::{Edit, NewPayload};
use super::version::Version;
use super::{Error, FoundTask, Inspector, Options, Selection};
use crate::broker;
use crate::task::transition::Action;
use crate::task::{Message, QueueName, State, TaskId};

/// A task that is to be edited as text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Draft {
    pub(crate) queue: QueueName,
    pub(crate) id: TaskId,
    state: State,
    message: Message,
    version: Version,
    /// When it is due, of a scheduled task or a retry.
    start_at: Option<DateTime<Utc>>,
}

impl Inspector {
    /// Reads the task with this id in the queues of these names or globs, or in all queues, to edit it as text.
    ///
    /// # Errors
    /// When there is no such task, or its state does not allow edits.
    pub(crate) async fn draft(&self, named: &[QueueName], id: &TaskId) -> Result<Draft, Error> {
        let found = self.task(named, id).await?;
        if let Err(refusal) = found.after(Action::Edit, self.now()) {
            return Err(Error::Broker(broker::Error::WrongState {
                verb: Action::Edit.verb(),
                queue: found.queue,
                id: found.id,
                state: found.state,
                refusal,
            }));
        }
        self.draft_of(found).await
    }

    /// The same for a task of which a copy is made: its state does not matter.
    ///
    /// # Errors
    /// When there is no such task.
    pub(crate) async fn original(&self, named: &[QueueName], id: &TaskId) -> Result<Draft, Error> {
        let found = self.task(named, id).await?;
        self.draft_of(found).await
    }

    /// Makes an edit of a draft.
    ///
    /// # Errors
    /// When the task has changed since, or something is in its way.
    pub(crate) async fn edit(&self, draft: &Draft, edit: Edit) -> Result<(), Error> {
        let selection = Selection::of_tasks(&[(draft.queue.clone(), draft.id.clone())]);
        let count = self.count_to_edit(edit, &selection, Options::default());
        let mut count = count.await?;
        while count.step(self.now()).await?.is_some() {}
        let mut plan = count.finish().await?;
        while plan.step(self.now()).await?.is_some() {}
        match plan.outcome().failures.first() {
            Some(failed) => Err(failed.error.clone()),
            None => Ok(()),
        }
    }

    async fn draft_of(&self, found: FoundTask) -> Result<Draft, Error> {
        // The bytes as they are stored: another encoding of the same message would be another version.
        let start_at = found.next_process_at();
        let (queue, ids) = (found.queue, [found.id]);
        let stored = self.broker().messages(&queue, &ids).await?.pop().flatten();
        let [id] = ids;
        let Some(stored) = stored else {
            let queue = Some(queue);
            return Err(Error::Broker(broker::Error::TaskNotFound { queue, id }));
        };
        let Ok(message) = Message::from_bytes(&stored) else {
            return Err(Error::Unreadable { queue, id });
        };
        Ok(Draft {
            version: Version::of(&stored),
            state: found.state,
            start_at,
            message,
            queue,
            id,
        })
    }
}

impl Draft {
    /// What the task has in place of what an edit gives it.
    pub(crate) fn before(&self, edit: &Edit) -> Edit {
        let message = &self.message;
        let payload = edit.payload.as_ref();
        Edit {
            payload: payload.map(|_| NewPayload::Bytes(message.payload.clone())),
            start_at: edit.start_at.and(self.start_at),
            max_retry: edit.max_retry.and(Some(message.max_retry)),
            timeout: edit.timeout.and(Some(message.timeout)),
            deadline: edit.deadline.and(Some(message.deadline)),
            retention: edit.retention.and(Some(message.retention)),
            queue: edit.queue.as_ref().map(|_| self.queue.clone()),
            only_if: None,
        }
    }

    /// What the task was like when it was read.
    pub(crate) const fn version(&self) -> &Version {
        &self.version
    }

    /// The group of the task; empty for none.
    pub(crate) fn group(&self) -> &str {
        &self.message.group
    }
}
