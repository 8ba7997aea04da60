//! The kinds of handlers, each with its own settings.

use std::time::Duration;

use crate::worker::{DEFAULT_GRACE, ExitCodes, Program};

/// What a handler does, and the settings that only its kind has.
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

impl From<Program> for Kind {
    fn from(program: Program) -> Self {
        Self::Command {
            program,
            exit_codes: ExitCodes::default(),
            grace: DEFAULT_GRACE,
        }
    }
}
