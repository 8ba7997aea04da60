//! A task whose id was typed on the command line: the whole id, or the beginning of a UUID as tables show it; or a file of
//! ids by mistake.

use std::path::Path;

use super::Context;
use crate::error::{Code, Failure, shell_word};
use crate::inspector::{FoundTask, Inspector};
use crate::task::{QueueName, TaskId, is_short_id};

/// Finds the task, in one of these queues or, without any, in all.
pub(super) async fn find(
    cx: &Context,
    inspector: &Inspector,
    queues: &[QueueName],
    id: &TaskId,
) -> anyhow::Result<FoundTask> {
    match inspector.task(queues, id).await {
        Err(error) if is_short_id(id.as_str()) && error.is_not_found() => {
            let found = inspector.task_by_short_id(queues, id.as_str(), cx.now());
            let (task, looked_at_all) = found.await?;
            if !looked_at_all {
                cx.printer.note(
                    "not all tasks were searched; others may have an id that begins like this",
                );
            }
            Ok(task)
        }
        found => Ok(found?),
    }
}

/// The failure of a command; if the missing task was typed as a file, with the way to read ids from it.
pub(super) fn or_file(failure: Failure, typed: &[String], command: &str) -> Failure {
    let is_typed = |id: &&String| typed.contains(id);
    let missing = failure.id.as_ref().filter(is_typed);
    let Some(id) = missing.filter(|_| failure.code == Code::TaskNotFound) else {
        return failure;
    };
    let path = id.strip_prefix('@').unwrap_or(id);
    let is_path = ["/", "./", "../"]
        .iter()
        .any(|start| path.starts_with(start));
    if !is_path && !Path::new(path).is_file() {
        return failure;
    }
    let path = shell_word(path);
    failure.with_hint(format!(
        "to read ids from a file: qctl {command} - < {path}"
    ))
}
