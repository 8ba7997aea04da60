//! `[worker]` and the flags of `work`, combined into the plan of a worker.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::num::NonZero;
use std::time::Duration;

use serde::Deserialize;

use super::error::ConfigError;
use super::groups::GroupConfig;
use super::handlers::{self, HandlerConfig, Matched, check_pattern};
use super::logs::LogsConfig;
use super::serve::Listen;
use super::{checked, queues};
use crate::broker::LogLimits;
use crate::task::transition::RetryPolicy;
use crate::task::{QueueName, parse};
use crate::worker::{KeepLogs, MAX_WORKERS_LOST, Queues, Unmatched};

/// The section.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct WorkerConfig {
    /// Maximum number of tasks that run at the same time; absent or 0: the number of processors.
    #[serde(deserialize_with = "checked::slots")]
    pub concurrency: Option<usize>,
    /// Queues and their weights; empty: the default queue.
    #[serde(deserialize_with = "queues::weights")]
    pub queues: Vec<(QueueName, u32)>,
    /// Whether queues are served in strict order of weight.
    pub strict: bool,
    /// How many workers in a row may vanish while they run a task, until it is archived.
    pub max_workers_lost: Option<u32>,
    /// How long to wait for running tasks when stopping.
    #[serde(deserialize_with = "checked::span")]
    pub shutdown_timeout: Option<Duration>,
    /// Where health and metrics are served.
    pub listen: Option<Listen>,
    /// What happens to a task without a handler.
    #[serde(deserialize_with = "checked::unmatched")]
    pub unmatched: Unmatched,
    /// Logs of attempts.
    pub logs: LogsConfig,
    /// For handlers without a rule of their own.
    #[serde(skip)]
    pub retry: RetryPolicy,
}

/// Which tasks a worker runs, and with what.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct TasksArgs {
    /// Queue to serve, and how often compared to the others (repeatable, or separated by commas) [default: default=1]
    #[arg(short, long = "queue", value_name = "QUEUE[=WEIGHT]", value_parser = weighted, value_delimiter = ',')]
    queues: Vec<(QueueName, u32)>,
    /// Serve a queue only while all queues of higher weight are empty
    #[arg(long)]
    strict: bool,
    /// Maximum number of tasks to run at the same time [default: the number of processors]
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    concurrency: Option<u32>,
    /// Run tasks of this type with sh -c COMMAND; TYPE* matches all types with that prefix (repeatable)
    #[arg(long = "handle", value_name = "TYPE=COMMAND", value_parser = command)]
    commands: Vec<(String, String)>,
    /// Complete tasks of this type without running a command (repeatable)
    #[arg(long = "discard", value_name = "TYPE", value_parser = pattern)]
    discards: Vec<String>,
}

/// The flags of a worker.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct WorkerArgs {
    #[command(flatten)]
    tasks: TasksArgs,
    /// Serve /healthz, /readyz and /metrics on this address and port, or on unix:PATH
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<Listen>,
    /// How long to wait for running tasks when stopping [default: 8s]
    #[arg(long, value_name = "DURATION", value_parser = parse::duration)]
    shutdown_timeout: Option<Duration>,
}

impl TasksArgs {
    /// The flags of a worker that only runs this command, for one pattern.
    pub(crate) fn handling(pattern: &str, command: &str) -> Self {
        Self {
            commands: vec![(pattern.to_owned(), command.to_owned())],
            ..Self::default()
        }
    }

    /// The same, with this command for a pattern if they name no handler.
    #[must_use]
    pub(crate) fn or_handling(self, pattern: &str, command: &str) -> Self {
        if !self.commands.is_empty() || !self.discards.is_empty() {
            return self;
        }
        let commands = Self::handling(pattern, command).commands;
        Self { commands, ..self }
    }
}

impl From<TasksArgs> for WorkerArgs {
    fn from(tasks: TasksArgs) -> Self {
        Self {
            tasks,
            ..Self::default()
        }
    }
}

/// As in Asynq.
const DEFAULT_SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(8);

/// What flags and file say together.
#[derive(Debug, Clone)]
pub(crate) struct WorkerPlan {
    pub concurrency: usize,
    pub queues: Queues,
    pub max_workers_lost: u32,
    pub shutdown_timeout: Duration,
    pub listen: Option<Listen>,
    pub unmatched: Unmatched,
    pub handlers: Vec<HandlerConfig>,
    pub groups: Vec<GroupConfig>,
    /// For handlers without a rule of their own.
    pub retry: RetryPolicy,
    pub keep_logs: KeepLogs,
    pub logs: LogLimits,
}

impl WorkerPlan {
    /// Combines flags and the file.
    pub(crate) fn new(
        worker: &WorkerConfig,
        handlers: &[HandlerConfig],
        groups: &[GroupConfig],
        args: &WorkerArgs,
    ) -> Result<Self, ConfigError> {
        let tasks = &args.tasks;
        let typed = !tasks.queues.is_empty();
        let named = if typed { &tasks.queues } else { &worker.queues };
        // The last weight of a queue counts.
        let mut queues: BTreeMap<QueueName, u32> = named.iter().cloned().collect();
        if queues.is_empty() {
            queues.insert(QueueName::default(), 1);
        }
        let mut queues: Vec<(QueueName, u32)> = queues.into_iter().collect();
        queues.sort_by_key(|(_, weight)| Reverse(*weight));
        let cpus = || std::thread::available_parallelism().map_or(1, NonZero::get);
        let typed = tasks.concurrency.and_then(|n| usize::try_from(n).ok());
        let concurrency = typed.or(worker.concurrency).filter(|slots| *slots > 0);
        let timeout = args.shutdown_timeout.or(worker.shutdown_timeout);
        Ok(Self {
            concurrency: concurrency.unwrap_or_else(cpus),
            queues: if tasks.strict || worker.strict {
                Queues::Strict(queues)
            } else {
                Queues::Weighted(queues)
            },
            max_workers_lost: worker.max_workers_lost.unwrap_or(MAX_WORKERS_LOST),
            shutdown_timeout: timeout.unwrap_or(DEFAULT_SHUTDOWN_TIMEOUT),
            listen: args.listen.clone().or_else(|| worker.listen.clone()),
            unmatched: worker.unmatched,
            handlers: handlers::with_flags(handlers, &tasks.commands, &tasks.discards)?,
            groups: groups.to_vec(),
            retry: worker.retry.clone(),
            keep_logs: worker.logs.when(),
            logs: worker.logs.limits(),
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
    check_pattern(pattern, Matched::Types)?;
    if command.trim().is_empty() {
        return Err(
            "the command is empty; --discard completes tasks without running anything".to_owned(),
        );
    }
    Ok((pattern.to_owned(), command.to_owned()))
}

fn pattern(text: &str) -> Result<String, String> {
    check_pattern(text, Matched::Types).map(|()| text.to_owned())
}
