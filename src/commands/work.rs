//! `qctl work`: a worker that runs a command for each task.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio::sync::Semaphore;

use super::Context;
use super::args::Usage;
use super::log::Log;
use crate::config::{self, Config, HandlerConfig};
use crate::output::LogFormat;
use crate::task::transition::{RetryPolicy, Verdict};
use crate::task::{Backoff, QueueName, parse};
use crate::worker::guardian::{self, Guardian};
use crate::worker::{
    Control, DEFAULT_GRACE, ExitCodes, Mux, Program, Queues, Route, Settings, Shell, Unmatched,
    Worker,
};

/// Run tasks: a command for each type of task.
///
/// The payload is on the command's standard input, facts about the task are in its environment.
/// Exit status 0 is success and standard output the result; 65 archives the task, 75 tries again
/// without counting a failure, anything else is a failure, with the end of standard error as its text.
/// The first INT or TERM lets running tasks finish, the second ends them; TSTP stops claiming.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  qctl work --handle 'email:deliver=./send-email.sh'\n  qctl work -q critical=6 -q default=3 --handle 'image:*=./convert.sh'\n  qctl work --config qctl.toml --check"
)]
pub struct WorkArgs {
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
pub async fn run(cx: &mut Context, args: &WorkArgs) -> anyhow::Result<()> {
    let settings = settings(&cx.config, args)?;
    let handlers = handlers(&cx.config, args)?;
    for (pattern, handler) in &handlers {
        check(pattern, handler)?;
    }
    if args.check {
        let queues = settings
            .queues
            .names()
            .map(ToString::to_string)
            .collect::<Vec<_>>();
        let patterns: Vec<&str> = handlers.keys().map(String::as_str).collect();
        cx.printer.note(&format!(
            "the configuration is valid: queues {}, handlers {}",
            queues.join(", "),
            patterns.join(", ")
        ));
        return Ok(());
    }
    let broker = cx.broker_to("work").await?;
    let program = guardian::this_program().context("cannot find the program itself")?;
    let guardian = Guardian::start(&program, &["guardian"]).context("cannot start the guardian")?;
    let guardian = Arc::new(guardian);
    let mux = mux(&cx.config, handlers, &guardian)?;

    let log = Log::start(Arc::clone(&cx.printer), args.log_format);
    let control = Control::default();
    let worker = Worker::new(broker, settings, mux, log.reporter());
    let ended = tokio::select! {
        () = worker.run(control.clone()) => Ok(()),
        failed = control.follow_signals() => failed.context("cannot listen for signals"),
    };
    guardian.end().await;
    log.end().await;
    ended
}

fn settings(config: &Config, args: &WorkArgs) -> anyhow::Result<Settings> {
    let file = &config.file.worker;
    let mut queues = args.queues.clone();
    if queues.is_empty() {
        for (name, weight) in &file.queues {
            if *weight == 0 {
                return Err(Usage::new(
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
        return Err(Usage::new(
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
        host: rustix::system::uname()
            .nodename()
            .to_string_lossy()
            .into_owned(),
    })
}

/// Handlers of the file, with those of the command line over them.
fn handlers(config: &Config, args: &WorkArgs) -> anyhow::Result<BTreeMap<String, HandlerConfig>> {
    let mut handlers = config.file.handlers.clone();
    for (pattern, command) in &args.handlers {
        let handler = handlers.entry(pattern.clone()).or_default();
        *handler = HandlerConfig {
            run: Some(command.clone()),
            exec: None,
            discard: false,
            ..handler.clone()
        };
    }
    for pattern in &args.discard {
        let handler = handlers.entry(pattern.clone()).or_default();
        *handler = HandlerConfig {
            discard: true,
            ..HandlerConfig::default()
        };
    }
    if handlers.is_empty() {
        return Err(Usage::new(
            "no handler is configured",
            "add --handle 'TYPE=COMMAND', or [handlers.\"TYPE\"] in qctl.toml",
        )
        .into());
    }
    Ok(handlers)
}

/// Finds mistakes before the first task does.
fn check(pattern: &str, handler: &HandlerConfig) -> Result<(), Usage> {
    let wrong =
        |what: &str, hint: &str| Err(Usage::new(format!("handler {pattern:?}: {what}"), hint));
    if pattern.trim().is_empty() {
        return wrong(
            "the type is blank",
            "name a task type, such as \"email:deliver\", or \"*\" for all",
        );
    }
    match (&handler.run, &handler.exec) {
        (None, None) if handler.discard => {}
        _ if handler.discard => {
            return wrong(
                "it discards its tasks and has a command",
                "keep one of them",
            );
        }
        (None, None) => {
            return wrong(
                "it has nothing to run",
                "give it run = \"…\" or exec = [\"…\"]",
            );
        }
        (Some(_), Some(_)) => return wrong("it has both run and exec", "keep one of them"),
        (Some(run), None) if run.trim().is_empty() => {
            return wrong("run is empty", "give it a command line");
        }
        (None, Some(exec)) => match exec.first() {
            None => return wrong("exec is empty", "give it a program and its arguments"),
            Some(program) if !is_program(program) => {
                return wrong(
                    &format!("{program:?} is not an executable program"),
                    "check the path and its mode",
                );
            }
            Some(_) => {}
        },
        (Some(_), None) => {}
    }
    for code in handler.exit_codes.keys() {
        if code.parse::<u8>().is_ok_and(|code| code > 0) {
            continue;
        }
        return wrong(
            &format!("{code:?} is not an exit status"),
            "use 1 to 255; 0 is always success",
        );
    }
    if let Err(mistake) = retry(handler) {
        return wrong(&mistake.what, &mistake.hint);
    }
    limits(handler).or_else(|(what, hint)| wrong(what, hint))
}

/// A worker waits thirty seconds for a handler that it has asked to end; the kill must come before.
const LONGEST_GRACE: Duration = Duration::from_secs(25);

/// The mistake in the numbers of a handler and what to do about it, if there is one.
fn limits(handler: &HandlerConfig) -> Result<(), (&'static str, &'static str)> {
    match handler.concurrency {
        Some(0) => {
            return Err((
                "a concurrency of 0 would never run anything",
                "give it 1 or more, or leave it out",
            ));
        }
        Some(n) if n > MOST_SLOTS => {
            return Err((
                "no worker has that much concurrency",
                "give it 100000 or less",
            ));
        }
        Some(_) | None => {}
    }
    if handler
        .timeout
        .is_some_and(|timeout| Duration::from(timeout).is_zero())
    {
        return Err((
            "a timeout of 0 would end every task before it starts",
            "give it more, or leave it out",
        ));
    }
    if handler
        .grace
        .is_some_and(|grace| Duration::from(grace) > LONGEST_GRACE)
    {
        return Err((
            "a grace of more than 25s is longer than a worker waits",
            "give it 25s or less",
        ));
    }
    if handler.retry.max.is_some_and(|max| max < 0) {
        return Err((
            "the retry limit is below 0",
            "give it 0 to never try again, or leave it out",
        ));
    }
    Ok(())
}

/// Whether the name can be executed: a path as it is, a plain name by the search path.
fn is_program(name: &str) -> bool {
    let executable = |path: PathBuf| {
        path.is_file() && rustix::fs::access(&path, rustix::fs::Access::EXEC_OK).is_ok()
    };
    if name.contains('/') {
        return executable(PathBuf::from(name));
    }
    config::search_path().any(|folder| executable(folder.join(name)))
}

fn mux(
    config: &Config,
    handlers: BTreeMap<String, HandlerConfig>,
    guardian: &Arc<Guardian>,
) -> anyhow::Result<Mux> {
    let mut mux = Mux::default();
    mux.unmatched = match config.file.worker.unmatched {
        Some(config::Unmatched::Release) => Unmatched::Release,
        Some(config::Unmatched::Fail) | None => Unmatched::Fail,
    };
    for (pattern, handler) in handlers {
        if handler.discard {
            mux.add(Route::discard(pattern));
            continue;
        }
        let retry = retry(&handler)?;
        let HandlerConfig {
            run,
            exec,
            timeout,
            concurrency,
            exit_codes,
            grace,
            ..
        } = handler;
        let codes = exit_codes
            .iter()
            .filter_map(|(code, action)| Some((code.parse().ok()?, verdict(*action))));
        let shell = Shell {
            program: run.map_or_else(|| Program::Exec(exec.unwrap_or_default()), Program::Run),
            exit_codes: codes.fold(ExitCodes::default(), |codes, (code, verdict)| {
                codes.with(code, verdict)
            }),
            grace: grace.map_or(DEFAULT_GRACE, Duration::from),
            guardian: Arc::clone(guardian),
        };
        let mut route = Route::new(pattern, shell);
        route.timeout = timeout.map(Duration::from);
        route.retry = retry;
        route.limit = concurrency.map(|limit| Arc::new(Semaphore::new(limit)));
        mux.add(route);
    }
    Ok(mux)
}

const fn verdict(action: config::ExitAction) -> Verdict {
    match action {
        config::ExitAction::Retry => Verdict::Retry,
        config::ExitAction::Archive => Verdict::GiveUp,
        config::ExitAction::Release => Verdict::Release,
    }
}

fn retry(handler: &HandlerConfig) -> Result<RetryPolicy, Usage> {
    let config::RetryConfig {
        max,
        backoff,
        min,
        max_delay,
    } = &handler.retry;
    let min = min.map(Duration::from);
    let backoff = match backoff {
        config::Backoff::Asynq if min.is_some() || max_delay.is_some() => {
            return Err(Usage::new(
                "retry has delays but no backoff that uses them",
                "add backoff = \"exponential\" or backoff = \"constant\"",
            ));
        }
        config::Backoff::Asynq => Backoff::Asynq,
        config::Backoff::Constant => Backoff::Constant(min.unwrap_or(Duration::from_secs(10))),
        config::Backoff::Exponential => Backoff::Exponential {
            min: min.unwrap_or(Duration::from_secs(10)),
            max: max_delay.map_or(Duration::from_secs(3600), Duration::from),
        },
    };
    Ok(RetryPolicy { max: *max, backoff })
}
