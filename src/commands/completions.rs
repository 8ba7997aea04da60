//! `qctl completions`: scripts that complete commands and options.

use clap::{Arg, Command, ValueHint};
use clap_complete::Shell;

use super::Context;
use crate::error::Exit;

/// Print a completion script for a shell.
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
    let mut script = Vec::new();
    let mut grammar = shown(&(cx.grammar)());
    clap_complete::generate(args.shell, &mut grammar, "qctl", &mut script);
    cx.printer.raw(&script)?;
    Ok(Exit::Done)
}

/// The grammar without its hidden commands, which completion would offer all the same.
fn shown(grammar: &Command) -> Command {
    let commands = grammar.get_subcommands();
    let commands = commands.filter(|command| !command.is_hide_set()).cloned();
    Command::new("qctl")
        .version(env!("CARGO_PKG_VERSION"))
        .disable_help_subcommand(true)
        .args(grammar.get_arguments())
        .mut_args(with_values)
        .subcommands(commands.map(with_all_values))
}

fn with_all_values(command: Command) -> Command {
    command
        .mut_args(with_values)
        .mut_subcommands(with_all_values)
}

/// Shells complete file names unless they are told what a value is.
fn with_values(arg: Arg) -> Arg {
    if !arg.get_action().takes_values() {
        return arg;
    }
    if arg.get_id() == "what" {
        return arg.value_parser(["queues", "tasks", "servers", "workers", "groups", "cron"]);
    }
    let mut names = arg.get_value_names().unwrap_or_default().iter();
    let file = names.any(|name| name.contains("FILE"));
    arg.value_hint(if file {
        ValueHint::FilePath
    } else {
        ValueHint::Other
    })
}
