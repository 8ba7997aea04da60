//! A task as text for an editor, or as a form: what it says, and the edit or the copy that a changed one stands for.
//!
//! The text has a line for each option of `qctl edit` or `qctl enqueue`, then the line `payload: ENCODING`, and below it the
//! payload to the end. Lines above the payload that begin with `#` are comments.

mod copy;
mod form;
mod read;
#[cfg(test)]
mod tests;
mod text;
mod typed;

use std::time::Duration;

use chrono::{DateTime, Utc};

pub(crate) use form::{Fields, TypedPayload};
pub(crate) use read::DraftError;
pub(crate) use text::{encoding_name, with_error};
pub(crate) use typed::{Mistake, may_be_unset};

use super::edit::{Edit, NewPayload};
use super::version::Version;
use super::{Error, FoundTask, Inspector, Options, Outcome, Selection};
use crate::broker;
use crate::task::transition::Action;
use crate::task::{Message, QueueName, State, TaskId};

/// What a task is shown for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// It is to be changed.
    Edit,
    /// A new task like it is to be enqueued.
    Copy,
}

/// A task that is to be edited or copied.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Draft {
    pub(crate) purpose: Purpose,
    pub(crate) queue: QueueName,
    pub(crate) id: TaskId,
    state: State,
    message: Message,
    version: Version,
    /// When it is due, of a scheduled task or a retry.
    start_at: Option<DateTime<Utc>>,
}

impl Inspector {
    /// Reads the task with this id in the queues of these names or globs, or in all queues, to edit or copy it.
    ///
    /// # Errors
    /// When there is no such task, or its state does not allow edits.
    pub(crate) async fn draft(
        &self,
        purpose: Purpose,
        named: &[QueueName],
        id: &TaskId,
    ) -> Result<Draft, Error> {
        let found = self.task(named, id).await?;
        if purpose == Purpose::Edit
            && let Err(refusal) = found.after(Action::Edit, self.now())
        {
            return Err(Error::Broker(broker::Error::WrongState {
                verb: Action::Edit.verb(),
                queue: found.queue,
                id: found.id,
                state: found.state,
                refusal,
            }));
        }
        self.draft_of(purpose, found).await
    }

    /// The version of a task; `None` if it is gone.
    ///
    /// # Errors
    /// Those of Redis.
    pub(crate) async fn version(
        &self,
        queue: &QueueName,
        id: &TaskId,
    ) -> Result<Option<Version>, Error> {
        let ids = std::slice::from_ref(id);
        let stored = self.broker().messages(queue, ids).await?.pop().flatten();
        Ok(stored.map(|stored| Version::of(&stored)))
    }

    /// Makes an edit of a draft. While Redis does not answer, it is sent again, for at most so long.
    ///
    /// # Errors
    /// When the task has changed since, or something is in its way; [`Error::Unconfirmed`] if it is not known whether the edit
    /// was made.
    pub(crate) async fn edit(
        &self,
        draft: &Draft,
        edit: Edit,
        limit: Duration,
    ) -> Result<Outcome, Error> {
        let selection = Selection::of_tasks(&[(draft.queue.clone(), draft.id.clone())]);
        let options = Options {
            resend_limit: limit,
            ..Options::default()
        };
        let mut count = self.count_to_edit(edit, &selection, options).await?;
        while count.step(self.now()).await?.is_some() {}
        let mut plan = count.finish().await?;
        loop {
            match plan.step(self.now()).await {
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(Error::Broker(cause)) if plan.outcome().unconfirmed > 0 => {
                    return Err(Error::Unconfirmed {
                        queue: draft.queue.clone(),
                        id: draft.id.clone(),
                        cause: Box::new(cause),
                    });
                }
                Err(error) => return Err(error),
            }
        }
        match plan.outcome().failures.first() {
            Some(failed) => Err(failed.error.clone()),
            None => Ok(plan.outcome().clone()),
        }
    }

    async fn draft_of(&self, purpose: Purpose, found: FoundTask) -> Result<Draft, Error> {
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
            purpose,
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

    /// Whether it was of this version.
    ///
    /// # Errors
    /// [`Changed`](broker::Error::Changed) if it was of another one.
    pub(crate) fn check_version(&self, version: &str) -> Result<(), Error> {
        if self.version.to_string() == version {
            return Ok(());
        }
        let (queue, id) = (self.queue.clone(), self.id.clone());
        Err(Error::Broker(broker::Error::Changed { queue, id }))
    }
}
