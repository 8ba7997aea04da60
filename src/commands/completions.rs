//! `qctl completions`: scripts that complete commands and options.

use clap::Command;
use clap_complete::Shell;

use super::Context;
use crate::error::Exit;

/// Print a completion script for a shell.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  qctl completions bash > ~/.local/share/bash-completion/completions/qctl\n  qctl completions zsh > ~/.zfunc/_qctl\n  qctl completions fish > ~/.config/fish/completions/qctl.fish"
)]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

/// Runs the command.
pub(crate) fn run(cx: &Context, args: &CompletionsArgs) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    let mut grammar = shown(&(cx.grammar)());
    clap_complete::generate(args.shell, &mut grammar, "qctl", &mut script);
    cx.printer.raw(&script)?;
    Ok(Exit::Done)
}

/// The grammar without its hidden commands, which completion would offer all the same.
fn shown(grammar: &Command) -> Command {
    let commands = grammar.get_subcommands();
    Command::new("qctl")
        .version(env!("CARGO_PKG_VERSION"))
        .disable_help_subcommand(true)
        .args(grammar.get_arguments())
        .subcommands(commands.filter(|command| !command.is_hide_set()))
}
