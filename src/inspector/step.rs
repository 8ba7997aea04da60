//! One step of a change.

use super::edits::Refused;
use super::error::Error;
use super::members::Members;
use super::outcome::Outcome;
use crate::broker::{self, PageStep, Passed};
use crate::task::transition::Action;
use crate::task::{QueueName, TaskId};

/// The result of one step.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Step {
    /// Tasks that this step has dealt with, out of [`Plan::total`](super::Plan::total).
    pub seen: u64,
    /// The queue of the tasks.
    pub queue: QueueName,
    /// Number of tasks that were changed or asked to stop, or would be.
    pub changed: u64,
    /// Their ids, if [`Options::ids`](super::Options::ids) asks for them or the tasks were known by id.
    pub ids: Vec<TaskId>,
}

/// Records the result of a step through a container.
pub(super) fn note_page(
    step: PageStep,
    (queue, members): (&QueueName, &mut Members),
    outcome: &mut Outcome,
) -> Step {
    outcome.add_changed(step.changed.len() as u64);
    step.changed.iter().for_each(|id| members.handle(id));
    let mut seen = step.changed.len() as u64;
    for (stored, passed) in step.passed {
        let (queue, id) = (queue.clone(), TaskId::from_stored(stored.clone()));
        let error = match passed {
            // It may only have moved within the container.
            Passed::Moved => continue,
            Passed::OutOfPlace => broker::Error::OutOfPlace {
                queue: queue.clone(),
                id: id.clone(),
            }
            .into(),
            Passed::Unreadable => Error::Unreadable {
                queue: queue.clone(),
                id: id.clone(),
            },
        };
        members.handle(&stored);
        seen += 1;
        outcome.add_failure(id, Some(queue), error);
    }
    let ids = step.changed.into_iter().map(TaskId::from_stored);
    let ids: Vec<TaskId> = ids.collect();
    Step {
        seen,
        queue: queue.clone(),
        changed: ids.len() as u64,
        ids,
    }
}

/// Records the tasks of a step that cannot be changed. One that has moved since it was counted is a failure only if it was
/// named.
pub(super) fn note_refused(
    refused: Vec<Refused>,
    (queue, named): (&QueueName, bool),
    outcome: &mut Outcome,
) {
    for (id, error) in refused {
        let error = error.of(queue, &id);
        let has_moved = error.is_of_moved_task() && outcome.action != Action::Cancel;
        if named || !has_moved {
            outcome.add_failure(id, Some(queue.clone()), error);
        } else {
            outcome.skipped.moved += 1;
        }
    }
}
