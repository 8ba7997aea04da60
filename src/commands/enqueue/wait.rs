//! `qctl enqueue --wait`: waits until the task has ended, and exits accordingly.

use std::pin::pin;
use std::time::Duration;

use tokio::time::sleep;

use crate::commands::Context;
use crate::document::task::TaskDocument;
use crate::error::{Exit, Failure};
use crate::inspector::{FoundTask, Inspector};
use crate::interrupt::Interrupt;
use crate::task::transition::result_was_too_large;
use crate::task::{QueueName, State, TaskId};

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
    let failed = failure(&found);
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

/// The failure to report for a task that has ended, if any.
fn failure(found: &FoundTask) -> Option<Failure> {
    let message = found.message.as_ref().ok();
    let error = message.map_or("", |message| message.last_error.as_str());
    let id = found.id.as_str();
    let what = if found.state == State::Archived {
        let error = if error.is_empty() {
            "it was archived"
        } else {
            error
        };
        format!("task {id:?} failed ({error})")
    } else if message.is_some_and(result_was_too_large) {
        format!("task {id:?} completed, but its result is lost ({error})")
    } else {
        return None;
    };
    Some(Failure::new(Exit::TaskFailed, what))
}
