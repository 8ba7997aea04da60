//! `qctl guardian`: the processes that start commands for a worker and end them when the worker is killed.
//!
//! Workers start it. It is no [`Command`](super::Command): it has no settings, no printer, and no async runtime.

use crate::error::Exit;
use crate::worker::handlers::guardian;

/// Which of the two processes this is.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct GuardianArgs {
    /// Be the guardian, not its backup
    #[arg(long, hide = true)]
    backed_up: bool,
}

/// Runs until the worker is gone. Nobody reads its messages, so a failure is an exit code alone.
pub(crate) fn run(args: GuardianArgs) -> Exit {
    let ended = if args.backed_up {
        guardian::keep_watch()
    } else {
        guardian::back_up(&["guardian", "--backed-up"])
    };
    match ended {
        Ok(()) => Exit::Done,
        Err(_) => Exit::Failed,
    }
}
