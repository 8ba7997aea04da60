//! The addresses of pages that several places link to.

use super::state::Shared;
use crate::task::State;

/// The page of a queue.
pub(super) fn queue(shared: &Shared, name: &str) -> String {
    shared.link("/queue", &[("queue", name)])
}

/// The tasks of a queue in a state.
pub(super) fn tasks(shared: &Shared, queue: &str, state: State) -> String {
    let quoted = queue.replace('\\', "\\\\").replace('"', "\\\"");
    let text = format!("queue:\"{quoted}\" state:{state}");
    shared.link("/tasks", &[("q", &text)])
}
