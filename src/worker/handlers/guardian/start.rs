//! How the guardian and its backup are started, and what they need to know for that.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// The name of both processes in lists, so that `pkill qctl` ends workers alone.
pub(super) const NAME: &str = "task-guardian";

/// How long worker and guardian may be silent while commands run, before the other one gives up on it.
#[derive(Debug, Clone, Copy)]
pub struct MaxSilence {
    /// Shorter than a lease less a heartbeat: a stopped worker loses its tasks to others after that.
    pub of_worker: Duration,
    /// A guardian does nothing that takes long.
    pub of_guardian: Duration,
}

impl Default for MaxSilence {
    fn default() -> Self {
        Self {
            of_worker: Duration::from_secs(20),
            of_guardian: Duration::from_secs(5),
        }
    }
}

/// The path of the running program, for `Guardian::start`. On Linux it stays valid when an upgrade replaces
/// the file.
pub fn this_program() -> io::Result<PathBuf> {
    let running = Path::new("/proc/self/exe");
    if running.exists() {
        Ok(running.to_owned())
    } else {
        std::env::current_exe()
    }
}

/// What is meant for the worker alone: how to reach Redis, its trace, which is not that of a task, and the service manager, which
/// would take the notices of a command for those of the worker.
const OWN: [&str; 6] = [
    "REDIS_URL",
    "TRACEPARENT",
    "TRACESTATE",
    "NOTIFY_SOCKET",
    "WATCHDOG_USEC",
    "WATCHDOG_PID",
];

/// Keeps variables that are meant for this process alone from a program that it starts. Passwords are among them.
pub(crate) fn keep_own_variables(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        if !is_for_commands(&name) {
            command.env_remove(name);
        }
    }
}

/// Whether commands get this variable of the worker's environment.
pub(crate) fn is_for_commands(name: &OsStr) -> bool {
    !name.as_encoded_bytes().starts_with(b"QCTL_") && !OWN.iter().any(|own| name == *own)
}
