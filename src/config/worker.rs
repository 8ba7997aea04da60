//! `[worker]` and the flags of `work`, made into one plan of a worker.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::num::NonZero;
use std::time::Duration;

use serde::Deserialize;

use super::checked;
use super::error::ConfigError;
use super::handlers::{self, HandlerConfig, check_pattern};
use crate::task::transition::RetryPolicy;
use crate::task::{QueueName, parse};
use crate::worker::{Queues, Unmatched};

/// The section.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct WorkerConfig {
    /// Tasks at the same time; absent or 0: the number of processors.
    #[serde(deserialize_with = "checked::slots")]
    pub concurrency: Option<usize>,
    /// With their weights; empty: the default queue.
    #[serde(deserialize_with = "checked::queues")]
    pub queues: Vec<(QueueName, u32)>,
    /// Serve queues in strict order of weight.
    pub strict: bool,
    /// How long to wait for running tasks at the end.
    #[serde(deserialize_with = "checked::span")]
    pub shutdown_timeout: Option<Duration>,
    /// What happens to a task without a handler.
    #[serde(deserialize_with = "checked::unmatched")]
    pub unmatched: Unmatched,
    /// For handlers that have no rule of their own.
    #[serde(skip)]
    pub retry: RetryPolicy,
}

/// What is typed about a worker.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct WorkerArgs {
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
    #[arg(long = "handle", value_name = "TYPE=COMMAND", value_parser = command)]
    commands: Vec<(String, String)>,
    /// Complete tasks of this type without running anything (repeatable)
    #[arg(long = "discard", value_name = "TYPE", value_parser = pattern)]
    discards: Vec<String>,
    /// How long to wait for running tasks at the end [default: 8s]
    #[arg(long, value_name = "DURATION", value_parser = parse::duration)]
    shutdown_timeout: Option<Duration>,
}

/// How long a worker waits for running tasks at its end, as in Asynq.
const DEFAULT_SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(8);

/// A worker as flags and file want it.
#[derive(Debug, Clone)]
pub(crate) struct WorkerPlan {
    pub concurrency: usize,
    pub queues: Queues,
    pub shutdown_timeout: Duration,
    pub unmatched: Unmatched,
    pub handlers: Vec<HandlerConfig>,
    /// For handlers that have no rule of their own.
    pub retry: RetryPolicy,
}

impl WorkerPlan {
    /// Puts flags and the file together.
    pub(crate) fn new(
        worker: &WorkerConfig,
        handlers: &[HandlerConfig],
        args: &WorkerArgs,
    ) -> Result<Self, ConfigError> {
        let typed = !args.queues.is_empty();
        let named = if typed { &args.queues } else { &worker.queues };
        // A queue named twice counts once, with its last weight.
        let mut queues: BTreeMap<QueueName, u32> = named.iter().cloned().collect();
        if queues.is_empty() {
            queues.insert(QueueName::default(), 1);
        }
        let mut queues: Vec<(QueueName, u32)> = queues.into_iter().collect();
        queues.sort_by_key(|(_, weight)| Reverse(*weight));
        let cpus = || std::thread::available_parallelism().map_or(1, NonZero::get);
        let typed = args.concurrency.and_then(|n| usize::try_from(n).ok());
        let concurrency = typed.or(worker.concurrency).filter(|slots| *slots > 0);
        let timeout = args.shutdown_timeout.or(worker.shutdown_timeout);
        Ok(Self {
            concurrency: concurrency.unwrap_or_else(cpus),
            queues: if args.strict || worker.strict {
                Queues::Strict(queues)
            } else {
                Queues::Weighted(queues)
            },
            shutdown_timeout: timeout.unwrap_or(DEFAULT_SHUTDOWN_TIMEOUT),
            unmatched: worker.unmatched,
            handlers: handlers::with_flags(handlers, &args.commands, &args.discards)?,
            retry: worker.retry,
        })
    }
}

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
    let name = QueueName::new(name).map_err(|error| error.to_string())?;
    Ok((name, weight))
}

fn command(text: &str) -> Result<(String, String), String> {
    let (pattern, command) = text.split_once('=').ok_or("not of the form TYPE=COMMAND")?;
    check_pattern(pattern)?;
    if command.trim().is_empty() {
        return Err(
            "the command is empty; --discard completes tasks without running anything".to_owned(),
        );
    }
    Ok((pattern.to_owned(), command.to_owned()))
}

fn pattern(text: &str) -> Result<String, String> {
    check_pattern(text).map(|()| text.to_owned())
}
