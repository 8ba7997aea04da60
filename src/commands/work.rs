//! `qctl work`: a worker that runs a command for each task, and fires the stored schedules.

mod handlers;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::Context;
use crate::clock;
use crate::commands::run_schedules::Firing;
use crate::config::{self, Config};
use crate::error::{Exit, Failure};
use crate::output::{Log, LogFormat};
use crate::schedule::sync;
use crate::task::{QueueName, parse};
use crate::view::log::worker::line;
use crate::view::settings::LogSettings;
use crate::worker::event::Event;
use crate::worker::handlers::guardian;
use crate::worker::handlers::guardian::Guardian;
use crate::worker::{Control, Phase, Queues, Settings, Worker};
use anyhow::Context as _;

/// Run tasks: a command for each type of task.
///
/// The payload is on the command's standard input, facts about the task are in its environment.
/// Exit status 0 is success and standard output the result; 65 archives the task, 75 tries again
/// without counting a failure, anything else is a failure, with the end of standard error as its text.
/// Stored schedules (qctl cron) are fired too, each tick by one of all workers.
/// The first INT or TERM lets running tasks finish, the second ends them; TSTP stops claiming.
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
#[command(
    after_help = "Examples:\n  qctl work --handle 'email:deliver=./send-email.sh'\n  qctl work -q critical=6 -q default=3 --handle 'image:*=./convert.sh'\n  qctl work --config qctl.toml --check"
)]
pub(crate) struct WorkArgs {
    /// A queue, or a queue and its weight (repeatable) [default: default=1]
    #[arg(short, long = "queue", value_name = "QUEUE[=WEIGHT]", value_parser = weighted)]
    queues: Vec<(QueueName, u32)>,
    /// Serve queues in strict order of weight: a lower one only when those above are empty
    #[arg(long)]
    strict: bool,
    /// How many tasks may run at the same time [default: the number of processors]
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    concurrency: Option<u32>,
    /// Run this command line with sh for tasks of this type; TYPE* matches every type that starts so (repeatable)
    #[arg(long = "handle", value_name = "TYPE=COMMAND", value_parser = parse::header)]
    handlers: Vec<(String, String)>,
    /// Complete tasks of this type without running anything (repeatable)
    #[arg(long = "discard", value_name = "TYPE")]
    discard: Vec<String>,
    /// How long to wait for running tasks at the end [default: 8s]
    #[arg(long, value_name = "DURATION", value_parser = parse::duration)]
    shutdown_timeout: Option<Duration>,
    /// End when the queues are empty
    #[arg(long)]
    burst: bool,
    /// Do not fire stored schedules, and leave [[cron]] of the file alone
    #[arg(long)]
    no_scheduler: bool,
    /// Check the configuration, show it and end
    #[arg(long)]
    check: bool,
    /// How to print log lines
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = config::choice!(LogFormat))]
    log_format: LogFormat,
}

/// More than any machine runs commands at a time; each slot costs memory.
const MOST_SLOTS: usize = 100_000;

fn weighted(text: &str) -> Result<(QueueName, u32), String> {
    let (name, weight) = match text.rsplit_once('=') {
        Some((name, weight)) => {
            let weight = weight.parse().ok().filter(|weight| *weight > 0);
            (
                name,
                weight.ok_or("the weight must be a whole number above zero")?,
            )
        }
        None => (text, 1),
    };
    Ok((
        QueueName::new(name).map_err(|error| error.to_string())?,
        weight,
    ))
}

/// Runs the command.
pub(crate) async fn run(cx: &mut Context, args: &WorkArgs) -> anyhow::Result<Exit> {
    let settings = settings(&cx.config, args)?;
    let handlers = handlers::handlers(&cx.config, args)?;
    for (pattern, handler) in &handlers {
        handlers::check(pattern, handler)?;
    }
    let schedules = sync::check(&cx.config.file.cron, clock::now())?;
    if args.check {
        let list = |names: Vec<&str>| names.join(", ");
        let queues = list(settings.queues.names().map(QueueName::as_str).collect());
        let patterns = list(handlers.keys().map(String::as_str).collect());
        let mut valid = format!("the configuration is valid: queues {queues}, handlers {patterns}");
        if !schedules.is_empty() {
            let names = schedules.iter().map(|wanted| wanted.schedule.name.as_str());
            valid = format!("{valid}, schedules {}", list(names.collect()));
        }
        cx.printer.note(&valid);
        return Ok(Exit::Done);
    }
    let broker = cx.broker_to("work").await?;
    let program = guardian::this_program().context("cannot find the program itself")?;
    let guardian = Guardian::start(&program, &["guardian"]).context("cannot start the guardian")?;
    let guardian = Arc::new(guardian);
    let mux = handlers::mux(&cx.config, handlers, &guardian)?;

    let log = Log::start(
        Arc::clone(&cx.printer),
        LogSettings {
            format: args.log_format,
            ..LogSettings::default()
        },
    );
    let write = log.writer();
    let reporter = Arc::new(move |event: &Event| write(line(event, clock::now())));
    let control = Control::default();
    let firing = Firing::new(cx, &broker, &log);
    // A burst is about what is in the queues, not about what comes.
    let mut phases = control.phases();
    let firing = (!args.no_scheduler && !args.burst)
        .then(|| tokio::spawn(firing.run(async move { phases.reached(Phase::Draining).await })));
    let worker = Worker::new(broker, settings, mux, reporter);
    let ended = tokio::select! {
        () = worker.run(control.clone()) => Ok(()),
        failed = control.follow_signals() => failed.context("cannot listen for signals"),
    };
    if let Some(firing) = firing {
        firing.await.ok();
    }
    guardian.end().await;
    log.end().await;
    ended.map(|()| Exit::Done)
}

fn settings(config: &Config, args: &WorkArgs) -> anyhow::Result<Settings> {
    let file = &config.file.worker;
    let mut queues = args.queues.clone();
    if queues.is_empty() {
        for (name, weight) in &file.queues {
            if *weight == 0 {
                return Err(Failure::usage(
                    format!("queue {name:?} has the weight 0"),
                    "give it 1 or more, or leave it out",
                )
                .into());
            }
            queues.push((QueueName::new(name.as_str())?, *weight));
        }
    }
    if queues.is_empty() {
        queues.push((QueueName::default(), 1));
    }
    // The highest first; a queue named twice counts once, with its last weight.
    let queues: BTreeMap<QueueName, u32> = queues.into_iter().collect();
    let mut queues: Vec<(QueueName, u32)> = queues.into_iter().collect();
    queues.sort_by_key(|(_, weight)| std::cmp::Reverse(*weight));
    let cpus = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let concurrency = args
        .concurrency
        .and_then(|n| usize::try_from(n).ok())
        .or(file.concurrency);
    if concurrency.is_some_and(|n| n > MOST_SLOTS) {
        return Err(Failure::usage(
            "the worker has too much concurrency",
            "give it 100000 or less",
        )
        .into());
    }
    Ok(Settings {
        concurrency: concurrency.filter(|n| *n > 0).unwrap_or_else(cpus),
        queues: if args.strict || file.strict {
            Queues::Strict(queues)
        } else {
            Queues::Weighted(queues)
        },
        shutdown_timeout: args
            .shutdown_timeout
            .or(file.shutdown_timeout.map(Duration::from))
            .unwrap_or(Duration::from_secs(8)),
        burst: args.burst,
        host: config::host(),
    })
}
