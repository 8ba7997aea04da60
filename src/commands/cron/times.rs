//! `qctl cron next` and `history`: the times of a schedule, those to come and those that passed.

use std::num::NonZero;

use futures_util::future::join_all;

use crate::broker::Broker;
use crate::clock;
use crate::commands::Context;
use crate::document::tick::{HistoryDocument, NextDocument};
use crate::error::{Exit, Failure};
use crate::output::Format;
use crate::schedule::form;
use crate::schedule::spec::Zone;
use crate::schedule::stored::{self, Outcome, Record};
use crate::task::{QueueName, State, TaskId};
use crate::view::Row as _;

/// Show when a schedule fires next.
///
/// With --spec, the times of any spec; nothing need be stored, and no Redis be there.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  qctl cron next nightly -l 3\n  qctl cron next --spec '30 2 * * sun' --tz Europe/Paris"
)]
pub(crate) struct NextArgs {
    /// The schedule
    #[arg(
        value_name = "NAME",
        required_unless_present = "spec",
        conflicts_with = "spec"
    )]
    name: Option<String>,
    /// The times of this spec
    #[arg(long, value_name = "SPEC")]
    spec: Option<String>,
    /// The zone in which --spec is read
    #[arg(
        long,
        value_name = "ZONE",
        default_value = "UTC",
        conflicts_with = "name"
    )]
    tz: String,
    /// How many
    #[arg(short, long, value_name = "N", default_value = "10")]
    limit: NonZero<u16>,
}

/// Show what came of the last times of a schedule, and of its tasks.
///
/// The newest come first. A thousand are kept, for 90 days after the last.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  qctl cron history nightly\n  qctl cron history nightly -l 5 -o ndjson\n  qctl cron history nightly -o ndjson | jq -r 'select(.task_state == \"archived\").task_id' | qctl retry -"
)]
pub(crate) struct HistoryArgs {
    /// The schedule
    #[arg(value_name = "NAME")]
    name: String,
    /// How many
    #[arg(short, long, value_name = "N", default_value = "20")]
    limit: NonZero<u16>,
}

/// Tasks looked up at the same time.
const TOGETHER: usize = 20;

/// Runs `cron next`.
pub(crate) async fn next(cx: &mut Context, args: &NextArgs) -> anyhow::Result<Exit> {
    let now = clock::now();
    let Some(name) = args.name.as_deref() else {
        let spec = args.spec.as_deref().unwrap_or_default();
        let (spec, zone) =
            form::timing(spec, &args.tz).map_err(|bad| Failure::usage(bad.what, bad.hint))?;
        let tz = spec.zone_or(&zone);
        return show(cx, args, (None, tz), |after| spec.next(after, &zone, now));
    };
    let broker = cx.broker().await?;
    let stored = stored::one(&broker, name).await?;
    let schedule = super::readable(&stored)?;
    let tz = schedule.spec.zone_or(&schedule.zone);
    let progress = stored.progress;
    show(cx, args, (Some(name), tz), |after| {
        schedule.next(after.max(progress.after()), progress.since)
    })?;
    if stored.paused {
        cx.printer
            .note("it is paused: it fires at none of these times");
    }
    Ok(Exit::Done)
}

type Instant = chrono::DateTime<chrono::Utc>;

fn show(
    cx: &Context,
    args: &NextArgs,
    (name, tz): (Option<&str>, &Zone),
    next: impl Fn(Instant) -> Option<Instant>,
) -> anyhow::Result<Exit> {
    let now = clock::now();
    let times = std::iter::successors(next(now), |at| next(*at));
    let mut lines = cx.printer.rows(NextDocument::columns_for(tz), now);
    for at in times.take(usize::from(args.limit.get())) {
        lines.push(&NextDocument::new(name, at, tz))?;
    }
    lines.finish()?;
    Ok(Exit::Done)
}

/// Runs `cron history`.
pub(crate) async fn history(cx: &mut Context, args: &HistoryArgs) -> anyhow::Result<Exit> {
    let broker = cx.broker().await?;
    let name = stored::one(&broker, &args.name).await?.name;
    let records = stored::history(&broker, &name, usize::from(args.limit.get())).await?;
    let mut lines = cx.printer.rows(HistoryDocument::columns(), clock::now());
    for records in records.chunks(TOGETHER) {
        let states = join_all(records.iter().map(|record| state(&broker, record))).await;
        for (record, state) in records.iter().zip(states) {
            let document = HistoryDocument::new(&name, record.clone(), state?);
            // Where ids are asked for, what enqueued nothing has none.
            if document.task_id.is_some() || cx.printer.format() != Format::Id {
                lines.push(&document)?;
            }
        }
    }
    lines.finish()?;
    Ok(Exit::Done)
}

/// The state of the task that was enqueued, if it is still there.
async fn state(broker: &Broker, record: &Record) -> anyhow::Result<Option<State>> {
    let Outcome::Enqueued { task_id, queue } = &record.outcome else {
        return Ok(None);
    };
    // Names that no task can have are a stranger's.
    let (Ok(id), Ok(queue)) = (
        TaskId::new(task_id.as_str()),
        QueueName::new(queue.as_str()),
    ) else {
        return Ok(None);
    };
    let found = broker.find(&queue, &id).await?;
    Ok(found.map(|task| task.state))
}
