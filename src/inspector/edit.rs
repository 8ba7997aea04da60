//! Edits tasks: another payload, other options, another start, another queue.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::future::try_join_all;
use tokio::sync::oneshot;

use super::Inspector;
use super::expression::{Expression, ExpressionError};
use super::interpreter::{TIMEOUT, on_large_stack};
use super::version::Version;
use crate::broker::keys::QueueKeys;
use crate::broker::{Applied, Broker, Error, Relocation, Revision};
use crate::task::transition::Action;
use crate::task::{Message, QueueName, TaskId};

/// What an edit changes. The default changes nothing.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Edit {
    /// The new payload.
    pub payload: Option<NewPayload>,
    /// When the task is due.
    pub start_at: Option<DateTime<Utc>>,
    /// Retries that may follow the first attempt.
    pub max_retry: Option<i32>,
    /// The limit of one attempt, in seconds.
    pub timeout: Option<i64>,
    /// The second after which no attempt may run.
    pub deadline: Option<i64>,
    /// How long the task is kept after success, in seconds.
    pub retention: Option<i64>,
    /// The queue to move the task to.
    pub queue: Option<QueueName>,
    /// The version that is edited: a task of another one stays as it is. It changes nothing itself.
    pub only_if: Option<Version>,
}

/// A payload in place of another.
#[derive(Debug, Clone, PartialEq)]
pub enum NewPayload {
    /// These bytes.
    Bytes(Vec<u8>),
    /// What the expression makes of the old one, which must be JSON.
    Jq(Expression),
}

/// A task that cannot be edited, and why.
type Refused = (TaskId, EditError);

/// Why a task cannot be edited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum EditError {
    Broker(Error),
    /// The expression gives no new payload.
    Payload(ExpressionError),
}

impl EditError {
    /// The error of a task.
    pub(super) fn of(self, queue: &QueueName, id: &TaskId) -> super::Error {
        match self {
            Self::Broker(error) => error.into(),
            Self::Payload(error) => super::Error::Payload {
                queue: queue.clone(),
                id: id.clone(),
                error,
            },
        }
    }
}

/// A step of a plan that edits tasks.
pub(super) struct Edits<'a> {
    broker: &'a Broker,
    edit: &'a Edit,
    dry_run: bool,
    /// The step that got no answer. It is repeated as it is: a filter must not see a payload that it has made itself.
    unanswered: &'a mut Option<EditStep>,
}

/// The new messages of some tasks.
#[derive(Debug)]
pub(super) struct EditStep {
    /// How many tasks of the queue it is about.
    tasks: usize,
    /// Those that cannot be edited.
    edited: Edited,
    revisions: Vec<Revision>,
}

/// The tasks of a step.
#[derive(Debug, Default)]
pub(super) struct Edited {
    pub(super) changed: Vec<TaskId>,
    pub(super) refused: Vec<Refused>,
}

impl Edited {
    fn add(&mut self, id: TaskId, outcome: Result<(), Error>) {
        match outcome {
            Ok(()) => self.changed.push(id),
            Err(error) => self.refused.push((id, EditError::Broker(error))),
        }
    }
}

impl From<Applied> for Edited {
    fn from(applied: Applied) -> Self {
        let refused = applied.refused.into_iter();
        Self {
            changed: applied.changed,
            refused: refused
                .map(|(id, error)| (id, EditError::Broker(error)))
                .collect(),
        }
    }
}

impl Edit {
    /// Whether nothing is to be changed.
    pub fn is_empty(&self) -> bool {
        let nothing = Self {
            only_if: self.only_if.clone(),
            ..Self::default()
        };
        *self == nothing
    }

    /// Whether it applies to the task with this message.
    fn applies_to(&self, message: &[u8]) -> bool {
        let only_if = self.only_if.as_ref();
        only_if.is_none_or(|version| *version == Version::of(message))
    }

