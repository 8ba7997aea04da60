//! `qctl dash`: the dashboard.

use std::process::Stdio;

use super::Context;
use crate::config;
use crate::editor::Editor;
use crate::error::{Exit, Failure, Failures};
use crate::inspector::{Actor, Origin};
use crate::tui::{self, Dashboard, Left, Verb};

/// Show a live dashboard with actions in the terminal
///
/// Queues, tasks, workers, schedules, what the doctor finds, and the audit log. Lower-case keys look and navigate; capital
/// letters change data, after a question that shows the equivalent command. ? lists all keys. With --read-only, nothing can
/// be changed; in a protected context, each change asks for its name, unless --confirm has it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  qctl dash\n  qctl dash --read-only")]
pub(crate) struct DashArgs {}

/// Runs the command.
pub(crate) async fn run(cx: &mut Context, _: &DashArgs) -> anyhow::Result<Exit> {
    if !tui::has_terminal() || !cx.printer.redraws() {
        let what = "the dashboard needs a terminal";
        let hint = "in scripts, use qctl stats, qctl ls or qctl stats --watch";
        return Err(Failure::usage(what, hint).into());
    }
    let inspector = cx.inspector().await?.acting_as(Actor {
        who: config::user(),
        from: Origin::Dash,
    });
    let protected = cx.unconfirmed_context().map(str::to_owned);
    let settings = tui::Settings {
        redis: cx.config.redis_name(),
        read_only: cx.config.read_only,
        protected: protected.clone(),
        colored: cx.printer.is_colored(),
        verbs: verbs(&(cx.grammar)()),
    };
    let mut environment = cx.config.environment.clone();
    if protected.is_some() {
        // A command refuses another name, and asks if there is none.
        environment.retain(|(name, _)| *name != "QCTL_CONFIRM");
    }
    let dashboard = Dashboard {
        inspector,
        settings,
        thresholds: cx.config.file.trouble.clone(),
        user: config::user(),
        editor: Editor::new(config::editor()).map(Editor::ending_with_program),
        command: |words: Vec<String>| {
            let mut command = tokio::process::Command::new(std::env::current_exe()?);
            for name in config::SERVER_VARIABLES {
                command.env_remove(name);
            }
            command.args(words).envs(environment.clone());
            command.stdin(Stdio::inherit()).spawn()
        },
    };
    let ended = dashboard.run().await?;
    for done in &ended.done {
        cx.printer.note(done);
    }
    if !ended.failures.is_empty() {
        return Err(Failures::all(ended.failures).into());
    }
    Ok(match ended.why {
        Left::Quit => Exit::Done,
        Left::Interrupted => Exit::Interrupted,
        Left::Terminated => Exit::Terminated,
    })
}

/// The commands that can be run from the dashboard, and their options.
fn verbs(grammar: &clap::Command) -> Vec<Verb> {
    let mut found = Vec::new();
    collect(grammar, "", &mut found);
    found.retain(|verb| verb.name != "dash");
    found
}

fn collect(command: &clap::Command, path: &str, found: &mut Vec<Verb>) {
    for command in command
        .get_subcommands()
        .filter(|command| !command.is_hide_set())
    {
        let name = format!("{path}{}", command.get_name());
        if command.has_subcommands() {
            collect(command, &format!("{name} "), found);
            continue;
        }
        let options = command.get_arguments().filter(|arg| !arg.is_hide_set());
        let options = options.filter_map(|arg| arg.get_long().map(|long| format!("--{long}")));
        found.push(Verb {
            options: options.collect(),
            name,
        });
    }
}
