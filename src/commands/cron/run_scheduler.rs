//! `qctl cron run-scheduler`: fire the stored schedules, and run no tasks.

use std::sync::Arc;

use anyhow::Context as _;

use crate::clock;
use crate::commands::Context;
use crate::commands::run_schedules::Firing;
use crate::config::LogArgs;
use crate::error::Exit;
use crate::interrupt::Interrupt;
use crate::output::Log;
use crate::schedule::sync;

/// Run only the scheduler: fire stored schedules, run no tasks
///
/// Every qctl work process fires schedules too, so this is needed only if other programs run all tasks. Any
/// number of schedulers may run at the same time. The schedules of the configuration file are stored, and stored
/// again whenever the file changes.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  qctl cron run-scheduler\n  qctl cron run-scheduler --config qctl.toml --log-format json"
)]
pub(crate) struct RunSchedulerArgs {
    #[command(flatten)]
    log: LogArgs,
}

/// Runs the command.
pub(crate) async fn run(cx: &mut Context, args: &RunSchedulerArgs) -> anyhow::Result<Exit> {
    cx.config.file.check()?;
    sync::check(&cx.config.file.cron, clock::now())?;
    let inspector = cx.inspector_to("fire schedules").await?;
    cx.note_unknowns(&inspector);
    cx.warn_of_clock(&inspector);
    let mut interrupt = Interrupt::listen().context("cannot listen for signals")?;
    let settings = cx
        .config
        .file
        .log
        .settings(&args.log, cx.printer.is_quiet())?;
    let log = Log::start(Arc::clone(&cx.printer), settings);
    let stop = async move {
        interrupt.caught().await;
    };
    Firing::new(cx, &inspector, &log).run(stop).await;
    log.end().await;
    Ok(Exit::Done)
}
