//! `qctl cron add`: store a schedule.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::broker::{Broker, SchedulePlaced};
use crate::clock;
use crate::commands::Context;
use crate::commands::options::{self, TaskArgs, time};
use crate::config;
use crate::error::{Exit, Failure};
use crate::schedule::changed_by::{ChangedBy, Stamp};
use crate::schedule::entry::{CatchUp, Schedule, ScheduleName};
use crate::schedule::form::{self, Form};
use crate::schedule::stored::{self, Replace, Stored};
use crate::schedule::sync::{self, Kind, Wanted};
use crate::task::{TaskType, parse};
use crate::view::schedule::changed::SchedulePut;

/// Store a schedule, which enqueues a task of this type again and again.
///
/// The spec has five fields (minute, hour, day of month, month, day of week), or six with seconds first,
/// or is one of @hourly, @daily, @weekly, @monthly, @yearly, @every DURATION.
///
/// Adding the same again changes nothing. Another one of that name is refused without --replace.
/// Changed times count from now on: nothing is made up for.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  qctl cron add nightly '0 3 * * *' report:build --tz Europe/Paris\n  qctl cron add poll '@every 30s' feed:poll -q low --payload '{\"feed\":7}' --unique 5m\n  qctl cron add nightly '0 4 * * *' report:build --replace --dry-run"
)]
pub(crate) struct AddArgs {
    /// Its name
    #[arg(value_name = "NAME")]
    name: ScheduleName,
    /// When, such as '0 3 * * *'
    #[arg(value_name = "SPEC")]
    spec: String,
    /// The type of its tasks
    #[arg(value_name = "TYPE")]
    kind: TaskType,
    /// The zone in which the spec is read, such as Europe/Paris; UTC unless said, as in Asynq's scheduler
    #[arg(long, value_name = "ZONE", default_value = "UTC")]
    tz: String,
    #[command(flatten)]
    options: TaskArgs,
    /// What happens to times that were missed: none, latest, all (100 at most), all:N
    #[arg(long, value_name = "POLICY", default_value_t)]
    catch_up: CatchUp,
    /// Start each task up to so much later, to spread the load
    #[arg(long, value_name = "DURATION", value_parser = parse::duration)]
    jitter: Option<Duration>,
    /// Not before this time
    #[arg(long, value_name = "TIME", value_parser = time)]
    start: Option<DateTime<Utc>>,
    /// Not after this time
    #[arg(long, value_name = "TIME", value_parser = time)]
    end: Option<DateTime<Utc>>,
    /// What people should know of it
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    /// Store it, but do not let it fire yet
    #[arg(long)]
    paused: bool,
    /// Replace another schedule of this name
    #[arg(long)]
    replace: bool,
    /// Show what would be done, and do nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
}

/// There is another schedule of the name, which differs in these keys.
fn taken(name: &ScheduleName, keys: Option<Vec<String>>) -> Failure {
    let differs = keys.map(|keys| format!(" (it differs in {})", keys.join(", ")));
    let differs = differs.unwrap_or_default();
    let what = format!("another schedule is called {:?}{differs}", name.as_str());
    Failure::new(Exit::Conflict, what).with_hint("add --replace to replace it")
}

/// Runs the command.
pub(crate) async fn run(cx: &mut Context, args: &AddArgs) -> anyhow::Result<Exit> {
    let now = clock::now();
    let wanted = Wanted {
        schedule: args.schedule(now)?,
        paused: args.paused.then_some(true),
    };
    let schedule = &wanted.schedule;
    options::warn(cx, &schedule.task_now(), now)?;
    let broker = cx.broker_unless(args.dry_run, "add schedules").await?;
    let known = super::known(&broker, schedule.name.as_str()).await?;
    let placed = place(&broker, args, &wanted, known.as_ref()).await?;
    if let (SchedulePlaced::Replaced, Some(before)) = (placed, &known) {
        super::warn_if_followed(cx, &before.name, before.changed_by.clone());
    }
    let stored = if args.dry_run {
        known
    } else {
        super::known(&broker, schedule.name.as_str()).await?
    };
    // What is stored, when it is this already, knows from where @every counts.
    let this = stored.filter(|stored| {
        let other = |known: &Schedule| known.spec != schedule.spec;
        !stored.schedule.as_ref().is_ok_and(other)
    });
    let anchor = this.as_ref().map_or(now, |stored| stored.progress.since);
    let paused = args.paused || this.is_some_and(|stored| stored.paused);
    let mut view = SchedulePut::new(schedule, placed, paused, (now, anchor));
    view.dry_run = args.dry_run;
    if view.next.is_empty() {
        cx.printer
            .warn("it never fires: no time to come fits its spec, start and end");
    }
    cx.show(&view)
}

/// Stores it, or finds out what that would do.
async fn place(
    broker: &Broker,
    args: &AddArgs,
    wanted: &Wanted,
    known: Option<&Stored>,
) -> anyhow::Result<SchedulePlaced> {
    let stored = known.map_or(&[][..], std::slice::from_ref);
    let changes = sync::compare(std::slice::from_ref(wanted), stored, |_| false);
    let keys = changes.iter().find_map(|change| match &change.kind {
        Kind::Replace { keys, .. } => Some(keys.iter().map(|key| key.key.clone()).collect()),
        Kind::Add(_) | Kind::Remove | Kind::Keep => None,
    });
    let placed = match (args.dry_run, &keys) {
        (true, _) if known.is_none() => SchedulePlaced::Added,
        (true, None) => SchedulePlaced::Unchanged,
        (true, Some(_)) if args.replace => SchedulePlaced::Replaced,
        (true, Some(_)) => SchedulePlaced::Taken,
        (false, _) => {
            let replace = if args.replace {
                Replace::Yes
            } else {
                Replace::No
            };
            let Wanted { schedule, paused } = wanted;
            let by = ChangedBy::User(config::user());
            let now = broker.server_time().await?;
            stored::put(broker, schedule, *paused, replace, Stamp { by: &by, now }).await?
        }
    };
    if placed == SchedulePlaced::Taken {
        return Err(taken(&args.name, keys).into());
    }
    Ok(placed)
}

impl AddArgs {
    fn schedule(&self, now: DateTime<Utc>) -> anyhow::Result<Schedule> {
        let (spec, zone) =
            form::timing(&self.spec, &self.tz).map_err(|bad| Failure::usage(bad.what, bad.hint))?;
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
        // As files are checked; it is also what will be read back.
        let checked = Form::from(&schedule).check(now);
        Ok(checked.map_err(|bad| Failure::usage(bad.what, bad.hint))?)
    }
}
