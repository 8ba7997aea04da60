//! The kinds of handlers, each with its own settings.

use std::path::Path;
use std::time::Duration;

use super::http::HttpConfig;
use crate::worker::handlers::pipe;
use crate::worker::{DEFAULT_GRACE, ExitCodes, Program};

/// What a handler does, and the settings that only its kind has.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Kind {
    /// A command for each task.
    Command {
        program: Program,
        exit_codes: ExitCodes,
        /// The time from SIGTERM to SIGKILL.
        grace: Duration,
    },
    /// Long-lived processes.
    Pipe(pipe::Plan),
    /// An HTTP endpoint that gets the tasks.
    Http(Box<HttpConfig>),
    /// Complete tasks without running anything.
    Discard,
}

impl Kind {
    /// Relative paths start at this folder.
    pub(super) fn seen_from(self, folder: &Path) -> Self {
        match self {
            Self::Http(http) => Self::Http(Box::new(http.seen_from(folder))),
            Self::Command { .. } | Self::Pipe(_) | Self::Discard => self,
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

/// What `run` or `exec` says, if one of them is given.
pub(crate) fn program(
    run: Option<String>,
    exec: Option<Vec<String>>,
) -> Result<Option<Program>, String> {
    match (run, exec) {
        (Some(run), _) if run.trim().is_empty() => Err("run is empty".to_owned()),
        (Some(run), _) => Ok(Some(Program::Run(run))),
        (None, Some(exec)) if exec.is_empty() => {
            Err("exec is empty: write a program and its arguments".to_owned())
        }
        (None, exec) => Ok(exec.map(Program::Exec)),
    }
}
