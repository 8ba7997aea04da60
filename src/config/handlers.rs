//! Handlers: which command runs which type of task. From the file and the command line, checked.

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
    /// `email:deliver` matches that type alone, `image:*` all types that start with `image:`.
    pub pattern: String,
    /// Where it comes from: a line of a file, or a flag.
    pub origin: String,
    pub settings: HandlerSettings,
}

/// What a handler does.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "Keys")]
pub(crate) struct HandlerSettings {
    pub kind: Kind,
    /// Limit of one attempt besides the task's own.
    pub timeout: Option<Duration>,
    /// Maximum number of tasks at the same time, in this worker.
    pub concurrency: Option<usize>,
    /// Absent: that of the worker.
    pub retry: Option<RetryPolicy>,
}

/// The kinds of handlers, each with its own settings.
#[derive(Debug, Clone)]
pub(crate) enum Kind {
    /// A command for each task.
    Command {
        program: Program,
        exit_codes: ExitCodes,
        /// The time from SIGTERM to SIGKILL.
        grace: Duration,
    },
    /// Complete tasks without running anything.
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
                return Err("a handler needs a command: add run = \"…\" or exec = [\"…\"]");
            }
            (Some(_), Some(_), false) => return Err("run and exec cannot be used together"),
            (None, None, true) => None,
            (_, _, true) => {
                return Err("discard and a command cannot be used together");
            }
            (Some(run), None, false) if run.trim().is_empty() => {
                return Err("run is empty");
            }
            (Some(run), None, false) => Some(Program::Run(run)),
            (None, Some(exec), false) if exec.is_empty() => {
                return Err("exec is empty: write a program and its arguments");
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
                return Err("exit_codes and grace have no effect with discard: remove them");
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

/// Checks a pattern. The error says what is wrong with it.
pub(crate) fn check_pattern(pattern: &str) -> Result<(), String> {
    if pattern.trim().is_empty() {
        return Err(
            "the type is blank: write one, such as \"email:deliver\", or \"*\" for all".to_owned(),
        );
    }
    let prefix = pattern.strip_suffix('*').unwrap_or(pattern);
    if prefix.contains('*') {
        return Err(format!(
            "{pattern:?} has a * that is not at the end: write a whole type, or a prefix and a *, such as \"email:*\""
        ));
    }
    Ok(())
}

/// Combines the handlers of the file and of the command line. For the same pattern, the command of the command
/// line is used with the other settings of the file.
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

/// The settings of a handler with the kind from the command line.
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
