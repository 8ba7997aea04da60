//! `qctl cron rm`, `pause` and `resume`.

use super::followed::warn_if_followed;
use crate::commands::{Context, confirm};
use crate::config;
use crate::document::change::{ScheduleChange, Verb};
use crate::error::Exit;
use crate::inspector::schedules::ChangedBy;
use crate::view::text;

/// Remove schedules and their history; tasks already enqueued stay
///
/// Asks for confirmation, unless --yes is given.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  qctl cron rm nightly\n  qctl cron rm nightly poll --yes\n  qctl cron rm nightly --dry-run"
)]
pub(crate) struct RemoveArgs {
    /// The schedules, by name or glob
    #[arg(value_name = "NAME", required = true)]
    names: Vec<String>,
    /// Succeed if a schedule does not exist
    #[arg(long)]
    ignore_not_found: bool,
    /// Show what would change, but change nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
    /// Skip the confirmation
    #[arg(short, long)]
    yes: bool,
}

/// Pause schedules
///
/// Pausing a schedule that is already paused does nothing.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  qctl cron pause nightly poll\n  qctl cron pause 'report:*'")]
pub(crate) struct PauseArgs {
    /// The schedules, by name or glob
    #[arg(value_name = "NAME", required = true)]
    names: Vec<String>,
}

/// Resume paused schedules
///
/// Ticks missed during the pause are never caught up, whatever --catch-up says. Resuming a schedule that is
/// not paused does nothing.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  qctl cron resume nightly poll")]
pub(crate) struct ResumeArgs {
    /// The schedules, by name or glob
    #[arg(value_name = "NAME", required = true)]
    names: Vec<String>,
}

/// Runs `cron rm`.
pub(crate) async fn remove(cx: &mut Context, args: &RemoveArgs) -> anyhow::Result<Exit> {
    let inspector = cx
        .inspector_unless(args.dry_run, "remove schedules")
        .await?;
    let found = if args.ignore_not_found {
        inspector.existing_schedules(&args.names, cx.now()).await?
    } else {
        inspector.stored_schedules(&args.names, cx.now()).await?
    };
    if found.is_empty() {
        return cx.show(&Vec::<ScheduleChange>::new());
    }
    for schedule in &found {
        warn_if_followed(cx, &schedule.name, schedule.changed_by.as_ref());
    }
    if !args.dry_run && !args.yes {
        let names: Vec<&str> = found.iter().map(|one| one.name.as_str()).collect();
        confirm::ask(cx, &question(&names, ""))?;
    }
    cx.show(&inspector.remove_schedules(&found, args.dry_run).await?)
}

/// The question before these are removed; `which` describes them.
pub(super) fn question(names: &[&str], which: &str) -> String {
    match names {
        [only] => format!("remove schedule {only:?}{which}"),
        names => {
            let count = text::plural(names.len() as u64, "schedule");
            format!("remove {count}{which} ({})", text::listed(names))
        }
    }
}

/// Runs `cron pause`.
pub(crate) async fn pause(cx: &mut Context, args: &PauseArgs) -> anyhow::Result<Exit> {
    set(cx, &args.names, Verb::Pause, "pause schedules").await
}

/// Runs `cron resume`.
pub(crate) async fn resume(cx: &mut Context, args: &ResumeArgs) -> anyhow::Result<Exit> {
    set(cx, &args.names, Verb::Resume, "resume schedules").await
}

async fn set(
    cx: &mut Context,
    names: &[String],
    action: Verb,
    what: &'static str,
) -> anyhow::Result<Exit> {
    let inspector = cx.inspector_to(what).await?;
    let found = inspector.stored_schedules(names, cx.now()).await?;
    let by = ChangedBy::User(config::user());
    let changes = inspector.pause_schedules(&found, action, &by).await?;
    for (before, change) in found.iter().zip(&changes) {
        if change.changed {
            warn_if_followed(cx, &before.name, before.changed_by.as_ref());
        }
    }
    cx.show(&changes)
}
