//! Documents for changes of queues and schedules.

use serde::Serialize;

use super::document;

/// A change of a queue or a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Verb {
    Pause,
    Resume,
    /// A queue, with its tasks.
    Drop,
    /// A schedule, with its history.
    Remove,
}

impl Verb {
    pub(crate) const fn infinitive(self) -> &'static str {
        match self {
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Drop => "drop",
            Self::Remove => "remove",
        }
    }

    pub(crate) const fn past(self) -> &'static str {
        match self {
            Self::Pause => "paused",
            Self::Resume => "resumed",
            Self::Drop => "dropped",
            Self::Remove => "removed",
        }
    }
}

document! {
    /// The result of a change of a queue.
    pub(crate) struct QueueChange {
        queue: String,
        action: Verb,
        /// Nothing was changed; `changed` says what would be.
        dry_run: bool,
        /// False if the queue was already as it should be.
        changed: bool,
        /// Tasks deleted with a dropped queue.
        tasks: Option<u64>,
        /// The same by state, before they are deleted; absent otherwise.
        states: Option<Vec<StateTasks>>,
    }
}

/// Tasks of a queue in one state.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct StateTasks {
    /// `moving` if they are on their way to another queue.
    pub state: &'static str,
    pub tasks: u64,
}

impl QueueChange {
    pub(crate) fn new(queue: &impl ToString, action: Verb, changed: bool) -> Self {
        Self {
            queue: queue.to_string(),
            action,
            dry_run: false,
            changed,
            tasks: None,
            states: None,
        }
    }
}

document! {
    /// The result of a change of a schedule.
    pub(crate) struct ScheduleChange {
        name: String,
        action: Verb,
        /// Nothing was changed; `changed` says what would be.
        dry_run: bool,
        /// False if the schedule was already as it should be.
        changed: bool,
    }
}
