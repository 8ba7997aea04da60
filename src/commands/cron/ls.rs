//! `qctl cron ls`: all schedules, Go's included.

use crate::clock;
use crate::commands::Context;
use crate::document::schedule::ScheduleDocument;
use crate::error::Exit;
use crate::inspector::Inspector;
use crate::task::QueueName;

/// List schedules: when they fire next, and the result of the last time
///
/// Entries of Go's schedulers come last and are marked asynq. Only their own programs can change them.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  qctl cron ls\n  qctl cron ls -o wide\n  qctl cron ls -q low -o id"
)]
pub(crate) struct ListArgs {
    /// Only schedules that enqueue into this queue, by name or glob (repeatable)
    #[arg(short, long = "queue", value_name = "QUEUE")]
    queues: Vec<QueueName>,
    /// Maximum number of rows to print
    #[arg(short, long, value_name = "N")]
    limit: Option<u64>,
}

/// Runs the command.
pub(crate) async fn run(cx: &mut Context, args: &ListArgs) -> anyhow::Result<Exit> {
    let inspector = cx.inspector().await?;
    list(cx, &inspector, &args.queues, args.limit).await
}

/// Lists the schedules of these queues, or of all.
pub(crate) async fn list(
    cx: &Context,
    inspector: &Inspector,
    queues: &[QueueName],
    limit: Option<u64>,
) -> anyhow::Result<Exit> {
    let now = clock::now();
    let mut found = inspector.schedules(queues, now).await?;
    if let Some(limit) = limit.and_then(|limit| usize::try_from(limit).ok()) {
        found.schedules.truncate(limit);
    }
    let columns = ScheduleDocument::columns_for(&found.schedules);
    let mut lines = cx.printer.rows(columns, now);
    for one in &found.schedules {
        lines.push(one)?;
    }
    if found.unattended {
        let note = "no scheduler is running: start qctl work or qctl cron run-scheduler";
        lines.finish_with_note(note)?;
    } else {
        lines.finish()?;
    }
    Ok(Exit::Done)
}
