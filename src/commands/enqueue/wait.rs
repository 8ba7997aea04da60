//! `qctl enqueue --wait`: stays until the task has ended, and ends as the task did.

use std::time::Duration;

use crate::commands::Context;
use crate::document::task::TaskDocument;
use crate::error::{Exit, Failure};
use crate::inspector::Inspector;
use crate::interrupt::Interrupt;
use crate::task::{NewTask, State};

/// Waits for the end of a task and shows its result.
pub(super) async fn run(
    cx: &Context,
    inspector: &Inspector,
    task: &NewTask,
    limit: Option<Duration>,
) -> anyhow::Result<Exit> {
    let mut interrupt = Interrupt::listen()?;
    let warn = |error: &_| cx.printer.warn(&format!("{error}; still waiting"));
    let found = tokio::select! {
        biased;
        exit = interrupt.caught() => {
            let (id, queue) = (&task.id, &task.options.queue);
            cx.printer.note(&format!("task {id} stays in queue {queue}"));
            return Ok(exit);
        }
        ended = inspector.wait(&task.options.queue, &task.id, limit, warn) => ended?,
    };
    let failed = (found.state == State::Archived).then(|| {
        let error = match &found.message {
            Ok(message) if !message.last_error.is_empty() => message.last_error.as_str(),
            Ok(_) | Err(_) => "it was archived",
        };
        let what = format!("task {:?} failed ({error})", task.id.as_str());
        Failure::new(Exit::TaskFailed, what)
    });
    let result = found.result.clone().unwrap_or_default();
    let now = cx.now();
    cx.printer
        .show_or_raw(&TaskDocument::new(found, now), &result, now)?;
    failed.map_or(Ok(Exit::Done), |failed| Err(failed.into()))
}
