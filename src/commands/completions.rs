//! `qctl completions`: scripts with which a shell asks the program what may stand at the cursor.
//!
//! | file | holds |
//! | --- | --- |
//! | `answer` | what may stand there, in the form that a shell wants |
//! | `grammar` | the command line, with what completes each argument |
//! | `names` | names that exist in Redis |
//! | `line` | the words of an unfinished command line |

mod answer;
mod grammar;
mod line;
mod names;

use clap_complete::Shell;
use clap_complete::env::{Elvish, EnvCompleter, Powershell};

pub(crate) use answer::answer;

use super::Context;
use crate::error::Exit;

/// The variable with which the scripts ask; its value is the shell. `config` reads it.
const VARIABLE: &str = "QCTL_COMPLETE";

/// Print a completion script for a shell
///
/// Commands, options and files are completed, and names that exist in Redis: queues, ids, types, groups and schedules. Redis is
/// found as for the command that is being typed. If it does not answer at once, no names are offered.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  qctl completions bash > ~/.local/share/bash-completion/completions/qctl\n  qctl completions zsh > ~/.zfunc/_qctl\n  qctl completions fish > ~/.config/fish/completions/qctl.fish"
)]
pub(crate) struct CompletionsArgs {
    /// Shell to complete in
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

/// Runs the command.
pub(crate) fn run(cx: &Context, args: &CompletionsArgs) -> anyhow::Result<Exit> {
    let script = match args.shell {
        Shell::Bash => include_bytes!("../../completions/qctl.bash").to_vec(),
        Shell::Zsh => include_bytes!("../../completions/_qctl").to_vec(),
        Shell::Elvish => registration(&Elvish)?,
        Shell::PowerShell => registration(&Powershell)?,
        // `Shell` may get further ones; fish is the last of today's.
        _ => include_bytes!("../../completions/qctl.fish").to_vec(),
    };
    cx.printer.raw(&script)?;
    Ok(Exit::Done)
}

fn registration(shell: &dyn EnvCompleter) -> std::io::Result<Vec<u8>> {
    let mut script = Vec::new();
    shell.write_registration(VARIABLE, "qctl", "qctl", "qctl", &mut script)?;
    Ok(script)
}
