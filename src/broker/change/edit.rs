//! Edits tasks where they are: another message, another start.

use chrono::{DateTime, Utc};
use redis::Value;

use crate::broker::change::batch::Batch;
use crate::broker::change::by_id::{changeable, numbered};
use crate::broker::keys::QueueKeys;
use crate::broker::records::FoundTask;
use crate::broker::{Broker, Error, script};
use crate::task::transition::{Action, Refusal};
use crate::task::{Message, QueueName, State, TaskId};

/// A task with its new message.
#[derive(Debug, Clone, PartialEq)]
pub struct Revision {
    /// Its id.
    pub id: TaskId,
    /// The bytes of the message that was read. If there is another one now, the task is not changed.
    pub old: Vec<u8>,
    /// The new message.
    pub message: Message,
    /// When the task is due from now on; `None` = as before.
    pub start_at: Option<DateTime<Utc>>,
}

impl Revision {
    /// Whether it changes when the task is due.
    pub(crate) fn moves(&self, found: &FoundTask) -> bool {
        // The score has whole seconds.
        let second = |at: DateTime<Utc>| at.timestamp();
        let due = found.next_process_at().map(second);
        self.start_at.is_some_and(|at| due != Some(second(at)))
    }
}

impl Broker {
    /// The bytes of the messages of tasks; `None` where there is no task.
    pub async fn messages(
        &self,
        queue: &QueueName,
        ids: &[TaskId],
    ) -> Result<Vec<Option<Vec<u8>>>, Error> {
        let keys = QueueKeys::new(queue);
        let mut read = redis::pipe();
        for id in ids {
            read.hget(keys.task(id), "msg");
        }
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        self.conn.pipeline(&read).await
    }

    /// Replaces the messages of tasks of a queue. The uniqueness lock that one of them holds moves to the new payload for the
    /// remaining time. May be called again, with the same batch, when there was no answer.
    pub async fn revise(
        &self,
        queue: &QueueName,
        revisions: &[Revision],
        batch: &Batch,
    ) -> Result<Vec<Result<(), Error>>, Error> {
        let keys = QueueKeys::new(queue);
        let calls = revisions.iter().enumerate().map(|(index, revision)| {
            let receipt = batch.page.receipt(index);
            let message = revision.message.to_bytes();
            // Without a lock, any key of the same slot will do: the script does not use it.
            let lock = match revision.message.unique_key.as_str() {
                "" => keys.task(&revision.id),
                key => key.to_owned(),
            };
            let shared = keys.by_id();
            script::REVISE
                .on(&[shared.as_slice(), &[lock]].concat())
                .arg(keys.task_prefix())
                .arg(keys.group_prefix())
                .arg(changeable(Action::Edit))
                .receipt(&keys, Some(&receipt))
                .arg(revision.id.as_str())
                .arg(&revision.old)
                .arg(message)
                .arg(
                    revision
                        .start_at
                        .map(|at| at.timestamp())
                        .map_or_else(String::new, |second| second.to_string()),
                )
        });
        let calls: Vec<_> = calls.collect();
        if calls.is_empty() {
            return Ok(Vec::new());
        }
        let answers = script::run_all(calls, &self.conn).await?;
        let passing =
            |answer: &Result<Value, Error>| answer.as_ref().err().cloned().filter(Error::passing);
        if let Some(error) = answers.iter().find_map(passing) {
            return Err(error);
        }
        self.close(batch);
        let answers = answers.into_iter().zip(revisions);
        Ok(answers
            .map(|(answer, revision)| match answer? {
                Value::Int(code) => refused(queue, revision, code).map_or(Ok(()), Err),
                _ => Err(changed(queue, &revision.id)),
            })
            .collect())
    }
}

pub(super) fn changed(queue: &QueueName, id: &TaskId) -> Error {
    Error::Changed {
        queue: queue.clone(),
        id: id.clone(),
    }
}

/// The error for a code of the script; `None` if the task was changed.
fn refused(queue: &QueueName, revision: &Revision, code: i64) -> Option<Error> {
    let (queue, id) = (queue.clone(), revision.id.clone());
    let wrong_state = |state: State, refusal| Error::WrongState {
        verb: Action::Edit.verb(),
        queue: queue.clone(),
        id: id.clone(),
        state,
        refusal,
    };
    Some(match code {
        1 => return None,
        0 => Error::TaskNotFound {
            queue: Some(queue),
            id,
        },
        -1 => Error::Duplicate {
            queue,
            kind: revision.message.kind.clone(),
        },
        -2 => Error::Changed { queue, id },
        code => match (numbered(code - 10), numbered(code - 20)) {
            (Some(state), _) => match state.after(Action::Edit) {
                Err(refusal) => wrong_state(state, refusal),
                Ok(_) => Error::OutOfPlace { queue, id },
            },
            (None, Some(state)) => wrong_state(state, Refusal::NotScheduled),
            (None, None) => Error::OutOfPlace { queue, id },
        },
    })
}