    /// The message of a task after the edit.
    fn apply(&self, old: &Message, payload: Option<Vec<u8>>, queue: &QueueName) -> Message {
        let mut message = old.clone();
        message.payload = payload.unwrap_or(message.payload);
        message.max_retry = self.max_retry.unwrap_or(message.max_retry);
        message.timeout = self.timeout.unwrap_or(message.timeout);
        message.deadline = self.deadline.unwrap_or(message.deadline);
        message.retention = self.retention.unwrap_or(message.retention);
        let queue = self.queue.as_ref().unwrap_or(queue);
        queue.as_str().clone_into(&mut message.queue);
        let moved = message.queue != old.queue;
        if !old.unique_key.is_empty() && (moved || message.payload != old.payload) {
            // A client that is given no payload at all has a key of its own, which ends with a colon.
            let none = message.payload.is_empty() && old.unique_key.ends_with(':');
            let payload = (!none).then_some(message.payload.as_slice());
            message.unique_key = QueueKeys::new(queue).unique(&message.kind, payload);
        }
        message
    }
}

impl<'a> Edits<'a> {
    pub(super) fn new(
        broker: &'a Broker,
        edit: &'a Edit,
        dry_run: bool,
        unanswered: &'a mut Option<EditStep>,
    ) -> Self {
        Self {
            broker,
            edit,
            dry_run,
            unanswered,
        }
    }

    /// Edits the next tasks. Takes those that are done out of the queue.
    pub(super) async fn run(
        self,
        (queue, ids): (&QueueName, &mut VecDeque<TaskId>),
        limit: usize,
    ) -> (Edited, Result<(), Error>) {
        let step = if let Some(step) = self.unanswered.take() {
            step
        } else {
            let some: Vec<TaskId> = ids.iter().take(limit).cloned().collect();
            match self.prepare(queue, some).await {
                Ok(step) => step,
                Err(error) => return (Edited::default(), Err(error)),
            }
        };
        match self.write(queue, &step.revisions).await {
            Ok(outcomes) => {
                ids.drain(..step.tasks);
                let mut edited = step.edited;
                for (outcome, revision) in outcomes.into_iter().zip(step.revisions) {
                    edited.add(revision.id, outcome);
                }
                (edited, Ok(()))
            }
            Err(error) => {
                // A move that is repeated finds out what has become of its tasks.
                if !self.is_move(queue) {
                    *self.unanswered = Some(step);
                }
                (Edited::default(), Err(error))
            }
        }
    }

    /// Reads tasks and makes their new messages.
    async fn prepare(&self, queue: &QueueName, ids: Vec<TaskId>) -> Result<EditStep, Error> {
        let mut edited = Edited::default();
        let mut tasks = Vec::with_capacity(ids.len());
        let messages = self.broker.messages(queue, &ids).await?;
        let mut finished = self.finish_moves(queue, messages.contains(&None)).await?;
        for (id, stored) in ids.iter().zip(messages) {
            let Some(stored) = stored else {
                if let Some(outcome) = finished.remove(id) {
                    edited.add(id.clone(), outcome);
                    continue;
                }
                let not_found = Error::TaskNotFound {
                    queue: Some(queue.clone()),
                    id: id.clone(),
                };
                edited
                    .refused
                    .push((id.clone(), EditError::Broker(not_found)));
                continue;
            };
            if !self.edit.applies_to(&stored) {
                let changed = Error::Changed {
                    queue: queue.clone(),
                    id: id.clone(),
                };
                edited.add(id.clone(), Err(changed));
            } else if let Ok(message) = Message::from_bytes(&stored) {
                tasks.push((id.clone(), stored, message));
            } else {
                let out_of_place = Error::OutOfPlace {
                    queue: queue.clone(),
                    id: id.clone(),
                };
                edited.add(id.clone(), Err(out_of_place));
            }
        }
        let payloads = self.payloads(&tasks).await;
        let mut revisions = Vec::with_capacity(tasks.len());
        for ((id, old, message), payload) in tasks.into_iter().zip(payloads) {
            match payload {
                Ok(payload) => revisions.push(Revision {
                    message: self.edit.apply(&message, payload, queue),
                    id,
                    old,
                    start_at: self.edit.start_at,
                }),
                Err(error) => edited.refused.push((id, EditError::Payload(error))),
            }
        }
        Ok(EditStep {
            tasks: ids.len(),
            edited,
            revisions,
        })
    }

    fn is_move(&self, queue: &QueueName) -> bool {
        self.edit.queue.as_ref().is_some_and(|to| to != queue)
    }

