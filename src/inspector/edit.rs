//! Edits tasks: another payload, other options, another start, another queue.

use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::oneshot;

use super::Inspector;
use super::expression::{Expression, ExpressionError};
use super::interpreter::{TIMEOUT, on_large_stack};
use super::version::Version;
use crate::broker::Error;
use crate::broker::keys::QueueKeys;
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

impl NewPayload {
    /// The payload that takes the place of an old one.
    pub(crate) async fn instead_of(&self, old: &[u8]) -> Result<Vec<u8>, ExpressionError> {
        match self {
            Self::Bytes(bytes) => Ok(bytes.clone()),
            Self::Jq(expression) => evaluate(expression, old).await,
        }
    }
}

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
    pub(super) fn applies_to(&self, message: &[u8]) -> bool {
        let only_if = self.only_if.as_ref();
        only_if.is_none_or(|version| *version == Version::of(message))
    }

    /// The message of a task after the edit.
    pub(super) fn apply(
        &self,
        old: &Message,
        payload: Option<Vec<u8>>,
        queue: &QueueName,
    ) -> Message {
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

/// Evaluates an expression on a thread of its own. A single step may be slow: it is not waited for.
async fn evaluate(expression: &Expression, payload: &[u8]) -> Result<Vec<u8>, ExpressionError> {
    let (expression, payload) = (expression.clone(), payload.to_vec());
    let (sender, evaluated) = oneshot::channel();
    // Sending fails after the time limit, when the receiver has been dropped.
    let work = move || drop(sender.send(expression.value(&payload)));
    let thread = on_large_stack().spawn(work);
    thread.map_err(|error| ExpressionError::NoThread(error.to_string()))?;
    let grace = Duration::from_millis(500);
    match tokio::time::timeout(TIMEOUT + grace, evaluated).await {
        Ok(Ok(value)) => value,
        Ok(Err(_)) => Err(ExpressionError::Failed(
            "the interpreter has failed".to_owned(),
        )),
        Err(_) => Err(ExpressionError::TooSlow(TIMEOUT.as_secs())),
    }
}
