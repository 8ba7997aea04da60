//! `qctl cron ls`: all schedules, Go's included.

use chrono::{DateTime, TimeDelta, Utc};

use crate::broker::Broker;
use crate::clock;
use crate::commands::Context;
use crate::document::schedule::{ScheduleDocument, ScheduleState, Source};
use crate::error::Exit;
use crate::output::Format;
use crate::schedule::scheduler::ANNOUNCER;
use crate::schedule::stored;
use crate::task::QueueName;

/// List schedules: when they fire next, and what came of the last time.
///
/// Entries of Go's schedulers come last and are marked asynq. Only their own programs can change them.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  qctl cron ls\n  qctl cron ls -o wide\n  qctl cron ls -q low -o id"
)]
pub(crate) struct ListArgs {
    /// Only those that enqueue into this queue (repeatable)
    #[arg(short, long = "queue", value_name = "QUEUE")]
    queues: Vec<QueueName>,
    /// At most so many lines
    #[arg(short, long, value_name = "N")]
    limit: Option<u64>,
}

/// A scheduler may need so long to notice the first schedule there is.
const NOTICE: TimeDelta = TimeDelta::seconds(2);

/// Runs the command.
pub(crate) async fn run(cx: &mut Context, args: &ListArgs) -> anyhow::Result<Exit> {
    let broker = cx.broker().await?;
    list(cx, &broker, &args.queues, args.limit).await
}

/// Lists the schedules of these queues, or of all.
pub(crate) async fn list(
    cx: &Context,
    broker: &Broker,
    queues: &[QueueName],
    limit: Option<u64>,
) -> anyhow::Result<Exit> {
    let now = clock::now();
    let stored = stored::all(broker).await?;
    let schedulers = broker.schedulers(now).await?;
    let fired = schedulers.iter().any(|one| one.id == ANNOUNCER);
    let mut found: Vec<ScheduleDocument> = stored
        .into_iter()
        .map(|stored| ScheduleDocument::new(stored, now))
        .collect();
    let idle = !fired && found.iter().any(|one| waits(one, now));
    for scheduler in schedulers.into_iter().filter(|one| one.id != ANNOUNCER) {
        let entries = scheduler.entries.into_iter();
        found.extend(entries.map(|entry| ScheduleDocument::announced(&scheduler.id, entry)));
    }
    let named = |one: &ScheduleDocument| {
        let queue = one.queue.as_deref();
        queues.iter().any(|name| Some(name.as_str()) == queue)
    };
    found.retain(|one| queues.is_empty() || named(one));
    if cx.printer.format() == Format::Id {
        // Other commands take ids, and can do nothing with these.
        found.retain(|one| one.source == Source::Qctl);
    }
    if let Some(limit) = limit.and_then(|limit| usize::try_from(limit).ok()) {
        found.truncate(limit);
    }
    let elsewhere = |one: &ScheduleDocument| one.queue.as_deref().is_some_and(|q| q != "default");
    let abroad = |one: &ScheduleDocument| one.zone().is_some_and(|zone| zone != "UTC");
    let wide = cx.printer.format() == Format::Wide;
    let columns = ScheduleDocument::columns_for(
        wide || found.iter().any(elsewhere),
        wide || found.iter().any(abroad),
    );
    let mut lines = cx.printer.rows(columns, now);
    for one in &found {
        lines.push(one)?;
    }
    lines.finish()?;
    if idle && cx.printer.format() != Format::Id {
        cx.printer
            .note("nothing fires these now: start qctl work or qctl cron run-scheduler");
    }
    Ok(Exit::Done)
}

/// Whether it should be fired, and a scheduler would have seen it by now.
fn waits(one: &ScheduleDocument, now: DateTime<Utc>) -> bool {
    let seen = |changed| now - changed > NOTICE;
    one.state == ScheduleState::Active && one.changed_at.is_none_or(seen)
}
