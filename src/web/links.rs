//! The addresses of pages that several places link to.

use super::changes::{ChangeId, What};
use super::state::Shared;
use crate::inspector::Selection;
use crate::inspector::doctor::Code;
use crate::inspector::query::text_of;
use crate::task::{QueueName, State};

/// The page of a queue.
pub(super) fn queue(shared: &Shared, name: &str) -> String {
    shared.link("/queue", &[("queue", name)])
}

/// The tasks of a queue in a state.
pub(super) fn tasks(shared: &Shared, queue: &str, state: State) -> String {
    let mut selection = Selection::default().state(state);
    selection.queues.extend(QueueName::new(queue).ok());
    shared.link("/tasks", &[("q", &text_of(&selection))])
}

/// A task.
pub(super) fn task(shared: &Shared, queue: &str, id: &str) -> String {
    shared.link("/task", &[("queue", queue), ("id", id)])
}

/// The tasks of a selection.
pub(super) fn selected(shared: &Shared, query: &str) -> String {
    shared.link("/tasks", &[("q", query)])
}

/// The page of a change.
pub(super) fn change(shared: &Shared, id: ChangeId) -> String {
    shared.link("/change", &[("id", &id.to_string())])
}

/// The page of a schedule.
pub(super) fn schedule(shared: &Shared, name: &str) -> String {
    shared.link("/schedule", &[("name", name)])
}

/// What a code of the doctor means.
pub(super) fn explanation(shared: &Shared, code: Code) -> String {
    shared.link("/doctor/explain", &[("code", code.name())])
}

/// The page on which a change was asked for.
pub(super) fn origin(shared: &Shared, what: &What) -> String {
    match what {
        What::Tasks(tasks) => selected(shared, &tasks.text()),
        What::Repair(_) => shared.link("/doctor", &[]),
    }
}
