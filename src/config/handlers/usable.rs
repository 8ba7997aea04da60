//! Whether handlers can start on this machine.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{HandlerConfig, HooksConfig, Kind, SurroundingsConfig};
use crate::config::machine::search_path;
use crate::worker::Surroundings;
use crate::worker::handlers::exec_limit::refusal;

/// Handlers that cannot start on this machine, one message for each.
pub(crate) fn unusable(handlers: &[HandlerConfig]) -> Vec<String> {
    let unusable = handlers.iter().filter_map(|handler| {
        let surroundings = &handler.settings.surroundings;
        let reason = match &handler.settings.kind {
            Kind::Command { program, .. } => not_startable(&program.words(), surroundings),
            Kind::Pipe(plan) => not_startable(&plan.words, surroundings),
            Kind::Http(http) => http.settings().err(),
            Kind::Discard => None,
        };
        let reason = reason.or_else(|| wrong_hook(&handler.settings.hooks, surroundings))?;
        Some(format!(
            "{}: handler {:?}: {reason}",
            handler.origin, handler.pattern
        ))
    });
    unusable.collect()
}

/// Why the program cannot start.
pub(crate) fn not_startable(words: &[String], surroundings: &SurroundingsConfig) -> Option<String> {
    let (cwd, env) = match surroundings.checked() {
        Ok(Surroundings { cwd, env, .. }) => (cwd.unwrap_or_default(), env),
        Err(reason) => return Some(reason),
    };
    let missing = words.first().filter(|name| !is_program(name, &cwd));
    let missing = missing
        .map(|name| format!("{name:?} is not an executable program: check the path and its mode"));
    let refused = missing.or_else(|| refusal(words, &env));
    refused.or_else(|| match words {
        [shell, option, line, ..] if shell == "sh" && option == "-c" => wrong_line(line),
        _ => None,
    })
}

fn wrong_hook(hooks: &HooksConfig, surroundings: &SurroundingsConfig) -> Option<String> {
    let HooksConfig {
        success,
        failure,
        archive,
    } = hooks;
    let lines = [
        ("on_success", success),
        ("on_failure", failure),
        ("on_archive", archive),
    ];
    lines.into_iter().find_map(|(name, line)| {
        let words = ["sh", "-c", line.as_deref()?].map(str::to_owned);
        let reason = not_startable(&words, surroundings)?;
        Some(format!("{name}: {reason}"))
    })
}

/// Why the shell cannot read a line. It parses the line without running any of it.
fn wrong_line(line: &str) -> Option<String> {
    let mut shell = Command::new("sh");
    shell.args(["-n", "-c", line]).stdin(Stdio::null());
    // What keeps a shell from being started here does not make the line wrong.
    let parsed = shell
        .output()
        .ok()
        .filter(|parsed| !parsed.status.success())?;
    let complaint = String::from_utf8_lossy(&parsed.stderr);
    let complaint = complaint.lines().next().unwrap_or("no reason given");
    Some(format!("the shell cannot read the command: {complaint}"))
}

/// Whether the name can be executed: a path from the working directory, a plain name by the search path.
fn is_program(name: &str, cwd: &Path) -> bool {
    let executable = |path: PathBuf| {
        path.is_file() && rustix::fs::access(&path, rustix::fs::Access::EXEC_OK).is_ok()
    };
    if name.contains('/') {
        return executable(cwd.join(name));
    }
    search_path().any(|folder| executable(folder.join(name)))
}

/// Whether a program of this name is in the search path.
pub(crate) fn is_installed(name: &str) -> bool {
    is_program(name, Path::new(""))
}
