//! `qctl stats`: the numbers of queues, once or again and again.

use std::time::{Duration, Instant};

use super::Context;
use crate::broker::{Broker, Error};
use crate::clock;
use crate::document::queue::DayDocument;
use crate::document::stats::Stats;
use crate::error::{Exit, Failure};
use crate::interrupt::Interrupt;
use crate::task::{QueueName, parse};
use crate::view::Row as _;

/// Show the numbers of queues.
///
/// Tasks in each state, how long the next one has been waiting, attempts and failures today (UTC).
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  qctl stats\n  qctl stats critical --watch\n  qctl stats --history 14 -o csv"
)]
pub(crate) struct StatsArgs {
    /// The queues [default: all]
    #[arg(value_name = "QUEUE")]
    queues: Vec<QueueName>,
    /// Show them again and again, with rates, until interrupted
    #[arg(short, long, value_name = "INTERVAL", num_args = 0..=1, require_equals = true, default_missing_value = "2s", value_parser = parse::duration)]
    watch: Option<Duration>,
    /// Add the memory that each queue takes, from samples
    #[arg(long)]
    memory: bool,
    /// Show the last days instead: processed and failed, today first (UTC)
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=90), conflicts_with = "watch")]
    history: Option<u32>,
}

/// More often than this serves nobody.
const SHORTEST: Duration = Duration::from_millis(100);

/// Runs the command.
pub(crate) async fn run(cx: &mut Context, args: &StatsArgs) -> anyhow::Result<Exit> {
    let broker = cx.broker().await?;
    if let Some(days) = args.history {
        return history(cx, &broker, &args.queues, days).await;
    }
    match args.watch {
        None => {
            let stats = read(&broker, args).await?;
            cx.show(&stats)
        }
        Some(interval) if interval < SHORTEST => {
            Err(Failure::usage("the interval is too short", "use 100ms or more").into())
        }
        Some(interval) => watch(cx, &broker, args, interval).await,
    }
}

async fn history(
    cx: &mut Context,
    broker: &Broker,
    named: &[QueueName],
    days: u32,
) -> anyhow::Result<Exit> {
    let now = clock::now();
    let mut lines = cx.printer.rows(DayDocument::columns(), now);
    for queue in super::args::queues(broker, named).await? {
        for day in broker.history(&queue, days, now).await? {
            lines.push(&DayDocument::from(&day))?;
        }
    }
    lines.finish()?;
    Ok(Exit::Done)
}

async fn read(broker: &Broker, args: &StatsArgs) -> Result<Stats, Error> {
    let queues = super::args::queues(broker, &args.queues).await?;
    let mut stats = broker.stats(&queues, clock::now()).await?;
    if args.memory {
        for one in &mut stats {
            one.memory_bytes = Some(broker.memory(&one.queue).await?);
        }
    }
    let shown = Stats::new(&stats);
    Ok(match broker.server_facts().await? {
        Some(facts) => shown.with_redis(&facts),
        None => shown,
    })
}

/// Losing Redis shows in the frame, and the next one tries again.
async fn watch(
    cx: &mut Context,
    broker: &Broker,
    args: &StatsArgs,
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
                // Ctrl-C is the usual way to end it.
                Exit::Interrupted => Exit::Done,
                exit => exit,
            }),
        }
        match read(broker, args).await {
            Ok(stats) => {
                let at = Instant::now();
                let stats = match &before {
                    Some((then, then_at)) => stats.with_rates(then, at - *then_at),
                    None => stats,
                };
                frames.frame(&stats, clock::now())?;
                before = Some((stats, at));
            }
            Err(error) if error.passing() => frames.trouble(&error.to_string())?,
            Err(error) => return Err(error.into()),
        }
    }
}
