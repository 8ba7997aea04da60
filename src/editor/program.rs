//! The editor itself.

use std::io::{self, IsTerminal as _};
use std::os::fd::AsFd as _;
use std::path::Path;
use std::process::{ExitStatus, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use tokio::process::Command;
use tokio::signal::unix::{SignalKind, signal};

use crate::failure::{Exit, Failure};

/// The editor where none is chosen.
const DEFAULT: &str = "vi";

/// The editor of the user: a command for the shell, to which the file is added.
#[derive(Debug, Clone)]
pub(crate) struct Editor {
    command: String,
    /// SIGTERM and SIGHUP end the editor, too.
    ends_with_program: bool,
}

impl Editor {
    /// The editor that was chosen, or `vi` if there is a terminal for it.
    pub(crate) fn new(chosen: Option<String>) -> Option<Self> {
        let has_terminal = io::stdin().is_terminal() && io::stderr().is_terminal();
        let command = chosen.or_else(|| has_terminal.then(|| DEFAULT.to_owned()))?;
        Some(Self {
            command,
            ends_with_program: false,
        })
    }

    /// The same, for a program that handles SIGTERM and SIGHUP itself: they end the editor first.
    pub(crate) fn ending_with_program(self) -> Self {
        Self {
            ends_with_program: true,
            ..self
        }
    }

    /// Opens a file and waits until the editor has ended.
    pub(super) async fn open(&self, file: &Path) -> Result<(), Failure> {
        let why = match self.run(file).await {
            Ok(status) if status.success() => return Ok(()),
            Ok(status) => status.to_string(),
            Err(error) => error.to_string(),
        };
        let command = &self.command;
        let what = format!("the editor {command:?} failed ({why}), and nothing was changed");
        let hint = "to use another one, set VISUAL or EDITOR";
        Err(Failure::new(Exit::Failed, what).with_hint(hint))
    }

    /// What the shell runs. It gives way to the editor where that is a single command, so that a signal reaches the editor.
    fn script(&self) -> String {
        let command = &self.command;
        let is_single =
            !command.contains(['=', ';', '|', '&', '(', ')', '<', '>', '{', '}', '!', '\n']);
        let exec = if is_single { "exec " } else { "" };
        format!("{exec}{command} \"$@\"")
    }

    async fn run(&self, file: &Path) -> io::Result<ExitStatus> {
        // Ctrl-C and Ctrl-\ are meant for the editor, which the terminal sends them to as well.
        let _interrupt = signal(SignalKind::interrupt())?;
        let _quit = signal(SignalKind::quit())?;
        let mut command = Command::new("/bin/sh");
        command
            .arg("-c")
            .arg(self.script())
            .arg(&self.command)
            .arg(file);
        // Stdout is for data.
        if !io::stdout().is_terminal() {
            command.stdout(Stdio::from(io::stderr().as_fd().try_clone_to_owned()?));
        }
        let mut child = command.spawn()?;
        if !self.ends_with_program {
            return child.wait().await;
        }
        let mut terminate = signal(SignalKind::terminate())?;
        let mut hang_up = signal(SignalKind::hangup())?;
        loop {
            tokio::select! {
                ended = child.wait() => return ended,
                _ = terminate.recv() => {}
                _ = hang_up.recv() => {}
            }
            let pid = child.id().and_then(|id| Pid::from_raw(id.try_into().ok()?));
            if let Some(pid) = pid {
                // It may have ended in the meantime.
                kill_process(pid, Signal::TERM).ok();
            }
        }
    }
}
