//! Handlers: which command runs which type of task. From the file and the command line, checked.

mod http; // an endpoint
mod keys; // `[handlers."TYPE"]` as it is written
mod kind; // what a handler does
mod surroundings; // what its processes get and may use
mod usable; // whether it can start on this machine

use std::path::Path;
use std::time::Duration;

pub(crate) use self::http::HttpConfig;
pub(crate) use self::kind::{Kind, program};
pub(crate) use self::surroundings::{Limits, Nice, Variables};
pub(crate) use self::surroundings::{SurroundingsConfig, UserName};
pub(crate) use self::usable::not_startable;
pub(crate) use self::usable::{is_installed, unusable};
use super::error::ConfigError;
use super::limit::LimitConfig;
use crate::task::transition::RetryPolicy;
use crate::worker::{KeepLogs, Limit, Program};

/// A handler of a worker.
#[derive(Debug, Clone)]
pub(crate) struct HandlerConfig {
    /// `email:deliver` matches that type alone, `image:*` all types that start with `image:`.
    pub pattern: String,
    /// Where it comes from: a line of a file, or a flag.
    pub origin: String,
    pub settings: HandlerSettings,
}

/// `on_success`, `on_failure` and `on_archive`: lines for `sh -c`.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct HooksConfig {
    pub success: Option<String>,
    pub failure: Option<String>,
    pub archive: Option<String>,
}

/// What a handler does.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct HandlerSettings {
    pub kind: Kind,
    /// Limit of one attempt besides the task's own.
    pub timeout: Option<Duration>,
    /// Maximum number of tasks at the same time, in this worker.
    pub concurrency: Option<usize>,
    /// Across all workers.
    pub limit: Option<LimitConfig>,
    /// Absent: that of the worker.
    pub retry: Option<RetryPolicy>,
    /// Which attempts leave a log. Absent: as the worker says.
    pub logs: Option<KeepLogs>,
    /// Commands that are run when its attempts have ended.
    pub hooks: HooksConfig,
    /// What its processes get besides their tasks, and what they may use.
    pub surroundings: SurroundingsConfig,
}

impl HandlerConfig {
    /// Its limit across all workers.
    pub(crate) fn limit(&self) -> Option<Limit> {
        self.settings
            .limit
            .as_ref()
            .map(|limit| limit.of(&self.pattern))
    }
}

impl HandlerSettings {
    /// Relative paths start at this folder.
    pub(super) fn seen_from(self, folder: &Path) -> Self {
        Self {
            kind: self.kind.seen_from(folder),
            surroundings: self.surroundings.seen_from(folder),
            ..self
        }
    }
}

impl From<Kind> for HandlerSettings {
    fn from(kind: Kind) -> Self {
        Self {
            kind,
            timeout: None,
            concurrency: None,
            limit: None,
            surroundings: SurroundingsConfig::default(),
            hooks: HooksConfig::default(),
            retry: None,
            logs: None,
        }
    }
}

/// What the names are that a pattern matches.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Matched {
    Types,
    Groups,
}

/// Checks a pattern. The error says what is wrong with it.
pub(crate) fn check_pattern(pattern: &str, matched: Matched) -> Result<(), String> {
    let (name, whole, prefix) = match matched {
        Matched::Types => ("type", "email:deliver", "email:*"),
        Matched::Groups => ("group", "digest:7", "digest:*"),
    };
    if pattern.trim().is_empty() {
        return Err(format!(
            "the {name} is blank: write one, such as {whole:?}, or \"*\" for all"
        ));
    }
    if pattern.strip_suffix('*').unwrap_or(pattern).contains('*') {
        return Err(format!(
            "{pattern:?} has a * that is not at the end: write a whole {name}, or a prefix and a *, such as {prefix:?}"
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
    check_scopes(&handlers)?;
    Ok(handlers)
}

/// Checks that handlers with the same scope have the same limit.
fn check_scopes(handlers: &[HandlerConfig]) -> Result<(), ConfigError> {
    let mut limits: Vec<(Limit, &HandlerConfig)> = Vec::new();
    for handler in handlers {
        let Some(limit) = handler.limit() else {
            continue;
        };
        let other = limits
            .iter()
            .find(|(known, _)| known.scope == limit.scope && *known != limit);
        if let Some((_, other)) = other {
            return Err(ConfigError::Conflict(format!(
                "handlers {:?} ({}) and {:?} ({}) have different limits with the scope {:?}",
                other.pattern, other.origin, handler.pattern, handler.origin, limit.scope
            )));
        }
        limits.push((limit, handler));
    }
    Ok(())
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
        (kind, Kind::Discard | Kind::Http(_) | Kind::Pipe(_) | Kind::Command { .. }) => kind.into(),
    }
}
