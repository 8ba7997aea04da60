//! `qctl guardian`: the process that starts commands for a worker and ends them when it is killed.
//! Workers start it; it has no use for anybody else.

use crate::worker::handlers::guardian;

/// Start commands for a worker, and end them when it is gone.
#[derive(Debug, clap::Args)]
pub(crate) struct GuardianArgs {}

/// Runs the command. It brings its own runtime, and nobody is there to be told anything.
pub(crate) fn run() -> std::io::Result<()> {
    guardian::keep_watch()
}
