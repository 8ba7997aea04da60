//! `qctl enqueue`: one task, which may be waited for, or a stream of tasks.

mod args;
mod conflict;
mod from;
mod wait;

pub(crate) use args::EnqueueArgs;

use super::Context;
use super::options::warn;
use crate::clock;
use crate::document::enqueued::EnqueuedDocument;
use crate::error::{Exit, Failure};
use crate::task::TaskId;

/// Runs the command.
pub(crate) async fn run(cx: &mut Context, args: &EnqueueArgs) -> anyhow::Result<Exit> {
    let kind = match (&args.from, &args.kind) {
        (Some(from), _) => return from::run(cx, from, args).await,
        (None, Some(kind)) => kind,
        (None, None) => {
            return Err(Failure::usage("no task type given", "qctl enqueue --help").into());
        }
    };
    args.expect_no_lines()?;
    args.expect_an_end()?;
    let mut task = args.task(kind, clock::now())?;
    warn(cx, &task, clock::now())?;
    let inspector = cx.inspector_to("enqueue").await?;
    // --in and --at now+10m count from now by Redis's clock.
    let now = cx.now();
    task.start = args.start(now)?;
    let enqueued = match inspector.enqueue(&task, now).await {
        Ok(enqueued) => EnqueuedDocument {
            zone: args.zone(now, task.start),
            ..EnqueuedDocument::from(enqueued)
        },
        Err(error) => conflict::resolve(&inspector, &task, error, (args.on_conflict, now)).await?,
    };
    let queue = &task.options.queue;
    // The task is enqueued, so an error here is not reported.
    if inspector.is_paused(queue, now).await.unwrap_or(false) {
        cx.printer.note(&format!(
            "queue {queue} is paused: its tasks wait until it is resumed"
        ));
    }
    match args.wait {
        Some(limit) => wait::run(cx, &inspector, (queue, &TaskId::new(enqueued.id)?), limit).await,
        None => cx.show(&enqueued),
    }
}
