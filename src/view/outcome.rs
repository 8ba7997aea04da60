//! The result of a change of tasks, in a sentence.

use serde::Serialize;

use super::{Page, View, text};
use crate::document::outcome::{ChangeDocument, FailedDocument, QueueTasksDocument};
use crate::inspector::Outcome;
use crate::task::transition::Action;

/// Queues in the document.
const MAX_QUEUES: usize = 1000;

/// The view of an [`Outcome`].
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct OutcomeView<'a> {
    document: ChangeDocument,
    #[serde(skip)]
    outcome: &'a Outcome,
}

impl<'a> OutcomeView<'a> {
    pub(crate) fn new(outcome: &'a Outcome) -> Self {
        Self {
            document: outcome.into(),
            outcome,
        }
    }

    pub(crate) fn sentence(&self) -> String {
        let outcome = self.outcome;
        let done = outcome.done();
        let tasks = if done == outcome.matched {
            text::plural(done, "task")
        } else {
            let done = text::thousands(done);
            format!("{done} of {}", text::plural(outcome.matched, "task"))
        };
        let action = outcome.action;
        let mut sentence = match (outcome.dry_run, outcome.listeners) {
            (true, _) => format!("would {} {tasks}", action.verb()),
            (false, Some(servers)) => {
                let servers = text::plural(servers, "server");
                format!("asked {servers} to {} {tasks}", action.verb())
            }
            (false, None) if outcome.requested > 0 => {
                format!("asked the servers to {} {tasks}", action.verb())
            }
            (false, None) => format!("{} {tasks}", past(action)),
        };
        sentence += &counted(outcome.unchanged, "unchanged");
        sentence += &counted(outcome.unconfirmed, "unconfirmed (no answer)");
        sentence += &counted(outcome.skipped.moved, "moved meanwhile");
        sentence += &counted(outcome.skipped.unknown_age, "of unknown age");
        sentence += &counted(outcome.failed, "failed");
        sentence
    }
}

impl From<&Outcome> for ChangeDocument {
    fn from(outcome: &Outcome) -> Self {
        let failures = outcome.failures.iter().map(|failed| FailedDocument {
            id: failed.id.to_string(),
            queue: failed.queue.as_ref().map(ToString::to_string),
            error: failed.error.to_string(),
        });
        let queues = outcome.queues.iter().take(MAX_QUEUES);
        let queues = queues.map(|(queue, tasks)| QueueTasksDocument {
            queue: queue.to_string(),
            tasks: *tasks,
        });
        Self {
            action: outcome.action.verb(),
            dry_run: outcome.dry_run,
            matched: outcome.matched,
            changed: outcome.changed,
            would_change: outcome.would_change,
            requested: outcome.requested,
            unconfirmed: outcome.unconfirmed,
            skipped: outcome.skipped.total(),
            skipped_moved: outcome.skipped.moved,
            skipped_unknown_age: outcome.skipped.unknown_age,
            failures: failures.collect(),
            unchanged: outcome.unchanged,
            queues: queues.collect(),
        }
    }
}

impl View for OutcomeView<'_> {
    fn page(&self) -> Page {
        // Each failure is also reported as an error; a table would repeat them.
        Page::new().sentence(self.sentence())
    }

    /// None: a change may be of any size, so ids are printed while it runs.
    fn ids(&self) -> Vec<&str> {
        Vec::new()
    }
}

const fn past(action: Action) -> &'static str {
    match action {
        Action::Retry => "retried",
        Action::Archive => "archived",
        Action::Delete => "deleted",
        Action::Cancel => "cancelled",
        Action::Edit => "edited",
    }
}

/// `, 3 failed`, or an empty string for 0.
fn counted(count: u64, what: &str) -> String {
    match count {
        0 => String::new(),
        count => format!(", {} {what}", text::thousands(count)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inspector::Error;
    use crate::task::{QueueName, TaskId};

    fn sentence(outcome: &Outcome) -> String {
        OutcomeView::new(outcome).sentence()
    }

    #[test]
    fn says_how_many_and_why_not_the_others() {
        let mut outcome = Outcome::new(Action::Retry, true);
        (outcome.matched, outcome.would_change) = (1_500, 1_500);
        assert_eq!(sentence(&outcome), "would retry 1,500 tasks");
        let mut outcome = Outcome::new(Action::Delete, false);
        (outcome.matched, outcome.changed) = (4, 1);
        (outcome.skipped.moved, outcome.skipped.unknown_age) = (1, 2);
        outcome.failed = 1;
        assert_eq!(
            sentence(&outcome),
            "deleted 1 of 4 tasks, 1 moved meanwhile, 2 of unknown age, 1 failed"
        );
        let mut outcome = Outcome::new(Action::Cancel, false);
        (outcome.matched, outcome.requested, outcome.listeners) = (1, 1, Some(2));
        assert_eq!(sentence(&outcome), "asked 2 servers to cancel 1 task");
    }

    #[test]
    fn the_document_has_every_key() {
        let mut outcome = Outcome::new(Action::Delete, false);
        (outcome.matched, outcome.changed) = (2, 1);
        let (id, queue) = (TaskId::from_stored(b"a".to_vec()), QueueName::default());
        outcome.queues = vec![(queue.clone(), 2)];
        let error = Error::Unreadable {
            queue: queue.clone(),
            id: id.clone(),
        };
        outcome.add_failure(id, Some(queue), error);
        assert_eq!(
            serde_json::to_string(&OutcomeView::new(&outcome)).unwrap(),
            concat!(
                r#"{"action":"delete","dry_run":false,"matched":2,"changed":1,"would_change":0,"requested":0,"unconfirmed":0,"#,
                r#""skipped":0,"skipped_moved":0,"skipped_unknown_age":0,"failures":[{"id":"a","#,
                r#""queue":"default","error":"task \"a\" in queue \"default\" cannot be read"}],"unchanged":0,"queues":[{"queue":"default","tasks":2}]}"#
            )
        );
    }
}
