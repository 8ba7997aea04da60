//! What runs which type of task: of the file and of the command line, checked before the first task comes.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use super::{MOST_SLOTS, WorkArgs};
use crate::config::{self, Config, HandlerConfig};
use crate::error::Failure;
use crate::task::Backoff;
use crate::task::transition::{RetryPolicy, Verdict};
use crate::worker::handlers::guardian::Guardian;
use crate::worker::{DEFAULT_GRACE, ExitCodes, Mux, Program, Route, Shell, Unmatched};

/// Handlers of the file, with those of the command line over them.
pub(super) fn handlers(
    config: &Config,
    args: &WorkArgs,
) -> anyhow::Result<BTreeMap<String, HandlerConfig>> {
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
        return Err(Failure::usage(
            "no handler is configured",
            "add --handle 'TYPE=COMMAND', or [handlers.\"TYPE\"] in qctl.toml",
        )
        .into());
    }
    Ok(handlers)
}

/// Finds mistakes before the first task does.
pub(super) fn check(pattern: &str, handler: &HandlerConfig) -> Result<(), Failure> {
    let wrong =
        |what: &str, hint: &str| Err(Failure::usage(format!("handler {pattern:?}: {what}"), hint));
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
        return wrong(&mistake.what, mistake.hint.as_deref().unwrap_or_default());
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

pub(super) fn mux(
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

fn retry(handler: &HandlerConfig) -> Result<RetryPolicy, Failure> {
    let config::RetryConfig {
        max,
        backoff,
        min,
        max_delay,
    } = &handler.retry;
    let min = min.map(Duration::from);
    let backoff = match backoff {
        config::Backoff::Asynq if min.is_some() || max_delay.is_some() => {
            return Err(Failure::usage(
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
