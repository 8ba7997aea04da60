//! A task whose id was typed on the command line: the whole id, or the beginning of a UUID as tables show it.

use super::Context;
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
