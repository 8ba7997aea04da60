//! What runs which type of task: of the file and of the command line, as checked values.

use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use super::checked;
use super::error::ConfigError;
use super::machine::search_path;
use super::retry::Retry;
use crate::task::transition::RetryPolicy;
use crate::worker::handlers::exec_limit::refusal;
use crate::worker::{DEFAULT_GRACE, ExitCodes, Program};

/// A handler of a worker.
#[derive(Debug, Clone)]
pub(crate) struct HandlerConfig {
    /// `email:deliver` is that type only, `image:*` every type that starts with `image:`.
    pub pattern: String,
    /// Where it is written: a line of a file or a flag.
    pub origin: String,
    pub settings: HandlerSettings,
}

/// What a handler does, and how its tasks are treated.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "Keys")]
pub(crate) struct HandlerSettings {
    pub kind: Kind,
    /// Limit of one attempt besides the task's own.
    pub timeout: Option<Duration>,
    /// Tasks at the same time, in this worker.
    pub concurrency: Option<usize>,
    /// Absent: as the worker does it.
    pub retry: Option<RetryPolicy>,
}

/// The kinds of handlers, each with what only it needs.
#[derive(Debug, Clone)]
pub(crate) enum Kind {
    /// A command for each task.
    Command {
        program: Program,
        exit_codes: ExitCodes,
        /// From TERM to KILL.
        grace: Duration,
    },
    /// Tasks are completed, and nothing runs.
    Discard,
}

impl From<Kind> for HandlerSettings {
    fn from(kind: Kind) -> Self {
        Self {
            kind,
            timeout: None,
            concurrency: None,
            retry: None,
        }
    }
}

impl From<Program> for Kind {
    fn from(program: Program) -> Self {
        Self::Command {
            program,
            exit_codes: ExitCodes::default(),
            grace: DEFAULT_GRACE,
        }
    }
}

/// `[handlers."TYPE"]` as it is written.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Keys {
    run: Option<String>,
    exec: Option<Vec<String>>,
    discard: bool,
    #[serde(deserialize_with = "checked::timeout")]
    timeout: Option<Duration>,
    #[serde(deserialize_with = "checked::some_slots")]
    concurrency: Option<usize>,
    retry: Option<Retry>,
    #[serde(deserialize_with = "checked::exit_codes")]
    exit_codes: Option<ExitCodes>,
    #[serde(deserialize_with = "checked::grace")]
    grace: Option<Duration>,
}

impl TryFrom<Keys> for HandlerSettings {
    type Error = &'static str;

    fn try_from(keys: Keys) -> Result<Self, Self::Error> {
        let program = match (keys.run, keys.exec, keys.discard) {
            (None, None, false) => {
                return Err("nothing to run: give it run = \"…\" or exec = [\"…\"]");
            }
            (Some(_), Some(_), false) => return Err("it has both run and exec: keep one of them"),
            (None, None, true) => None,
            (_, _, true) => {
                return Err("it discards its tasks and has a command: keep one of them");
            }
            (Some(run), None, false) if run.trim().is_empty() => {
                return Err("run is empty: give it a command line");
            }
            (Some(run), None, false) => Some(Program::Run(run)),
            (None, Some(exec), false) if exec.is_empty() => {
                return Err("exec is empty: give it a program and its arguments");
            }
            (None, Some(exec), false) => Some(Program::Exec(exec)),
        };
        let kind = match program {
            Some(program) => Kind::Command {
                program,
                exit_codes: keys.exit_codes.unwrap_or_default(),
                grace: keys.grace.unwrap_or(DEFAULT_GRACE),
            },
            None if keys.exit_codes.is_some() || keys.grace.is_some() => {
                return Err("exit_codes and grace are for commands: it discards its tasks");
            }
            None => Kind::Discard,
        };
        Ok(Self {
            kind,
            timeout: keys.timeout,
            concurrency: keys.concurrency,
            retry: keys.retry.map(|retry| retry.0),
        })
    }
}

