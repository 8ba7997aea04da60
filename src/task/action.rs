//! What operators may do to tasks in each state. No other module decides this.

use super::State;

/// What an operator can do to a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Move it to pending, so that it runs now.
    Retry,
    /// Move it to the archive: keep it, but do not run it.
    Archive,
    /// Delete it from Redis.
    Delete,
    /// Ask the servers to stop its running attempt.
    Cancel,
    /// Replace its payload, options, start or queue.
    Edit,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 5] = [
        Self::Retry,
        Self::Archive,
        Self::Delete,
        Self::Cancel,
        Self::Edit,
    ];

    /// The verb, which is also the name of the command.
    pub const fn verb(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::Archive => "archive",
            Self::Delete => "delete",
            Self::Cancel => "cancel",
            Self::Edit => "edit",
        }
    }

    /// The action as one that takes a task out of its container.
    pub const fn as_move(self) -> Option<Move> {
        match self {
            Self::Retry => Some(Move::Retry),
            Self::Archive => Some(Move::Archive),
            Self::Delete => Some(Move::Delete),
            Self::Cancel | Self::Edit => None,
        }
    }

    /// The states that a selection covers when it names none. Empty for destructive actions, so that nothing is
    /// destroyed by default.
    pub const fn default_states(self) -> &'static [State] {
        match self {
            Self::Retry => &[State::Retry, State::Archived],
            Self::Cancel => &[State::Active],
            Self::Archive | Self::Delete | Self::Edit => &[],
        }
    }
}

/// An action that takes a task out of the container it is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// To pending.
    Retry,
    /// To the archive.
    Archive,
    /// Out of Redis.
    Delete,
}

impl From<Move> for Action {
    fn from(to: Move) -> Self {
        match to {
            Move::Retry => Self::Retry,
            Move::Archive => Self::Archive,
            Move::Delete => Self::Delete,
        }
    }
}

/// Where an action takes a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    /// To this state, which may be the one it is in.
    In(State),
    /// Out of Redis.
    Gone,
}

/// Why an action is not possible. Completes a sentence that begins with "it is", except for `NotScheduled`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Only `cancel` reaches a running task.
    #[error("running")]
    Running,
    /// `retry` has nothing to do.
    #[error("already pending")]
    AlreadyPending,
    /// `archive` has nothing to do.
    #[error("already archived")]
    AlreadyArchived,
    /// Only a running task can be cancelled.
    #[error("not running")]
    NotRunning,
    /// Its server is gone, so nobody would hear a cancellation.
    #[error("orphaned")]
    Orphaned,
    /// Only scheduled tasks and retries have a start that can be edited.
    #[error("only scheduled tasks and retries have a start")]
    NotScheduled,
    /// What was set aside can only be deleted.
    #[error("set aside as unreadable")]
    SetAside,
}

impl State {
    /// Where `action` takes a task in this state.
    ///
    /// Treats an active task as running. If its lease has expired, use [`after_orphaned`].
    pub const fn after(self, action: Action) -> Result<After, Refusal> {
        match (self, action) {
            // A cancelled attempt counts as failed.
            (Self::Active, Action::Cancel) => Ok(After::In(Self::Retry)),
            (Self::Active, Action::Retry | Action::Archive | Action::Delete | Action::Edit) => {
                Err(Refusal::Running)
            }
            (
                Self::Pending
                | Self::Scheduled
                | Self::Retry
                | Self::Archived
                | Self::Completed
                | Self::Aggregating,
                Action::Edit,
            ) => Ok(After::In(self)),
            (
                Self::Pending
                | Self::Scheduled
                | Self::Retry
                | Self::Archived
                | Self::Completed
                | Self::Aggregating
                | Self::Aside,
                Action::Cancel,
            ) => Err(Refusal::NotRunning),
            (Self::Pending, Action::Retry) => Err(Refusal::AlreadyPending),
            (Self::Archived, Action::Archive) => Err(Refusal::AlreadyArchived),
            (Self::Aside, Action::Retry | Action::Archive | Action::Edit) => Err(Refusal::SetAside),
            (
                Self::Scheduled
                | Self::Retry
                | Self::Archived
                | Self::Completed
                | Self::Aggregating,
                Action::Retry,
            ) => Ok(After::In(Self::Pending)),
            (
                Self::Pending | Self::Scheduled | Self::Retry | Self::Completed | Self::Aggregating,
                Action::Archive,
            ) => Ok(After::In(Self::Archived)),
            (
                Self::Pending
                | Self::Scheduled
                | Self::Retry
                | Self::Archived
                | Self::Completed
                | Self::Aggregating
                | Self::Aside,
                Action::Delete,
            ) => Ok(After::Gone),
        }
    }
}

/// Where `action` takes an orphaned task: an active one whose lease has expired, so that no server holds it.
pub const fn after_orphaned(action: Action) -> Result<After, Refusal> {
    match action {
        Action::Retry => Ok(After::In(State::Pending)),
        Action::Archive => Ok(After::In(State::Archived)),
        Action::Delete => Ok(After::Gone),
        Action::Cancel | Action::Edit => Err(Refusal::Orphaned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_operators_may_do() {
        let pending = Ok(After::In(State::Pending));
        let archived = Ok(After::In(State::Archived));
        let gone = Ok(After::Gone);
        let (running, not_running) = (Err(Refusal::Running), Err(Refusal::NotRunning));
        // In the order of `Action::ALL`.
        for state in State::ALL {
            let same = Ok(After::In(state));
            let expected = match state {
                State::Active => {
                    let cancelled = Ok(After::In(State::Retry));
                    [running, running, running, cancelled, running]
                }
                State::Pending => {
                    let already = Err(Refusal::AlreadyPending);
                    [already, archived, gone, not_running, same]
                }
                State::Archived => {
                    let already = Err(Refusal::AlreadyArchived);
                    [pending, already, gone, not_running, same]
                }
                State::Aside => {
                    let unreadable = Err(Refusal::SetAside);
                    [unreadable, unreadable, gone, not_running, unreadable]
                }
                State::Scheduled | State::Retry | State::Completed | State::Aggregating => {
                    [pending, archived, gone, not_running, same]
                }
            };
            assert_eq!(Action::ALL.map(|action| state.after(action)), expected);
        }
        let unheard = Err(Refusal::Orphaned);
        let orphaned = [pending, archived, gone, unheard, unheard];
        assert_eq!(Action::ALL.map(after_orphaned), orphaned);
    }
}
