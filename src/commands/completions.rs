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
    if args.shell == Shell::Bash {
        let registration = script.windows(9).rposition(|text| text == b"\n\nif [[ \"");
        script.truncate(registration.unwrap_or(script.len()));
        script.extend(words_of_bash(&grammar).into_bytes());
    }
    cx.printer.raw(&script)?;
    Ok(Exit::Done)
}

/// What the script for bash lacks: options are offered only after a dash, and files only where a file is expected.
fn words_of_bash(grammar: &Command) -> String {
    let mut files = Vec::new();
    find_files(grammar, "", &mut files);
    let files: Vec<String> = files.iter().map(|path| format!("*\"{path} \"*")).collect();
    format!(
        r#"

_qctl_words() {{
    _qctl "$@"
    [[ "$2" == -* ]] && return
    local i
    for i in "${{!COMPREPLY[@]}}"; do
        [[ "${{COMPREPLY[i]}}" == -* ]] && unset "COMPREPLY[i]"
    done
    COMPREPLY=("${{COMPREPLY[@]}}")
    case " ${{COMP_WORDS[*]}} " in
        {}) [[ "${{BASH_VERSINFO[0]}}" -ge 4 ]] && compopt -o default ;;
    esac
}}

if [[ "${{BASH_VERSINFO[0]}}" -eq 4 && "${{BASH_VERSINFO[1]}}" -ge 4 || "${{BASH_VERSINFO[0]}}" -gt 4 ]]; then
    complete -F _qctl_words -o nosort qctl
else
    complete -F _qctl_words qctl
fi
"#,
        files.join("|")
    )
}

/// Collects the commands whose arguments are files, such as ` cron sync`.
fn find_files(command: &Command, path: &str, found: &mut Vec<String>) {
    let is_file = |arg: &Arg| arg.get_value_hint() == ValueHint::FilePath;
    if command.get_positionals().any(is_file) {
        found.push(path.to_owned());
    }
    for command in command.get_subcommands() {
        let path = format!("{path} {}", command.get_name());
        find_files(command, &path, found);
    }
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
