//! The states of a task and their names in Redis: Asynq's seven, and `aside`.

use std::fmt;
use std::str::FromStr;

/// Where a task is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum State {
    /// Being processed, under a lease.
    Active,
    /// Ready to be processed.
    #[default]
    Pending,
    /// Waiting for its first start time.
    Scheduled,
    /// Failed, waiting for its next attempt.
    Retry,
    /// Failed for good, kept for inspection.
    Archived,
    /// Succeeded and kept for its retention.
    Completed,
    /// Waiting in a group to be merged.
    Aggregating,
    /// Not a task that can be read: an id without a message, or a message that cannot be decoded. Asynq does not know
    /// this state.
    Aside,
}

impl State {
    /// Every state, in the order of its number in Asynq's API, from 1; `aside` has none there.
    pub const ALL: [Self; 8] = [
        Self::Active,
        Self::Pending,
        Self::Scheduled,
        Self::Retry,
        Self::Archived,
        Self::Completed,
        Self::Aggregating,
        Self::Aside,
    ];

    /// Whether it is stored since when a task has been in this state. The lease of an active task is extended repeatedly, and
    /// the start of a scheduled one does not show when it was enqueued.
    pub const fn has_age(self) -> bool {
        !matches!(self, Self::Active | Self::Scheduled)
    }

    /// The name in the task's hash, which is also shown to users.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Pending => "pending",
            Self::Scheduled => "scheduled",
            Self::Retry => "retry",
            Self::Archived => "archived",
            Self::Completed => "completed",
            Self::Aggregating => "aggregating",
            Self::Aside => "aside",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A string that is not the name of a state.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown task state {0:?}")]
pub struct UnknownState(String);

impl FromStr for State {
    type Err = UnknownState;

    fn from_str(text: &str) -> Result<Self, UnknownState> {
        Self::ALL
            .into_iter()
            .find(|state| state.name() == text)
            .ok_or_else(|| UnknownState(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_asynqs_and_read_back() {
        for state in State::ALL {
            assert_eq!(state.name().parse::<State>().unwrap(), state);
        }
        assert!("dead".parse::<State>().is_err());
        assert!("Pending".parse::<State>().is_err());
    }
}
