//! `qctl enqueue`: one new task, which may be waited for, or a stream of them.

mod args;
mod from;
mod report;
mod wait;

pub(crate) use args::EnqueueArgs;

use super::Context;
use super::options::warn;
use crate::clock;
use crate::document::enqueued::EnqueuedDocument;
use crate::error::{Exit, Failure};

/// Runs the command.
pub(crate) async fn run(cx: &mut Context, args: &EnqueueArgs) -> anyhow::Result<Exit> {
    let kind = match (&args.from, &args.kind) {
        (Some(from), _) => return from::run(cx, from, args.import_options()?).await,
        (None, Some(kind)) => kind,
        (None, None) => {
            return Err(Failure::usage("no task type given", "qctl enqueue --help").into());
        }
    };
    args.expect_no_lines()?;
    let now = clock::now();
    let task = args.task(kind, now)?;
    warn(cx, &task, now)?;
    let inspector = cx.inspector_to("enqueue").await?;
    let enqueued = inspector.enqueue(&task, now).await?;
    match args.wait {
        Some(limit) => wait::run(cx, &inspector, &task, limit).await,
        None => cx.show(&EnqueuedDocument::from(enqueued)),
    }
}
