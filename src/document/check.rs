//! The verdict of `check`: why it is not OK, and the figures that were compared with limits.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Serialize, Serializer};

use super::document;
use super::queue::to_float;
use super::serde_fmt;

/// What a limit is about. The worst come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Measure {
    /// Servers that serve the queue.
    Workers,
    /// How long the oldest task has been pending.
    Latency,
    /// How long tasks have been due without being pending.
    ForwardDelay,
    /// The share of today's attempts that failed.
    FailedRate,
    Pending,
    Retry,
    /// Active tasks whose worker is gone.
    Orphaned,
    /// How long a queue with tasks has been paused.
    Paused,
    /// How long ago a schedule should have fired.
    Overdue,
    Archived,
    /// What the Redis server uses.
    Memory,
}

impl Measure {
    pub(crate) const ALL: [Self; 11] = [
        Self::Workers,
        Self::Latency,
        Self::ForwardDelay,
        Self::FailedRate,
        Self::Pending,
        Self::Retry,
        Self::Orphaned,
        Self::Paused,
        Self::Overdue,
        Self::Archived,
        Self::Memory,
    ];

    /// The word for it in documents, performance data and metrics.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Workers => "workers",
            Self::Latency => "latency",
            Self::ForwardDelay => "forward_delay",
            Self::FailedRate => "failed_rate",
            Self::Pending => "pending",
            Self::Retry => "retry",
            Self::Orphaned => "orphaned",
            Self::Paused => "paused",
            Self::Overdue => "overdue",
            Self::Archived => "archived",
            Self::Memory => "memory",
        }
    }

    /// The unit of its values, unless a limit of memory is a share.
    pub(crate) const fn unit(self) -> &'static str {
        match self {
            Self::Workers | Self::Pending | Self::Retry | Self::Orphaned | Self::Archived => {
                Amount::Count(0).unit()
            }
            Self::Latency | Self::ForwardDelay | Self::Paused | Self::Overdue => {
                Amount::Span(Duration::ZERO).unit()
            }
            Self::FailedRate => Amount::Share(0.0).unit(),
            Self::Memory => Amount::Bytes(0).unit(),
        }
    }

    /// Which values are refused.
    pub(crate) const fn bound(self) -> Bound {
        match self {
            Self::Workers => Bound::Min,
            Self::Latency
            | Self::ForwardDelay
            | Self::FailedRate
            | Self::Pending
            | Self::Retry
            | Self::Orphaned
            | Self::Paused
            | Self::Overdue
            | Self::Archived
            | Self::Memory => Bound::Max,
        }
    }
}

/// The side on which a limit holds; the limit itself is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bound {
    Min,
    Max,
}

/// A value or a limit.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub(crate) enum Amount {
    Count(u64),
    Span(Duration),
    /// From 0 to 1.
    Share(f64),
    Bytes(u64),
}

impl Amount {
    /// The number in its unit.
    pub(crate) fn number(self) -> f64 {
        match self {
            Self::Count(number) | Self::Bytes(number) => to_float(number),
            Self::Span(span) => serde_fmt::in_seconds(span),
            Self::Share(share) => share,
        }
    }

    pub(crate) const fn unit(self) -> &'static str {
        match self {
            Self::Count(_) => "count",
            Self::Span(_) => "seconds",
            Self::Share(_) => "ratio",
            Self::Bytes(_) => "bytes",
        }
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Count(number) | Self::Bytes(number) => to.serialize_u64(*number),
            Self::Span(_) | Self::Share(_) => to.serialize_f64(self.number()),
        }
    }
}

/// The verdict, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Status {
    Critical,
    Warning,
    /// A figure cannot be read, or nothing could be checked.
    Unknown,
    Ok,
}

impl Status {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::Warning => "warning",
            Self::Unknown => "unknown",
            Self::Ok => "ok",
        }
    }

    /// The number that Nagios gives it, which is also the exit code.
    pub(crate) const fn number(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Warning => 1,
            Self::Critical => 2,
            Self::Unknown => 3,
        }
    }
}

impl Serialize for Status {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.name())
    }
}

/// The verdict with its reasons.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct CheckDocument {
    /// The worst of the reasons.
    pub status: Status,
    pub exit_code: u8,
    /// By the clock of Redis; by that of this machine if Redis was not reached.
    pub checked_at: DateTime<Utc>,
    /// Queues that were checked; absent if the check itself failed.
    pub queues: Option<u64>,
    /// The worst first; none if all is well.
    pub reasons: Vec<ReasonDocument>,
    pub figures: Vec<FigureDocument>,
}

impl CheckDocument {
    pub(crate) fn new(
        checked_at: DateTime<Utc>,
        queues: Option<u64>,
        reasons: Vec<ReasonDocument>,
        figures: Vec<FigureDocument>,
    ) -> Self {
        let status = reasons.iter().map(|reason| reason.status).min();
        let status = status.unwrap_or(Status::Ok);
        Self {
            status,
            exit_code: status.number(),
            checked_at,
            queues,
            reasons,
            figures,
        }
    }

    /// The check itself failed.
    pub(crate) fn failed(why: &str, now: DateTime<Utc>) -> Self {
        let reason = ReasonDocument {
            status: Status::Unknown,
            check: None,
            queue: None,
            sentence: why.to_owned(),
            value: None,
            limit: None,
        };
        Self::new(now, None, vec![reason], Vec::new())
    }

    /// How many reasons have this status.
    pub(crate) fn count(&self, status: Status) -> u64 {
        let reasons = self.reasons.iter();
        let count = reasons.filter(|reason| reason.status == status).count();
        u64::try_from(count).unwrap_or(u64::MAX)
    }
}

document! {
    /// Why the verdict is not OK.
    pub(crate) struct ReasonDocument {
        status: Status,
        /// The name of a measure, or the code of a finding of `[trouble]`; absent if the check itself failed.
        check: Option<&'static str>,
        /// Absent if it is about no queue.
        queue: Option<String>,
        /// It begins in lower case and does not name the queue.
        sentence: String,
        /// In the unit of the figure; absent if it is unknown, and for findings of `[trouble]`.
        value: Option<Amount>,
        /// The limit that the value exceeds or does not reach.
        limit: Option<Amount>,
    }
}

document! {
    /// A figure, and the limits that it was compared with.
    pub(crate) struct FigureDocument {
        /// Absent if it is about no queue.
        queue: Option<String>,
        check: &'static str,
        /// `count`, `seconds`, `ratio` or `bytes`.
        unit: &'static str,
        /// Absent if it is unknown.
        value: Option<Amount>,
        warning: Option<Amount>,
        critical: Option<Amount>,
        status: Status,
    }
    hidden {
        bound: Bound,
        /// The greatest value that is possible.
        most: Option<Amount>,
    }
}
