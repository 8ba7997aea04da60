//! The containers of a queue: the lists and sorted sets that hold the ids of its tasks.

use crate::broker::keys::QueueKeys;
use crate::task::State;

/// A container of a queue.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Container {
    /// All tasks of a state other than `aggregating`.
    State(State),
    /// The tasks waiting in one group.
    Group(String),
}

impl Container {
    /// The state of the tasks in it.
    pub const fn state(&self) -> State {
        match self {
            Self::State(state) => *state,
            Self::Group(_) => State::Aggregating,
        }
    }

    /// The name of the group; empty where there is none.
    pub(crate) fn group(&self) -> &str {
        match self {
            Self::State(_) => "",
            Self::Group(name) => name,
        }
    }

    /// Whether it is a list rather than a sorted set.
    pub(crate) const fn is_list(&self) -> bool {
        matches!(self, Self::State(State::Pending | State::Active))
    }

    /// Its key.
    pub(crate) fn key(&self, keys: &QueueKeys) -> String {
        match self {
            Self::State(State::Pending) => keys.pending(),
            Self::State(State::Active) => keys.active(),
            Self::State(State::Scheduled) => keys.scheduled(),
            Self::State(State::Retry) => keys.retry(),
            Self::State(State::Archived) => keys.archived(),
            Self::State(State::Completed) => keys.completed(),
            Self::State(State::Aside) => keys.aside(),
            // There is no container of all groups: the group without a name stands in.
            Self::State(State::Aggregating) => keys.group(""),
            Self::Group(name) => keys.group(name),
        }
    }
}
