//! The kinds of handlers: how each is configured for the player, and what it has no means for.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A kind of handler.
pub(super) struct Kind {
    /// Prepares it for the script, which plays it. The folder is where it runs.
    pub(super) open: fn(player: &str, folder: &Path) -> Opened,
    /// A handler of this kind for the type `wait`, of which a thousand processes cost little; absent: the player.
    pub(super) waiting: Option<&'static str>,
    /// How a failure with the text `boom` is stored.
    pub(super) boom: &'static str,
    /// How the failure of a task is stored that was running when its handler was killed; how it ends, after a `…`.
    pub(super) killed: &'static str,
    /// Why a handler of this kind cannot say when its task should be retried; `None`: it can.
    pub(super) no_retry_after: Option<&'static str>,
}

/// What a handler needs besides the worker.
pub(super) struct Opened {
    /// Its lines in the configuration.
    pub(super) keys: String,
    /// A server of its own, killed with the test.
    pub(super) server: Option<Server>,
}

pub(super) struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl From<String> for Opened {
    fn from(keys: String) -> Self {
        Self { keys, server: None }
    }
}

fn command(open: fn(&str, &Path) -> Opened) -> Kind {
    Kind {
        open,
        waiting: Some("exec = ['sh', '-c', ': >started.$QCTL_TASK_ID; : <go']"),
        boom: "exit status 1: boom",
        killed: "killed by signal 9 (SIGKILL)",
        no_retry_after: Some("an exit status is a number, and not a time"),
    }
}

pub(super) fn run() -> Kind {
    Kind {
        waiting: Some("run = ': >started.$QCTL_TASK_ID; : <go'"),
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
        waiting: None,
        boom: "boom",
        killed: "the handler's process ended: killed by signal 9 (SIGKILL)",
        no_retry_after: None,
    }
}

pub(super) fn http() -> Kind {
    Kind {
        open: |player, folder| {
            let mut server = Command::new("python3")
                .args([player, "http"])
                .current_dir(folder)
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            let mut port = String::new();
            let mut stdout = BufReader::new(server.stdout.take().unwrap());
            stdout.read_line(&mut port).unwrap();
            Opened {
                keys: format!("http = 'http://127.0.0.1:{}'", port.trim()),
                server: Some(Server(server)),
            }
        },
        waiting: None,
        boom: "HTTP 500 Internal Server Error: boom",
        killed: "…: connection closed before message completed",
        no_retry_after: None,
    }
}
