//! `qctl guardian`: the processes that start commands for a worker and end them when the worker is killed.
//!
//! Workers start it. It is no [`Command`](super::Command): it has no settings, no printer, and no async runtime.

use std::io::{self, Write as _};
use std::process::ExitCode;

use crate::error::Exit;
use crate::worker::handlers::exit_codes::TEMPORARY;
use crate::worker::handlers::guardian;

/// Which of the two processes this is.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct GuardianArgs {
    /// Be the guardian, not its backup
    #[arg(long, hide = true)]
    backed_up: bool,
    /// How many files it may have open, and what it starts: the worker has raised its own limit
    #[arg(long, hide = true)]
    open_files: Option<u64>,
    /// Be a command, within these bounds
    #[arg(long, hide = true)]
    bounds: Option<String>,
    /// The command
    #[arg(last = true, hide = true)]
    words: Vec<String>,
}

/// Runs until the worker is gone. Nobody reads its messages, so a failure is an exit code alone.
pub(crate) fn run(args: &GuardianArgs) -> ExitCode {
    if let Some(bounds) = &args.bounds {
        return not_started(&guardian::become_command(bounds, &args.words));
    }
    if let Some(former) = args.open_files {
        guardian::restore_open_files(former);
    }
    let ended = if args.backed_up {
        guardian::keep_watch()
    } else {
        guardian::back_up(&["guardian", "--backed-up"])
    };
    match ended {
        Ok(()) => Exit::Done.into(),
        Err(_) => Exit::Failed.into(),
    }
}

/// The task is not to blame, so that it is released by default.
fn not_started(error: &io::Error) -> ExitCode {
    // The reason is the error of the task, like all that a command prints.
    writeln!(io::stderr(), "cannot start the command: {error}").ok();
    TEMPORARY.into()
}
