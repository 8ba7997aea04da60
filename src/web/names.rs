//! Names of queues and ids of tasks in addresses and forms.

use axum::http::StatusCode;

use super::failure::Failure;
use crate::inspector::{Error, Inspector};
use crate::task::{QueueName, TaskId};

/// The queue of this name. Unlike on the command line, a name is never a pattern.
///
/// # Errors
/// If there is no such queue.
pub(super) async fn existing(inspector: &Inspector, name: &str) -> Result<QueueName, Failure> {
    let queue = QueueName::new(name).map_err(|error| unusable(&error))?;
    let found = inspector.queues(std::slice::from_ref(&queue)).await?;
    if found.contains(&queue) {
        Ok(queue)
    } else {
        Err(Error::UnknownQueue {
            queue,
            nearest: None,
        }
        .into())
    }
}

/// A name or a glob, as on the command line.
///
/// # Errors
/// If no queue can have this name.
pub(super) fn any(text: &str) -> Result<QueueName, Failure> {
    QueueName::new(text).map_err(|error| unusable(&error))
}

/// The id of a task.
///
/// # Errors
/// If no task can have it.
pub(super) fn id(text: &str) -> Result<TaskId, Failure> {
    TaskId::new(text).map_err(|error| unusable(&error))
}

fn unusable(error: &dyn std::error::Error) -> Failure {
    Failure::refused(StatusCode::BAD_REQUEST, error.to_string())
}
