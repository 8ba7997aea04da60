//! `qctl enqueue --wait`: stays until the task has ended, and ends as the task did.

use std::time::Duration;

use anyhow::Result;
use tokio::time::Instant;

use crate::backoff::{Backoff, Outage};
use crate::broker::Broker;
use crate::broker::records::FoundTask;
use crate::clock;
use crate::commands::Context;
use crate::document::task::TaskDocument;
use crate::error::{Exit, Failure, shell_word};
use crate::interrupt::Interrupt;
use crate::output::Format;
use crate::task::{NewTask, State};

/// How long a task is kept for the one who waits for it, if nothing else is said.
pub(super) const RETENTION: Duration = Duration::from_secs(3600);

/// Pauses between looks: short at first for quick tasks, then a load that Redis does not feel.
const LOOKS: Backoff = Backoff::new(Duration::from_millis(10), Duration::from_millis(500));

/// Waits for the end of a task and shows its result.
pub(super) async fn run(
    cx: &Context,
    broker: &Broker,
    task: &NewTask,
    limit: Option<Duration>,
) -> Result<Exit> {
    let mut interrupt = Interrupt::listen()?;
    let found = tokio::select! {
        biased;
        exit = interrupt.caught() => {
            let (id, queue) = (&task.id, &task.queue);
            cx.printer.note(&format!("task {id} stays in queue {queue}"));
            return Ok(exit);
        }
        ended = end_of(cx, broker, task, limit) => ended?,
    };
    let failed = (found.state == State::Archived).then(|| {
        let error = match &found.message {
            Ok(message) if !message.last_error.is_empty() => message.last_error.as_str(),
            Ok(_) | Err(_) => "it was archived",
        };
        let what = format!("task {:?} failed ({error})", task.id.as_str());
        Failure::new(Exit::TaskFailed, what)
    });
    match cx.printer.format() {
        Format::Table | Format::Wide => cx.printer.raw(&found.result.unwrap_or_default())?,
        Format::Json | Format::Ndjson | Format::Csv | Format::Id => {
            let now = clock::now();
            cx.printer.show(&TaskDocument::new(found, now), now)?;
        }
    }
    failed.map_or(Ok(Exit::Done), |failed| Err(failed.into()))
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
                return Err(vanished(task).into());
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
            return Err(timed_out(task, &seen).into());
        }
        let pause = backoff.next();
        let left = deadline.map_or(pause, |deadline| deadline - now);
        tokio::time::sleep(pause.min(left)).await;
    }
}

/// The task is gone, and nobody saw how it ended.
fn vanished(task: &NewTask) -> Failure {
    let what = format!(
        "task {:?} is gone from queue {:?}, and how it ended is not known",
        task.id.as_str(),
        task.queue.as_str()
    );
    Failure::new(Exit::NotFound, what)
        .with_hint("it was deleted or merged, or completed without a retention")
}

fn timed_out(task: &NewTask, seen: &str) -> Failure {
    let what = format!(
        "task {:?} in queue {:?} has not ended in time ({seen})",
        task.id.as_str(),
        task.queue.as_str()
    );
    let hint = format!("qctl inspect {}", shell_word(task.id.as_str()));
    Failure::new(Exit::TimedOut, what).with_hint(hint)
}
