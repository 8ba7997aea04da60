//! `qctl enqueue --wait`: waits until the task has ended, and exits accordingly.

use std::pin::pin;
use std::time::Duration;

use tokio::time::sleep;

use crate::commands::Context;
use crate::commands::wait::ended_badly;
use crate::document::task::TaskDocument;
use crate::error::Exit;
use crate::inspector::Inspector;
use crate::interrupt::Interrupt;
use crate::task::{QueueName, TaskId};

/// When to check whether any server serves the queue.
const UNSERVED_AFTER: Duration = Duration::from_millis(500);

/// Waits for the end of a task and shows its result.
pub(super) async fn run(
    cx: &Context,
    inspector: &Inspector,
    (queue, id): (&QueueName, &TaskId),
    limit: Option<Duration>,
) -> anyhow::Result<Exit> {
    let mut interrupt = Interrupt::listen()?;
    let warn = |error: &_| cx.printer.warn(&format!("{error}; still waiting"));
    let mut ended = pin!(inspector.wait(queue, id, limit, warn));
    let mut note = pin!(note_if_unserved(cx, inspector, queue));
    let mut noted = false;
    let found = loop {
        tokio::select! {
            biased;
            exit = interrupt.caught() => {
                cx.printer.note(&format!("task {id} stays in queue {queue}"));
                return Ok(exit);
            }
            ended = &mut ended => break ended?,
            () = &mut note, if !noted => noted = true,
        }
    };
    let failed = ended_badly(&found);
    let result = found.result.clone().unwrap_or_default();
    let now = cx.now();
    cx.printer
        .show_or_raw(&TaskDocument::new(found, now), &result, now)?;
    failed.map_or(Ok(Exit::Done), |failed| Err(failed.into()))
}

/// Prints a note if, after a while, no server serves the queue: the wait may never end.
async fn note_if_unserved(cx: &Context, inspector: &Inspector, queue: &QueueName) {
    sleep(UNSERVED_AFTER).await;
    if let Ok(false) = inspector.is_served(queue, cx.now()).await {
        let note = format!("no server serves queue {queue} now; waiting for one");
        cx.printer.note(&note);
    }
}
