//! `qctl cron add`: store a schedule.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::followed::warn_if_followed;
use crate::commands::Context;
use crate::commands::options::{self, TaskArgs, time};
use crate::config;
use crate::error::Exit;
use crate::inspector::Error;
use crate::inspector::schedules::{
    AddOptions, CatchUp, ChangedBy, Schedule, ScheduleName, Wanted, checked, timing,
};
use crate::task::{TaskType, parse};

/// Store a schedule that enqueues a task at each tick
///
/// The spec has five fields (minute, hour, day of month, month, day of week), or six with the second first,
/// or is one of @hourly, @daily, @weekly, @monthly, @yearly and @every DURATION.
///
/// Adding the same schedule again changes nothing. Replacing a different schedule of the same name needs
/// --replace. A changed spec applies from now on; earlier ticks are not caught up.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  qctl cron add nightly '0 3 * * *' report:build --tz Europe/Paris\n  qctl cron add poll '@every 30s' feed:poll -q low --payload '{\"feed\":7}' --unique 5m\n  qctl cron add nightly '0 4 * * *' report:build --replace --dry-run"
)]
pub(crate) struct AddArgs {
    /// Name of the schedule
    #[arg(value_name = "NAME")]
    name: ScheduleName,
    /// Cron spec, such as '0 3 * * *'
    #[arg(value_name = "SPEC")]
    spec: String,
    /// Type of the tasks
    #[arg(value_name = "TYPE")]
    kind: TaskType,
    /// Time zone of the spec, such as Europe/Paris
    #[arg(long, value_name = "ZONE", default_value = "UTC")]
    tz: String,
    #[command(flatten)]
    options: TaskArgs,
    /// Missed ticks to catch up: none, latest, all (at most 100) or all:N
    #[arg(long, value_name = "POLICY", default_value_t)]
    catch_up: CatchUp,
    /// Delay each task by a random time of up to DURATION, to spread the load
    #[arg(long, value_name = "DURATION", value_parser = parse::duration)]
    jitter: Option<Duration>,
    /// No ticks before this time, such as 2026-12-01T09:00:00Z or "tomorrow 09:00" (local time)
    #[arg(long, value_name = "TIME", value_parser = time)]
    start: Option<DateTime<Utc>>,
    /// No ticks after this time
    #[arg(long, value_name = "TIME", value_parser = time)]
    end: Option<DateTime<Utc>>,
    /// Note shown in lists
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    /// Store the schedule paused
    #[arg(long)]
    paused: bool,
    /// Replace another schedule of the same name
    #[arg(long)]
    replace: bool,
    /// Show what would change, but change nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
}

/// Runs the command.
pub(crate) async fn run(cx: &mut Context, args: &AddArgs) -> anyhow::Result<Exit> {
    let now = cx.now();
    let wanted = Wanted {
        schedule: args.schedule(now)?,
        paused: args.paused.then_some(true),
    };
    options::warn(cx, &wanted.schedule.task_now(), now)?;
    let inspector = cx.inspector_unless(args.dry_run, "add schedules").await?;
    let now = cx.now();
    let options = AddOptions {
        by: &ChangedBy::User(config::user()),
        replace: args.replace,
        dry_run: args.dry_run,
    };
    let added = inspector.add_schedule(&wanted, options, now).await?;
    warn_if_followed(cx, args.name.as_str(), added.replaced.as_ref());
    if let Some(warning) = wanted.schedule.warning(now) {
        cx.printer.warn(&warning);
    }
    if wanted.schedule.spec.has_seconds() {
        cx.printer
            .note("the spec has six fields, so the first is the second");
    }
    cx.show(&added.stored)
}

impl AddArgs {
    fn schedule(&self, now: DateTime<Utc>) -> anyhow::Result<Schedule> {
        let (spec, zone) = timing(&self.spec, &self.tz).map_err(Error::from)?;
        let options = &self.options;
        let schedule = Schedule {
            name: self.name.clone(),
            spec,
            zone,
            kind: self.kind.clone(),
            payload: options.payload()?,
            options: options.options(Duration::ZERO),
            delay: options.start_in.unwrap_or_default(),
            catch_up: self.catch_up,
            jitter: self.jitter.unwrap_or_default(),
            start_at: self.start,
            end_at: self.end,
            note: self.note.clone(),
        };
        Ok(checked(&schedule, now)?)
    }
}