/// What is wrong with a pattern.
pub(crate) fn check_pattern(pattern: &str) -> Result<(), String> {
    if pattern.trim().is_empty() {
        return Err(
            "the type is blank: name one, such as \"email:deliver\", or \"*\" for all".to_owned(),
        );
    }
    let prefix = pattern.strip_suffix('*').unwrap_or(pattern);
    if prefix.contains('*') {
        return Err(format!(
            "{pattern:?} has a * before its end: write a whole type, or the beginning of types and a *, such as \"email:*\""
        ));
    }
    Ok(())
}

/// The handlers of the file, with those of the command line over them.
///
/// A command of the command line replaces that of the file and leaves the handler's other settings.
pub(crate) fn with_flags(
    file: &[HandlerConfig],
    commands: &[(String, String)],
    discards: &[String],
) -> Result<Vec<HandlerConfig>, ConfigError> {
    let mut handlers: Vec<HandlerConfig> = file.to_vec();
    let mut typed: Vec<HandlerConfig> = Vec::new();
    let commands = commands.iter().map(|(pattern, command)| {
        let program = Program::Run(command.clone());
        let origin = format!("--handle '{pattern}={command}'");
        (pattern, origin, Kind::from(program))
    });
    let discards = discards
        .iter()
        .map(|pattern| (pattern, format!("--discard '{pattern}'"), Kind::Discard));
    for (pattern, origin, kind) in commands.chain(discards) {
        if let Some(first) = typed.iter().find(|one| one.pattern == *pattern) {
            return Err(ConfigError::Conflict(format!(
                "handler {pattern:?} is given twice: {} and {origin}",
                first.origin
            )));
        }
        let of_file = handlers.iter().position(|one| one.pattern == *pattern);
        let before = of_file.map(|index| handlers.swap_remove(index).settings);
        typed.push(HandlerConfig {
            pattern: pattern.clone(),
            origin,
            settings: over(before, kind),
        });
    }
    handlers.extend(typed);
    handlers.sort_by(|a, b| a.pattern.cmp(&b.pattern));
    if handlers.is_empty() {
        return Err(ConfigError::NoHandler);
    }
    Ok(handlers)
}

/// A kind given on the command line, over the settings that the file has for the same tasks.
fn over(file: Option<HandlerSettings>, kind: Kind) -> HandlerSettings {
    let Some(file) = file else {
        return kind.into();
    };
    match (kind, file.kind) {
        (
            Kind::Command { program, .. },
            Kind::Command {
                exit_codes, grace, ..
            },
        ) => HandlerSettings {
            kind: Kind::Command {
                program,
                exit_codes,
                grace,
            },
            ..file
        },
        (kind, Kind::Discard | Kind::Command { .. }) => kind.into(),
    }
}

/// Handlers whose commands cannot start on this machine, one message for each.
pub(crate) fn unusable(handlers: &[HandlerConfig]) -> Vec<String> {
    let unusable = handlers.iter().filter_map(|handler| {
        let program = match &handler.settings.kind {
            Kind::Command { program, .. } => program,
            Kind::Discard => return None,
        };
        let reason = missing(program).or_else(|| refusal(&program.words()))?;
        Some(format!(
            "{}: handler {:?}: {reason}",
            handler.origin, handler.pattern
        ))
    });
    unusable.collect()
}

fn missing(program: &Program) -> Option<String> {
    match program {
        Program::Run(_) => None,
        Program::Exec(words) => {
            let name = words.first().filter(|name| !is_program(name))?;
            Some(format!(
                "{name:?} is not an executable program: check the path and its mode"
            ))
        }
    }
}

/// Whether the name can be executed: a path as it is, a plain name by the search path.
fn is_program(name: &str) -> bool {
    let executable = |path: PathBuf| {
        path.is_file() && rustix::fs::access(&path, rustix::fs::Access::EXEC_OK).is_ok()
    };
    if name.contains('/') {
        return executable(PathBuf::from(name));
    }
    search_path().any(|folder| executable(folder.join(name)))
}
