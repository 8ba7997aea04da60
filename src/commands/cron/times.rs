//! `qctl cron next` and `history`: future and past ticks of a schedule.

use std::num::NonZero;

use crate::commands::Context;
use crate::document::tick::{HistoryDocument, NextDocument};
use crate::error::Exit;
use crate::inspector::schedules::ticks_of;
use crate::view::Row as _;

/// Show when a schedule fires next
///
/// With --spec, shows the times of a spec, without connecting to Redis.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  qctl cron next nightly -l 3\n  qctl cron next --spec '30 2 * * sun' --tz Europe/Paris"
)]
pub(crate) struct NextArgs {
    /// Name of the schedule
    #[arg(
        value_name = "NAME",
        required_unless_present = "spec",
        conflicts_with = "spec"
    )]
    name: Option<String>,
    /// Show the times of this spec
    #[arg(long, value_name = "SPEC")]
    spec: Option<String>,
    /// Time zone of --spec
    #[arg(
        long,
        value_name = "ZONE",
        default_value = "UTC",
        conflicts_with = "name"
    )]
    tz: String,
    /// Maximum number of rows to print
    #[arg(short, long, value_name = "N", default_value = "10")]
    limit: NonZero<u16>,
}

/// Show the last ticks of a schedule, and the states of their tasks
///
/// The newest comes first. The last 1000 ticks are kept, until 90 days after the last one. A task that is done is gone, and
/// has no state, unless the schedule has a --retention.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  qctl cron history nightly\n  qctl cron history nightly -l 5 -o ndjson\n  qctl cron history nightly -o ndjson | jq -r 'select(.task_state == \"archived\").task_id' | qctl retry -"
)]
pub(crate) struct HistoryArgs {
    /// Name of the schedule
    #[arg(value_name = "NAME")]
    name: String,
    /// Maximum number of rows to print
    #[arg(short, long, value_name = "N", default_value = "20")]
    limit: NonZero<u16>,
}

/// Runs `cron next`.
pub(crate) async fn next(cx: &mut Context, args: &NextArgs) -> anyhow::Result<Exit> {
    let limit = usize::from(args.limit.get());
    let inspector = match args.name {
        Some(_) => Some(cx.inspector().await?),
        None => None,
    };
    let now = cx.now();
    let next = match args.name.as_ref().zip(inspector) {
        Some((name, inspector)) => inspector.next_ticks(name, limit, now).await?,
        None => ticks_of(
            args.spec.as_deref().unwrap_or_default(),
            &args.tz,
            limit,
            now,
        )?,
    };
    let mut lines = cx.printer.rows(NextDocument::columns(), now);
    for tick in &next.ticks {
        lines.push(tick)?;
    }
    lines.finish()?;
    if next.paused {
        cx.printer
            .note("the schedule is paused and fires at none of these times");
    }
    if next.zone_unknown {
        cx.printer.note(
            "later times are unknown: the Go scheduler uses a time zone that it does not announce",
        );
    }
    Ok(Exit::Done)
}

/// Runs `cron history`.
pub(crate) async fn history(cx: &mut Context, args: &HistoryArgs) -> anyhow::Result<Exit> {
    let inspector = cx.inspector().await?;
    let now = cx.now();
    let limit = usize::from(args.limit.get());
    let mut lines = cx.printer.rows(HistoryDocument::columns(), now);
    for record in inspector.schedule_history(&args.name, limit, now).await? {
        lines.push(&record)?;
    }
    lines.finish()?;
    Ok(Exit::Done)
}
