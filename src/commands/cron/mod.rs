//! `qctl cron`: stored schedules.
//!
//! | file | commands |
//! | --- | --- |
//! | `add`, `ls`, `run`, `run_scheduler`, `export`, `sync` | the command of that name |
//! | `change` | `rm`, `pause`, `resume` |
//! | `times` | `next`, `history` |
//!
//! `followed` warns of changes that a watched file would undo.

pub(crate) mod add;
pub(crate) mod change;
pub(crate) mod export;
mod followed;
pub(crate) mod ls;
pub(crate) mod run;
pub(crate) mod run_scheduler;
pub(crate) mod sync;
pub(crate) mod times;

use super::Context;
use crate::error::Exit;

/// Manage cron schedules (stored in Redis)
///
/// Every qctl work process fires them. Each tick is enqueued once, however many processes run.
/// Entries of Go schedulers are listed too, but only their own programs can change them.
#[derive(Debug, clap::Args)]
#[command(
    disable_help_subcommand = true,
    after_help = "Examples:\n  qctl cron add nightly '0 3 * * *' report:build --tz Europe/Paris\n  qctl cron ls\n  qctl cron history nightly\n  qctl cron sync qctl.toml --dry-run"
)]
pub(crate) struct CronArgs {
    #[command(subcommand)]
    command: CronCommand,
}

impl CronArgs {
    /// Whether the command runs until it is stopped.
    pub(crate) const fn goes_on(&self) -> bool {
        matches!(self.command, CronCommand::RunScheduler(_))
    }
}

/// The commands.
#[derive(Debug, clap::Subcommand)]
enum CronCommand {
    #[command(visible_alias = "show", alias = "list")]
    Ls(ls::ListArgs),
    Add(Box<add::AddArgs>),
    #[command(visible_alias = "delete", alias = "remove")]
    Rm(change::RemoveArgs),
    Pause(change::PauseArgs),
    Resume(change::ResumeArgs),
    Run(run::RunArgs),
    RunScheduler(run_scheduler::RunSchedulerArgs),
    Next(times::NextArgs),
    History(times::HistoryArgs),
    Export(export::ExportArgs),
    Sync(sync::SyncArgs),
}

/// Runs the command.
pub(crate) async fn run(cx: &mut Context, args: &CronArgs) -> anyhow::Result<Exit> {
    match &args.command {
        CronCommand::Ls(args) => ls::run(cx, args).await,
        CronCommand::Add(args) => add::run(cx, args).await,
        CronCommand::Rm(args) => change::remove(cx, args).await,
        CronCommand::Pause(args) => change::pause(cx, args).await,
        CronCommand::Resume(args) => change::resume(cx, args).await,
        CronCommand::Run(args) => run::run(cx, args).await,
        CronCommand::RunScheduler(args) => run_scheduler::run(cx, args).await,
        CronCommand::Next(args) => times::next(cx, args).await,
        CronCommand::History(args) => times::history(cx, args).await,
        CronCommand::Export(args) => export::run(cx, args).await,
        CronCommand::Sync(args) => sync::run(cx, args).await,
    }
}
