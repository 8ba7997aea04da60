//! `qctl stats`: statistics of queues, once or refreshed until interrupted.

use std::time::{Duration, Instant};

use super::Context;
use super::columns::chosen;
use super::queues::QueueArgs;
use super::watch::{Frame, check_interval, watch};
use crate::document::queue::QueueDocument;
use crate::document::stats::Stats;
use crate::error::{Exit, Failure};
use crate::inspector::queues::StatsOptions;
use crate::inspector::{self, Inspector};
use crate::task::parse;

/// Show queue statistics
///
/// Tasks by state, how long the next task has been waiting, and how many attempts ended and failed today (UTC). On a
/// narrow terminal, numbers are shortened and some columns are left out; -o wide shows all.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  qctl stats\n  qctl stats critical --watch\n  qctl stats --history 14 -o csv\n  qctl stats -o json | jq '.queues[] | {queue, pending}'"
)]
pub(crate) struct StatsArgs {
    #[command(flatten)]
    queues: QueueArgs,
    /// Refresh every INTERVAL until interrupted, and show rates
    #[arg(short, long, value_name = "INTERVAL", num_args = 0..=1, require_equals = true, default_missing_value = "2s", value_parser = parse::duration)]
    watch: Option<Duration>,
    /// Add the memory used by each queue, estimated from samples
    #[arg(long)]
    memory: bool,
    /// Add the attempts of the last DAYS days, today first (UTC); CSV has these alone
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=90), conflicts_with = "watch")]
    history: Option<u32>,
    /// The columns of the table, by their titles, separated by commas; -o wide shows what there is
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    columns: Vec<String>,
}

/// Runs the command.
pub(crate) async fn run(cx: &mut Context, args: &StatsArgs) -> anyhow::Result<Exit> {
    let columns = QueueDocument::columns_for(args.memory, args.watch.is_some());
    chosen(cx, &args.columns, columns)?;
    let inspector = cx.inspector().await?;
    cx.warn_of_clock(&inspector);
    let options = StatsOptions {
        queues: args.queues.all(),
        memory: args.memory,
        days: args.history,
    };
    match args.watch {
        None => {
            let mut stats = inspector.stats(&options, cx.now()).await?;
            stats.columns.clone_from(&args.columns);
            cx.show(&stats)?;
            Ok(cx.warn_unreadable(stats.unreadable.iter()))
        }
        Some(interval) => {
            check_interval(interval)?;
            let exit = watched(cx, &inspector, (args, &options), interval).await;
            exit.map_err(explain_interval)
        }
    }
}

/// Adds a hint if the interval was passed as a queue, as in `--watch 1s`.
pub(super) fn explain_interval(error: anyhow::Error) -> anyhow::Error {
    match error.downcast_ref() {
        Some(inspector::Error::UnknownQueue { queue, .. })
            if parse::duration(queue.as_str()).is_ok() =>
        {
            let hint = format!("to set the interval: --watch={}", queue.as_str());
            Failure::usage(error.to_string(), hint).into()
        }
        _ => error,
    }
}

/// Shows statistics again and again, with rates since the previous frame.
async fn watched(
    cx: &Context,
    inspector: &Inspector,
    (args, options): (&StatsArgs, &StatsOptions),
    interval: Duration,
) -> anyhow::Result<Exit> {
    let mut before: Option<(Stats, Instant)> = None;
    watch(cx, interval, async || {
        let mut stats = inspector.stats(options, inspector.now()).await?;
        stats.watched = true;
        stats.columns.clone_from(&args.columns);
        let at = Instant::now();
        let view = match &before {
            Some((then, then_at)) => stats.with_rates(then, at - *then_at),
            None => stats,
        };
        before = Some((view.clone(), at));
        Ok(Frame {
            troubles: view.unreadable.clone(),
            view,
        })
    })
    .await
}
