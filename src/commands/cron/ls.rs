//! `qctl cron ls`: all schedules, also those of Go schedulers.

use crate::commands::Context;
use crate::document::schedule::ScheduleDocument;
use crate::error::Exit;
use crate::inspector::Inspector;
use crate::inspector::schedules::BrokenFile;
use crate::output::Rows;
use crate::task::QueueName;
use crate::view::{Row as _, text};

/// List schedules: when each fires next, and its last outcome
///
/// Entries of Go schedulers come last and are marked asynq. Only their own programs can change them.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  qctl cron ls\n  qctl cron ls nightly -o json\n  qctl cron ls -q low -o id"
)]
pub(crate) struct ListArgs {
    /// Names of schedules [default: all]
    #[arg(value_name = "NAME")]
    names: Vec<String>,
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
    let lines = cx.printer.rows(ScheduleDocument::columns(), cx.now());
    list(
        cx,
        &inspector,
        (&args.names, &args.queues),
        args.limit,
        lines,
    )
    .await
}

/// Adds the schedules of these names and queues, or all, to a list that has begun.
pub(crate) async fn list(
    cx: &Context,
    inspector: &Inspector,
    (names, queues): (&[String], &[QueueName]),
    limit: Option<u64>,
    lines: Rows<'_, ScheduleDocument>,
) -> anyhow::Result<Exit> {
    cx.warn_of_clock(inspector);
    let now = cx.now();
    let mut found = inspector.schedules(names, queues, now).await?;
    if let Some(limit) = limit.and_then(|limit| usize::try_from(limit).ok()) {
        found.schedules.truncate(limit);
    }
    let mut lines = lines.incomplete(found.stored_unknown.is_some());
    for one in &found.schedules {
        lines.push(one)?;
    }
    if found.unattended {
        lines.finish_with_note(UNATTENDED)?;
    } else {
        lines.finish()?;
    }
    warn_of_files(cx, &found.broken_files);
    Ok(if found.stored_unknown.is_some() {
        Exit::Partly
    } else {
        Exit::Done
    })
}

/// Said below schedules that nothing fires.
pub(crate) const UNATTENDED: &str =
    "no scheduler is running: start `qctl work` or `qctl cron run-scheduler`";

/// Names the files whose schedules are not those in Redis.
pub(crate) fn warn_of_files(cx: &Context, files: &[BrokenFile]) {
    for BrokenFile { path, host, error } in files {
        let (host, error) = (text::escape(host), text::escape(error));
        cx.printer.warn(&format!(
            "{path:?} on {host} has errors, so its changes are not stored: {error}"
        ));
    }
}
