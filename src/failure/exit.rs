//! The exit codes of the program, which scripts rely on.

use std::process::ExitCode;

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Success, or the reader of the output is gone.
    Done,
    /// Any other failure.
    Failed,
    /// Wrong usage, or a missing confirmation.
    Usage,
    /// No such queue, task or schedule.
    NotFound,
    /// Not allowed: login, ACL, read-only.
    NotAllowed,
    /// Redis is unreachable.
    Unreachable,
    /// Duplicate, id taken, wrong state.
    Conflict,
    /// Some changes were made, others failed.
    Partly,
    /// Timed out while waiting.
    TimedOut,
    /// The awaited task failed.
    TaskFailed,
    /// `check`: a figure is at the warning level.
    Warning,
    /// `check`: a figure is at the critical level.
    Critical,
    /// `check`: nothing, or not everything, could be checked.
    Unknown,
    /// Stopped by SIGINT.
    Interrupted,
    /// Stopped by SIGTERM.
    Terminated,
    /// The exit status of the command that was run.
    Command(u8),
}

impl Exit {
    /// The exit status of the process.
    pub(crate) const fn number(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed | Self::Warning => 1,
            Self::Usage | Self::Critical => 2,
            Self::NotFound | Self::Unknown => 3,
            Self::NotAllowed => 4,
            Self::Unreachable => 5,
            Self::Conflict => 6,
            Self::Partly => 7,
            Self::TimedOut => 8,
            Self::TaskFailed => 9,
            Self::Interrupted => 130,
            Self::Terminated => 143,
            Self::Command(status) => status,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.number())
    }
}
