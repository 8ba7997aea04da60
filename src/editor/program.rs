//! The editor itself.

use std::io::{self, IsTerminal as _};
use std::os::fd::AsFd as _;
use std::path::Path;
use std::process::{ExitStatus, Stdio};

use tokio::process::Command;
use tokio::signal::unix::{SignalKind, signal};

use crate::failure::{Exit, Failure};

/// The editor where none is chosen.
const DEFAULT: &str = "vi";

/// The editor of the user: a command for the shell, to which the file is added.
#[derive(Debug, Clone)]
pub(crate) struct Editor {
    command: String,
}

impl Editor {
    /// The editor that was chosen, or `vi` if there is a terminal for it.
    pub(crate) fn new(chosen: Option<String>) -> Option<Self> {
        let has_terminal = io::stdin().is_terminal() && io::stderr().is_terminal();
        let command = chosen.or_else(|| has_terminal.then(|| DEFAULT.to_owned()))?;
        Some(Self { command })
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

    async fn run(&self, file: &Path) -> io::Result<ExitStatus> {
        // Ctrl-C and Ctrl-\ are meant for the editor, which the terminal sends them to as well.
        let _interrupt = signal(SignalKind::interrupt())?;
        let _quit = signal(SignalKind::quit())?;
        let mut command = Command::new("/bin/sh");
        command
            .arg("-c")
            .arg(format!("{} \"$@\"", self.command))
            .arg(&self.command)
            .arg(file);
        // Stdout is for data.
        if !io::stdout().is_terminal() {
            command.stdout(Stdio::from(io::stderr().as_fd().try_clone_to_owned()?));
        }
        command.spawn()?.wait().await
    }
}
