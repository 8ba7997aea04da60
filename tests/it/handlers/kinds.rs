//! The kinds of handlers: how each is configured for the player, and what it has no means for.

use std::path::Path;
use std::process::Child;

/// A kind of handler.
pub(super) struct Kind {
    /// Prepares it for the script, which plays it. The folder is where it runs.
    pub(super) open: fn(player: &str, folder: &Path) -> Opened,
    /// How many tasks are to be in flight at once: as many as a process for each allows, if there is one for each.
    pub(super) many: usize,
    /// How a failure with the text `boom` is stored.
    pub(super) boom: &'static str,
    /// How the failure of a task is stored that was running when its handler was killed.
    pub(super) killed: &'static str,
    /// Why a handler of this kind cannot say when its task should be retried; `None`: it can.
    pub(super) no_retry_after: Option<&'static str>,
}

/// What a handler needs besides the worker.
pub(super) struct Opened {
    /// Its lines in the configuration.
    pub(super) keys: String,
    /// A server of its own, killed with the test.
    pub(super) server: Option<Child>,
}

impl From<String> for Opened {
    fn from(keys: String) -> Self {
        Self { keys, server: None }
    }
}

fn command(open: fn(&str, &Path) -> Opened) -> Kind {
    Kind {
        open,
        many: 40,
        boom: "exit status 1: boom",
        killed: "killed by signal 9 (SIGKILL)",
        no_retry_after: Some("an exit status is a number, and not a time"),
    }
}

pub(super) fn run() -> Kind {
    Kind {
        // What the shell says of the program that it waits for.
        killed: "exit status 137: Killed",
        ..command(|player, _| {
            format!("run = 'python3 {player} command; exit $?'\ngrace = '200ms'").into()
        })
    }
}

pub(super) fn exec() -> Kind {
    command(|player, _| {
        format!("exec = ['python3', '{player}', 'command']\ngrace = '200ms'").into()
    })
}

pub(super) fn pipe() -> Kind {
    Kind {
        open: |player, _| format!("pipe = ['python3', '{player}', 'pipe']\ngrace = '200ms'").into(),
        many: 1000,
        boom: "boom",
        killed: "the handler's process ended: killed by signal 9 (SIGKILL)",
        no_retry_after: None,
    }
}
