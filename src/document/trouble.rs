//! Findings: what is wrong with a queue or a worker, since when, and what to do.

use chrono::{DateTime, Utc};
use serde::{Serialize, Serializer};

use super::document;

/// What a finding is about. The worst come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum TroubleCode {
    /// Tasks are pending, and no worker serves the queue.
    Unserved,
    /// The oldest pending task has been waiting for too long.
    PendingTooLong,
    /// Due tasks are not made pending.
    NotForwarded,
    /// Too many attempts failed today.
    Failing,
    /// Many retries are due soon.
    RetriesDue,
    /// Tasks are active, and their workers are gone.
    Orphaned,
    /// A worker no longer announces itself, and did not say that it ends.
    WorkerSilent,
    /// The queue has been paused for long, and tasks wait in it.
    PausedTooLong,
    /// A group has been waiting for longer than its workers allow.
    GroupTooOld,
    /// The archive is nearly full.
    ArchiveFull,
    /// The clock of a worker differs from that of Redis.
    ClockDiffers,
}

impl TroubleCode {
    pub(crate) const ALL: [Self; 11] = [
        Self::Unserved,
        Self::PendingTooLong,
        Self::NotForwarded,
        Self::Failing,
        Self::RetriesDue,
        Self::Orphaned,
        Self::WorkerSilent,
        Self::PausedTooLong,
        Self::GroupTooOld,
        Self::ArchiveFull,
        Self::ClockDiffers,
    ];

    /// The word for it in documents and metrics.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Unserved => "unserved",
            Self::PendingTooLong => "pending-too-long",
            Self::NotForwarded => "not-forwarded",
            Self::Failing => "failing",
            Self::RetriesDue => "retries-due",
            Self::Orphaned => "orphaned",
            Self::WorkerSilent => "worker-silent",
            Self::PausedTooLong => "paused-too-long",
            Self::GroupTooOld => "group-too-old",
            Self::ArchiveFull => "archive-full",
            Self::ClockDiffers => "clock-differs",
        }
    }

    pub(crate) const fn severity(self) -> Severity {
        match self {
            Self::Unserved | Self::PendingTooLong | Self::NotForwarded | Self::Failing => {
                Severity::Error
            }
            Self::RetriesDue
            | Self::Orphaned
            | Self::WorkerSilent
            | Self::PausedTooLong
            | Self::GroupTooOld
            | Self::ArchiveFull
            | Self::ClockDiffers => Severity::Warning,
        }
    }
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Severity {
    /// Tasks are not done.
    Error,
    /// Tasks may soon not be done, or be lost.
    Warning,
}

impl Severity {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// What to do about a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Suggestion {
    /// Start a worker for the queue.
    Work,
    /// Retry the selected tasks.
    Retry,
    /// Delete the selected tasks, or some of them.
    Delete,
    /// Pause the queue.
    Pause,
    /// Resume the queue.
    Resume,
}

impl Suggestion {
    /// The command that does it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Work => "work",
            Self::Retry => "retry",
            Self::Delete => "delete",
            Self::Pause => "pause",
            Self::Resume => "resume",
        }
    }
}

/// These are written as their names.
macro_rules! named {
    ($($kind:ident)*) => {
        $(impl Serialize for $kind {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(self.name())
            }
        })*
    };
}

named!(TroubleCode Severity Suggestion);

document! {
    /// A finding.
    pub(crate) struct TroubleDocument {
        code: TroubleCode,
        severity: Severity,
        /// Absent if it is about a worker.
        queue: Option<String>,
        /// What is wrong, with the figures. It begins in lower case and does not name the queue.
        sentence: String,
        /// Tasks concerned, if it is about tasks.
        count: Option<u64>,
        /// Since when, if that is known.
        since: Option<DateTime<Utc>>,
        /// A query that selects the tasks concerned.
        selection: Option<String>,
        action: Option<Suggestion>,
    }
}
