//! `qctl completions`: scripts that complete commands and options.

use clap_complete::Shell;

use super::Context;

/// Print a completion script for a shell.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  qctl completions bash > ~/.local/share/bash-completion/completions/qctl\n  qctl completions zsh > ~/.zfunc/_qctl\n  qctl completions fish > ~/.config/fish/completions/qctl.fish"
)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

/// Runs the command.
pub fn run(cx: &Context, args: &CompletionsArgs) -> anyhow::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut (cx.grammar)(), "qctl", &mut script);
    cx.printer.raw(&script)?;
    Ok(())
}