    /// Finishes moves that were cut short, such as those of a step without an answer.
    async fn finish_moves(
        &self,
        queue: &QueueName,
        some_are_missing: bool,
    ) -> Result<HashMap<TaskId, Result<(), Error>>, Error> {
        if self.dry_run || self.edit.queue.is_none() || !some_are_missing {
            return Ok(HashMap::new());
        }
        let finished = self.broker.finish_moves(queue).await?;
        Ok(finished.into_iter().collect())
    }

    async fn write(
        &self,
        queue: &QueueName,
        revisions: &[Revision],
    ) -> Result<Vec<Result<(), Error>>, Error> {
        if self.dry_run {
            let looks = revisions.iter().map(|revision| self.look(queue, revision));
            return try_join_all(looks).await;
        }
        match self.edit.queue.as_ref().filter(|to| *to != queue) {
            Some(to) => {
                let relocation = Relocation { from: queue, to };
                self.broker.relocate(relocation, revisions).await
            }
            None => self.broker.revise(queue, revisions).await,
        }
    }

    /// What would become of a task.
    async fn look(
        &self,
        queue: &QueueName,
        revision: &Revision,
    ) -> Result<Result<(), Error>, Error> {
        let id = revision.id.clone();
        let Some(found) = self.broker.find(queue, &id).await? else {
            let queue = Some(queue.clone());
            return Ok(Err(Error::TaskNotFound { queue, id }));
        };
        let refusal = found.after(Action::Edit, self.broker.now()).err();
        let not_scheduled = revision
            .start_at
            .filter(|_| found.next_process_at().is_none());
        let refusal =
            refusal.or(not_scheduled.map(|_| crate::task::transition::Refusal::NotScheduled));
        Ok(match refusal {
            None => Ok(()),
            Some(refusal) => Err(Error::WrongState {
                verb: Action::Edit.verb(),
                queue: queue.clone(),
                id,
                state: found.state,
                refusal,
            }),
        })
    }

    /// The new payload of each task; `None` if it stays.
    async fn payloads(
        &self,
        tasks: &[(TaskId, Vec<u8>, Message)],
    ) -> Vec<Result<Option<Vec<u8>>, ExpressionError>> {
        match &self.edit.payload {
            None => vec![Ok(None); tasks.len()],
            Some(NewPayload::Bytes(bytes)) => vec![Ok(Some(bytes.clone())); tasks.len()],
            Some(NewPayload::Jq(expression)) => {
                let mut all = Vec::with_capacity(tasks.len());
                for (_, _, message) in tasks {
                    all.push(evaluate(expression, &message.payload).await.map(Some));
                }
                all
            }
        }
    }
}

/// Evaluates an expression on a thread of its own. A single step may be slow: it is not waited for.
async fn evaluate(expression: &Expression, payload: &[u8]) -> Result<Vec<u8>, ExpressionError> {
    let (expression, payload) = (expression.clone(), payload.to_vec());
    let (sender, evaluated) = oneshot::channel();
    // Sending fails after the time limit, when the receiver has been dropped.
    let work = move || drop(sender.send(expression.value(&payload)));
    let thread = on_large_stack().spawn(work);
    thread.map_err(|error| ExpressionError::Failed(error.to_string()))?;
    let grace = Duration::from_millis(500);
    match tokio::time::timeout(TIMEOUT + grace, evaluated).await {
        Ok(Ok(value)) => value,
        Ok(Err(_)) => Err(ExpressionError::Failed(
            "the interpreter has failed".to_owned(),
        )),
        Err(_) => Err(ExpressionError::TooSlow(TIMEOUT.as_secs())),
    }
}

impl Inspector {
    /// Finishes moves from these queues, by name or glob, that were cut short. Returns the ids, and what became of each.
    ///
    /// # Errors
    /// [`super::Error::ReadOnly`], and those of Redis.
    pub async fn finish_moves(
        &self,
        queues: &[QueueName],
    ) -> Result<Vec<(TaskId, Result<(), Error>)>, super::Error> {
        self.access.allow(Action::Edit.verb())?;
        let mut finished = Vec::new();
        for queue in self.queues(queues).await? {
            finished.extend(self.broker.finish_moves(&queue).await?);
        }
        Ok(finished)
    }
}
