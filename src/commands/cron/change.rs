//! `qctl cron rm`, `pause` and `resume`.

use crate::broker::{Broker, StoredSchedule};
use crate::commands::args::distinct;
use crate::commands::{Context, confirm};
use crate::config;
use crate::document::change::{ScheduleChange, Verb};
use crate::error::Exit;
use crate::schedule::changed_by::ChangedBy;
use crate::view::text;

/// Remove schedules with their history; tasks they have enqueued stay.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  qctl cron rm nightly\n  qctl cron rm nightly poll --yes\n  qctl cron rm nightly --dry-run"
)]
pub(crate) struct RemoveArgs {
    /// The schedules
    #[arg(value_name = "NAME", required = true)]
    names: Vec<String>,
    /// Show what would be done, and do nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

/// Stop schedules from firing.
///
/// Pausing one that is paused already does nothing.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  qctl cron pause nightly poll")]
pub(crate) struct PauseArgs {
    /// The schedules
    #[arg(value_name = "NAME", required = true)]
    names: Vec<String>,
}

/// Let paused schedules fire again.
///
/// What they missed meanwhile is not made up for, whatever their policy. Resuming one that is not paused
/// does nothing.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  qctl cron resume nightly poll")]
pub(crate) struct ResumeArgs {
    /// The schedules
    #[arg(value_name = "NAME", required = true)]
    names: Vec<String>,
}

/// Runs `cron rm`.
pub(crate) async fn remove(cx: &mut Context, args: &RemoveArgs) -> anyhow::Result<Exit> {
    let broker = cx.broker_unless(args.dry_run, "remove schedules").await?;
    let found = expect(&broker, &args.names).await?;
    for schedule in &found {
        super::warn_if_followed(
            cx,
            &schedule.name,
            ChangedBy::from_stored(&schedule.changed_by),
        );
    }
    let names: Vec<String> = found.into_iter().map(|schedule| schedule.name).collect();
    if !args.dry_run && !args.yes {
        confirm::ask(cx, &question(&names, ""))?;
    }
    let mut done = Vec::new();
    for name in names {
        let changed = args.dry_run || broker.remove_schedule(&name).await?;
        done.push(ScheduleChange {
            name,
            action: Verb::Remove,
            dry_run: args.dry_run,
            changed,
        });
    }
    cx.show(&done)
}

/// Names in a question.
const NAMED: usize = 5;

/// Asks about the removal of these, `which` being what they have in common.
pub(super) fn question(names: &[String], which: &str) -> String {
    if let [only] = names {
        return format!("remove schedule {only:?}{which}");
    }
    let some: Vec<&str> = names.iter().take(NAMED).map(String::as_str).collect();
    let more = if names.len() > NAMED { ", …" } else { "" };
    let count = text::plural(names.len() as u64, "schedule");
    format!("remove {count}{which} ({}{more})", some.join(", "))
}

/// Runs `cron pause`.
pub(crate) async fn pause(cx: &mut Context, args: &PauseArgs) -> anyhow::Result<Exit> {
    let broker = cx.broker_to("pause schedules").await?;
    set(cx, &broker, &args.names, Verb::Pause).await
}

/// Runs `cron resume`.
pub(crate) async fn resume(cx: &mut Context, args: &ResumeArgs) -> anyhow::Result<Exit> {
    let broker = cx.broker_to("resume schedules").await?;
    set(cx, &broker, &args.names, Verb::Resume).await
}

async fn set(
    cx: &mut Context,
    broker: &Broker,
    names: &[String],
    action: Verb,
) -> anyhow::Result<Exit> {
    let by = ChangedBy::User(config::user()).to_stored();
    let paused = action == Verb::Pause;
    let now = broker.server_time().await?;
    let mut done = Vec::new();
    for before in expect(broker, names).await? {
        let changed = broker
            .pause_schedule(&before.name, paused, &by, now)
            .await?;
        if changed {
            super::warn_if_followed(cx, &before.name, ChangedBy::from_stored(&before.changed_by));
        }
        done.push(ScheduleChange {
            name: before.name,
            action,
            dry_run: false,
            changed,
        });
    }
    cx.show(&done)
}

/// All names are looked at before anything is changed.
async fn expect(broker: &Broker, names: &[String]) -> anyhow::Result<Vec<StoredSchedule>> {
    let mut found = Vec::new();
    for name in distinct(names) {
        found.push(broker.schedule(&name).await?);
    }
    Ok(found)
}
