//! Whether handlers can start on this machine.

use std::path::PathBuf;

use super::{HandlerConfig, Kind};
use crate::config::machine::search_path;
use crate::worker::handlers::exec_limit::refusal;

/// Handlers that cannot start on this machine, one message for each.
pub(crate) fn unusable(handlers: &[HandlerConfig]) -> Vec<String> {
    let unusable = handlers.iter().filter_map(|handler| {
        let reason = match &handler.settings.kind {
            Kind::Command { program, .. } => not_a_program(&program.words())?,
            Kind::Pipe(plan) => not_a_program(&plan.words)?,
            Kind::Http(http) => http.settings().err()?,
            Kind::Discard => return None,
        };
        Some(format!(
            "{}: handler {:?}: {reason}",
            handler.origin, handler.pattern
        ))
    });
    unusable.collect()
}

/// Why the program cannot start.
fn not_a_program(words: &[String]) -> Option<String> {
    let missing = words.first().filter(|name| !is_program(name));
    let missing = missing
        .map(|name| format!("{name:?} is not an executable program: check the path and its mode"));
    missing.or_else(|| refusal(words))
}

/// Whether the name can be executed: a path as it is, a plain name by the search path.
fn is_program(name: &str) -> bool {
    let executable = |path: PathBuf| {
        path.is_file() && rustix::fs::access(&path, rustix::fs::Access::EXEC_OK).is_ok()
    };
    if name.contains('/') {
        return executable(PathBuf::from(name));
    }
    search_path().any(|folder| executable(folder.join(name)))
}
