//! `qctl cron run`: enqueue the task of a schedule now.

use crate::commands::Context;
use crate::config;
use crate::document::enqueued::EnqueuedDocument;
use crate::error::Exit;

/// Enqueue the task of a schedule once, now
///
/// The ticks of the schedule are not affected. Paused and ended schedules can be run too. --jitter and --in of
/// the schedule are ignored; all its other options apply.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  qctl cron run nightly\n  qctl cron run nightly -o id")]
pub(crate) struct RunArgs {
    /// Name of the schedule
    #[arg(value_name = "NAME")]
    name: String,
}

/// Runs the command.
pub(crate) async fn run(cx: &mut Context, args: &RunArgs) -> anyhow::Result<Exit> {
    let inspector = cx.inspector_to("run schedules").await?;
    let ran = inspector
        .run_schedule(&args.name, &config::user(), cx.now())
        .await?;
    if let Some(text) = ran.warning() {
        cx.printer.warn(&text);
    }
    cx.show(&EnqueuedDocument::from(ran.enqueued))
}
