//! Conditions to wait for, and what becomes of them.

use std::fmt;

use super::left::Left;
use crate::broker::records::FoundTask;
use crate::document::awaited::AwaitedDocument;
use crate::inspector::{Error, Selection};
use crate::task::{QueueName, State, TaskId};

/// Something to wait for.
#[derive(Debug, Clone)]
pub(crate) enum Condition {
    /// The task has been completed or archived.
    Ended(TaskId),
    /// No task of the queues of this name or glob will still run.
    Drained(QueueName),
    /// A server serves the queue.
    Served(QueueName),
    /// There is no task in the selection.
    Empty(Selection),
}

/// A condition that holds, or never will.
#[derive(Debug)]
pub(crate) struct Met {
    pub(crate) condition: Condition,
    /// How the task has ended, if it is about one; or why that will not be known.
    pub(crate) task: Option<Result<FoundTask, Error>>,
}

/// A condition that has not been met.
#[derive(Debug)]
pub(crate) enum Unmet<'a> {
    Task(&'a TaskId, Option<State>),
    /// And what a queue still holds, if that was seen.
    Other(&'a Condition, Option<&'a Left>),
}

impl fmt::Display for Unmet<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Task(id, Some(state)) => write!(f, "task {:?} ({state})", id.as_str()),
            Self::Task(id, None) => write!(f, "task {:?} (it was not seen)", id.as_str()),
            Self::Other(Condition::Ended(id), _) => write!(f, "task {:?}", id.as_str()),
            Self::Other(Condition::Drained(queue), left) => {
                write!(f, "queue {:?} to be drained", queue.as_str())?;
                left.map_or(Ok(()), |left| write!(f, " ({left})"))
            }
            Self::Other(Condition::Served(queue), _) => {
                write!(f, "a server of queue {:?}", queue.as_str())
            }
            Self::Other(Condition::Empty(_), _) => f.write_str("the selection to be empty"),
        }
    }
}

impl From<&Met> for AwaitedDocument {
    fn from(met: &Met) -> Self {
        let (condition, queue, id) = match &met.condition {
            Condition::Ended(id) => ("ended", None, Some(id.to_string())),
            Condition::Drained(queue) => ("drained", Some(queue.to_string()), None),
            Condition::Served(queue) => ("served", Some(queue.to_string()), None),
            Condition::Empty(_) => ("empty", None, None),
        };
        let (queue, outcome, error) = match &met.task {
            None => (queue, None, None),
            Some(Ok(task)) => {
                let error = task.message.as_ref().ok();
                let error = error.map(|message| message.last_error.clone());
                let archived = task.state == State::Archived;
                (
                    Some(task.queue.to_string()),
                    Some(if archived { "archived" } else { "completed" }),
                    error.filter(|error| archived && !error.is_empty()),
                )
            }
            Some(Err(error)) => {
                let queue = error.subject().0.map(ToString::to_string);
                (queue, Some("unknown"), Some(error.to_string()))
            }
        };
        Self {
            condition,
            queue,
            id,
            outcome,
            error,
        }
    }
}
