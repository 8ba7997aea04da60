//! `qctl enqueue --wait`: stays until the task has ended, and ends as the task did.

use std::time::Duration;

use anyhow::Result;
use futures_util::FutureExt as _;
use tokio::time::Instant;

use crate::backoff::{Backoff, Outage};
use crate::broker::Broker;
use crate::broker::records::FoundTask;
use crate::clock;
use crate::commands::{Context, Interrupted};
use crate::document::task::TaskDocument;
use crate::output::Format;
use crate::task::{NewTask, State, TaskId};

/// How long a task is kept for the one who waits for it, if nothing else is said.
pub(super) const RETENTION: Duration = Duration::from_secs(3600);

/// Pauses between looks: short at first for quick tasks, then a load that Redis does not feel.
const LOOKS: Backoff = Backoff::new(Duration::from_millis(10), Duration::from_millis(500));

/// The task failed for good.
#[derive(Debug, thiserror::Error)]
#[error("task {:?} failed ({error})", .id.as_str())]
pub(crate) struct TaskFailed {
    id: TaskId,
    error: String,
}

/// The task went on for longer than anybody wanted to wait.
#[derive(Debug, thiserror::Error)]
#[error("task {:?} in queue {queue:?} has not ended in time ({state})", .id.as_str())]
pub(crate) struct TimedOut {
    /// Its id.
    pub id: TaskId,
    queue: String,
    state: String,
}

/// The task is gone, and how it ended was not seen.
#[derive(Debug, thiserror::Error)]
#[error("task {:?} is gone from queue {queue:?}, and how it ended is not known", .id.as_str())]
pub(crate) struct Vanished {
    id: TaskId,
    queue: String,
}

/// Waits for the end of a task and shows its result.
pub(super) async fn run(
    cx: &Context,
    broker: &Broker,
    task: &NewTask,
    limit: Option<Duration>,
) -> Result<()> {
    let interrupt = tokio::signal::ctrl_c();
    tokio::pin!(interrupt);
    let early = interrupt.as_mut().now_or_never().is_some();
    let ended = tokio::select! {
        biased;
        _ = &mut interrupt, if !early => None,
        ended = end_of(cx, broker, task, limit) => Some(ended?),
    };
    let Some(found) = ended else {
        let (id, queue) = (&task.id, &task.queue);
        cx.printer
            .note(&format!("task {id} stays in queue {queue}"));
        return Err(Interrupted.into());
    };
    let failed = (found.state == State::Archived).then(|| TaskFailed {
        id: task.id.clone(),
        error: match &found.message {
            Ok(message) if !message.last_error.is_empty() => message.last_error.clone(),
            Ok(_) | Err(_) => "it was archived".to_owned(),
        },
    });
    match cx.printer.format() {
        Format::Table | Format::Wide => cx.printer.raw(&found.result.unwrap_or_default())?,
        Format::Json | Format::Ndjson | Format::Csv | Format::Id => {
            let now = clock::now();
            cx.printer.show(&TaskDocument::new(found, now), now)?;
        }
    }
    failed.map_or(Ok(()), |failed| Err(failed.into()))
}

/// Looks again and again until the task is completed or archived.
async fn end_of(
    cx: &Context,
    broker: &Broker,
    task: &NewTask,
    limit: Option<Duration>,
) -> Result<FoundTask> {
    let deadline = limit.and_then(|limit| Instant::now().checked_add(limit));
    let mut backoff = LOOKS;
    let mut seen = "not seen yet".to_owned();
    let mut outage = Outage::default();
    loop {
        let look = broker.find(&task.queue, &task.id);
        // A server that hangs must not make the wait any longer.
        let look = match deadline {
            Some(deadline) => tokio::time::timeout_at(deadline, look).await.ok(),
            None => Some(look.await),
        };
        match look {
            Some(Ok(Some(found))) if matches!(found.state, State::Completed | State::Archived) => {
                return Ok(found);
            }
            Some(Ok(Some(found))) => seen = format!("it is {}", found.state),
            Some(Ok(None)) => {
                return Err(Vanished {
                    id: task.id.clone(),
                    queue: task.queue.to_string(),
                }
                .into());
            }
            Some(Err(error)) if error.passing() => {
                if outage.begins() {
                    cx.printer.warn(&format!("{error}; waiting on"));
                }
            }
            Some(Err(error)) => return Err(error.into()),
            None => {}
        }
        let now = Instant::now();
        if deadline.is_some_and(|deadline| deadline <= now) {
            return Err(TimedOut {
                id: task.id.clone(),
                queue: task.queue.to_string(),
                state: seen,
            }
            .into());
        }
        let pause = backoff.next();
        let left = deadline.map_or(pause, |deadline| deadline - now);
        tokio::time::sleep(pause.min(left)).await;
    }
}
