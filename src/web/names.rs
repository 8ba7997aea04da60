//! Names of queues, ids of tasks and places in lists, in addresses and forms.

use axum::http::StatusCode;

use super::changes::Repair;
use super::failure::Failure;
use crate::inspector::doctor::{Code, Explained, UnknownCode};
use crate::inspector::logs::TaskLog;
use crate::inspector::position::{BadPosition, Position};
use crate::inspector::{Error, FoundTask, Inspector};
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

/// The id of a task. Other clients store blank ones, too.
pub(super) fn id(text: &str) -> TaskId {
    TaskId::from_stored(text.as_bytes().to_vec())
}

/// The id of a task that does not exist yet.
///
/// # Errors
/// If no task can have this id.
pub(super) fn new_id(text: &str) -> Result<TaskId, Failure> {
    TaskId::new(text).map_err(|error| unusable(&error))
}

/// The task of an address.
///
/// # Errors
/// If there is no such queue or task.
pub(super) async fn task(
    inspector: &Inspector,
    queue: &str,
    id_text: &str,
) -> Result<FoundTask, Failure> {
    let queue = existing(inspector, queue).await?;
    Ok(inspector.task(&[queue], &id(id_text)).await?)
}

/// The log of the task of an address. The task may be gone, and its log still be there.
///
/// # Errors
/// If there is neither, or no such queue.
pub(super) async fn log(
    inspector: &Inspector,
    queue: &str,
    id_text: &str,
) -> Result<TaskLog, Failure> {
    let queue = existing(inspector, queue).await?;
    Ok(inspector.task_log(&[queue], &id(id_text)).await?)
}

/// Where a page of a list begins.
///
/// # Errors
/// If the text does not come from a link to a page.
pub(super) fn position(text: Option<&str>) -> Result<Option<Position>, Failure> {
    let position = text.map(str::parse).transpose();
    position.map_err(|error: BadPosition| {
        unusable(&error).with_hint("go back to the first page of the list")
    })
}

fn unusable(error: &dyn std::error::Error) -> Failure {
    Failure::refused(StatusCode::BAD_REQUEST, error.to_string())
}

/// A code of the doctor.
///
/// # Errors
/// If there is no such code.
pub(super) fn code(text: &str) -> Result<Code, Failure> {
    text.parse().map_err(unknown_code)
}

/// What a code stands for, wherever it was shown.
///
/// # Errors
/// If there is no such code.
pub(super) fn explained(text: &str) -> Result<Explained, Failure> {
    text.parse().map_err(unknown_code)
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn unknown_code(error: UnknownCode) -> Failure {
    Failure::refused(StatusCode::NOT_FOUND, error.to_string())
}

/// A repair of what was found of a code, in one queue or wherever it was found.
///
/// # Errors
/// If there is no such code, or no queue can have this name.
pub(super) fn repair(code_text: &str, queue: Option<&str>) -> Result<Repair, Failure> {
    Ok(Repair {
        code: code(code_text)?,
        queue: queue.map(any).transpose()?,
    })
}
