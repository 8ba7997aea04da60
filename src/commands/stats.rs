//! `qctl stats`: statistics of queues, once or refreshed until interrupted.

use std::time::{Duration, Instant};

use super::Context;
use crate::document::stats::Stats;
use crate::error::{Exit, Failure};
use crate::inspector::queues::StatsOptions;
use crate::inspector::{self, Inspector};
use crate::interrupt::Interrupt;
use crate::task::{QueueName, parse};

/// Show queue statistics
///
/// Tasks by state, how long the next task has been waiting, and how many attempts ended and failed today (UTC). On a
/// narrow terminal, numbers are shortened and some columns are left out; -o wide shows all.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  qctl stats\n  qctl stats critical --watch\n  qctl stats --history 14 -o csv\n  qctl stats -o json | jq '.queues[] | {queue, pending}'"
)]
pub(crate) struct StatsArgs {
    /// Queues, by name or glob [default: all]
    #[arg(value_name = "QUEUE")]
    queues: Vec<QueueName>,
    /// Refresh every INTERVAL until interrupted, and show rates
    #[arg(short, long, value_name = "INTERVAL", num_args = 0..=1, require_equals = true, default_missing_value = "2s", value_parser = parse::duration)]
    watch: Option<Duration>,
    /// Add the memory used by each queue, estimated from samples
    #[arg(long)]
    memory: bool,
    /// Add the attempts of the last DAYS days, today first (UTC); CSV has these alone
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=90), conflicts_with = "watch")]
    history: Option<u32>,
}

/// More frames than anybody can read would only load Redis.
const MIN_INTERVAL: Duration = Duration::from_millis(100);

/// Runs the command.
pub(crate) async fn run(cx: &mut Context, args: &StatsArgs) -> anyhow::Result<Exit> {
    let inspector = cx.inspector().await?;
    cx.warn_of_clock(&inspector);
    let options = StatsOptions {
        queues: args.queues.clone(),
        memory: args.memory,
        days: args.history,
    };
    match args.watch {
        None => {
            let stats = inspector.stats(&options, cx.now()).await?;
            cx.show(&stats)?;
            Ok(cx.warn_unreadable(stats.unreadable.iter()))
        }
        Some(interval) if interval < MIN_INTERVAL => {
            Err(Failure::usage("the interval is too short", "use 100ms or more").into())
        }
        Some(interval) => match watch(cx, &inspector, &options, interval).await {
            Err(error) => Err(explain_interval(error)),
            exit => exit,
        },
    }
}

/// Adds a hint if the interval was passed as a queue, as in `--watch 1s`.
fn explain_interval(error: anyhow::Error) -> anyhow::Error {
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

/// Draws a frame per interval. If Redis does not answer, the frame says so, and the next one tries again. After the first
/// frame the request was right, so a refusal, such as of a right that was revoked, is not the end either.
async fn watch(
    cx: &mut Context,
    inspector: &Inspector,
    options: &StatsOptions,
    interval: Duration,
) -> anyhow::Result<Exit> {
    let mut ticks = tokio::time::interval(interval);
    let mut before: Option<(Stats, Instant)> = None;
    let mut interrupt = Interrupt::listen()?;
    let mut frames = cx.printer.watch();
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            exit = interrupt.caught() => return Ok(match exit {
                // Ctrl-C is the usual way to stop watching.
                Exit::Interrupted => Exit::Done,
                exit => exit,
            }),
        }
        match inspector.stats(options, inspector.now()).await {
            Ok(mut stats) => {
                stats.watched = true;
                let at = Instant::now();
                let stats = match &before {
                    Some((then, then_at)) => stats.with_rates(then, at - *then_at),
                    None => stats,
                };
                frames.frame(&stats, cx.now())?;
                if !stats.unreadable.is_empty() {
                    frames.trouble(&stats.unreadable.join("; "))?;
                }
                before = Some((stats, at));
            }
            Err(error) if before.is_some() || error.passing() => {
                frames.trouble(&error.to_string())?;
            }
            Err(error) => return Err(error.into()),
        }
    }
}
