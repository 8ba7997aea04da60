//! The kinds of changes that are recorded.

use crate::task::transition::Action;

/// A kind of change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    Tasks(Action),
    /// A new task like one that exists.
    #[cfg(feature = "page")]
    EnqueueCopy,
    PauseQueues,
    ResumeQueues,
    DropQueue,
    AddSchedule,
    PauseSchedules,
    ResumeSchedules,
    RemoveSchedules,
    RunSchedule,
    SyncSchedules,
    Repair,
}

impl Operation {
    /// The command for it.
    pub(super) const fn verb(self) -> &'static str {
        match self {
            Self::Tasks(action) => action.verb(),
            #[cfg(feature = "page")]
            Self::EnqueueCopy => "enqueue",
            Self::PauseQueues => "pause",
            Self::ResumeQueues => "resume",
            Self::DropQueue => "drop",
            Self::AddSchedule => "cron add",
            Self::PauseSchedules => "cron pause",
            Self::ResumeSchedules => "cron resume",
            Self::RemoveSchedules => "cron rm",
            Self::RunSchedule => "cron run",
            Self::SyncSchedules => "cron sync",
            Self::Repair => "doctor",
        }
    }

    /// What is refused in read-only mode.
    pub(super) const fn phrase(self) -> &'static str {
        match self {
            Self::AddSchedule => "add schedules",
            Self::PauseSchedules => "pause schedules",
            Self::ResumeSchedules => "resume schedules",
            Self::RemoveSchedules => "remove schedules",
            Self::RunSchedule => "run schedules",
            Self::SyncSchedules => "sync schedules",
            Self::Repair => "repair",
            #[cfg(feature = "page")]
            Self::EnqueueCopy => self.verb(),
            Self::Tasks(_) | Self::PauseQueues | Self::ResumeQueues | Self::DropQueue => {
                self.verb()
            }
        }
    }
}
