//! The command line, with what completes each argument. The name of a value says what it is of.

use std::ffi::OsStr;
use std::sync::Arc;

use clap::{Arg, Command, ValueHint};
use clap_complete::CompletionCandidate;
use clap_complete::engine::ArgValueCompleter;

use super::names::Asked;
use crate::commands::ls;
use crate::config::Contexts;
use crate::inspector::known::NameKind;

/// The command line without hidden commands, whose arguments are completed with what exists.
pub(super) fn with_completers(grammar: &Command, asked: &Arc<Asked>) -> Command {
    let commands: Vec<Command> = grammar
        .get_subcommands()
        .filter(|command| !command.is_hide_set())
        .cloned()
        .collect();
    let args: Vec<Arg> = grammar.get_arguments().cloned().collect();
    Command::new("qctl")
        .version(env!("CARGO_PKG_VERSION"))
        .disable_help_subcommand(true)
        .args(args.into_iter().map(|arg| completed(arg, "", asked)))
        .subcommands(
            commands
                .into_iter()
                .map(|command| of_command(command, asked)),
        )
}

fn of_command(command: Command, asked: &Arc<Asked>) -> Command {
    let name = command.get_name().to_owned();
    command
        .mut_args(|arg| completed(arg, &name, asked))
        .mut_subcommands(|under| {
            let path = format!("{name} {}", under.get_name());
            under.mut_args(|arg| completed(arg, &path, asked))
        })
}

/// An argument of a command with what completes it.
fn completed(arg: Arg, command: &str, asked: &Arc<Asked>) -> Arg {
    if !arg.get_action().takes_values() || !arg.get_possible_values().is_empty() {
        return arg;
    }
    let name = arg.get_value_names().and_then(|names| names.first());
    let name = name.map(ToString::to_string).unwrap_or_default();
    let is_schedule = command.starts_with("cron ") && command != "cron add" && arg.is_positional();
    let is_context = match arg.get_id().as_str() {
        "context" | "confirm" => true,
        _ => command.starts_with("context ") && command != "context add" && arg.is_positional(),
    };
    if is_context {
        return arg.add(ArgValueCompleter::new(contexts));
    }
    let kind = match name.as_str() {
        "QUEUE" | "QUEUE[=WEIGHT]" => NameKind::Queue,
        "WHAT" if command == "ls" => return arg.add(listed(asked)),
        "ID" => NameKind::TaskId,
        "TYPE" | "GLOB" => NameKind::TaskType,
        "GROUP" => NameKind::Group,
        "NAME" if is_schedule => NameKind::Schedule,
        "DIR" => return arg.value_hint(ValueHint::DirPath),
        name if name.contains("FILE") => return arg.value_hint(ValueHint::FilePath),
        _ => return arg.value_hint(ValueHint::Other),
    };
    let asked = Arc::clone(asked);
    arg.add(ArgValueCompleter::new(move |typed: &OsStr| {
        asked.names(kind, typed)
    }))
}

/// The names of the contexts. If their file cannot be read, there are none.
fn contexts(typed: &OsStr) -> Vec<CompletionCandidate> {
    let start = typed.to_string_lossy();
    let names = Contexts::read().unwrap_or_default().each.into_keys();
    names
        .filter(|name| name.starts_with(&*start))
        .map(CompletionCandidate::new)
        .collect()
}

/// What `ls` lists, and queues, whose tasks it lists.
fn listed(asked: &Arc<Asked>) -> ArgValueCompleter {
    let asked = Arc::clone(asked);
    ArgValueCompleter::new(move |typed: &OsStr| {
        let start = typed.to_string_lossy();
        let words = ls::WORDS
            .into_iter()
            .filter(|word| word.starts_with(&*start));
        let mut found: Vec<_> = words.map(CompletionCandidate::new).collect();
        found.extend(asked.names(NameKind::Queue, typed));
        found
    })
}
