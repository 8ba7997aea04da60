//! `qctl guardian`: the process that starts commands for a worker and ends them when the worker is killed.
//!
//! Workers start it. It is no [`Command`](super::Command): it has no settings, no printer, and a runtime of
//! its own.

use crate::error::Exit;
use crate::worker::handlers::guardian;

/// Runs until the worker is gone. Nobody reads its messages, so a failure is an exit code alone.
pub(crate) fn run() -> Exit {
    match guardian::keep_watch() {
        Ok(()) => Exit::Done,
        Err(_) => Exit::Failed,
    }
}
