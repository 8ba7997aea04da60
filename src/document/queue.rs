//! Queues, their days and their groups.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::server::ServerDocument;
use super::{document, serde_fmt};
use crate::broker::records::{Day, Figure, GroupSize, QueueStats};
use crate::task::State;

document! {
    /// The figures of one queue, or the sum of several. A figure whose key in Redis cannot be read is absent, and not part of
    /// a sum.
    #[derive(Default)]
    pub(crate) struct QueueDocument {
        /// Absent from a sum.
        queue: Option<String>,
        /// Tasks in all states.
        size: Option<u64>,
        active: Option<u64>,
        pending: Option<u64>,
        scheduled: Option<u64>,
        retry: Option<u64>,
        archived: Option<u64>,
        completed: Option<u64>,
        aggregating: Option<u64>,
        /// Ids without a readable message.
        aside: Option<u64>,
        /// Groups that hold tasks.
        groups: Option<u64>,
        /// How long the next task has been waiting; in a sum, the longest.
        #[serde(serialize_with = "serde_fmt::seconds")]
        latency_seconds: Option<Duration>,
        /// Attempts that ended today (UTC), failures included.
        processed_today: Option<u64>,
        /// Attempts that failed today (UTC).
        failed_today: Option<u64>,
        /// Failed divided by processed today, 0 to 1; absent before the first attempt, and if more failed than ended.
        error_rate: Option<f64>,
        /// Attempts that ended, in all.
        processed_total: Option<u64>,
        /// Attempts that failed, in all.
        failed_total: Option<u64>,
        /// Servers take no tasks from the queue; in a sum, from any queue.
        paused: bool,
        paused_at: Option<DateTime<Utc>>,
        /// An estimate, if requested.
        memory_bytes: Option<u64>,
        /// Attempts that ended per second since the previous frame, with `--watch`.
        processed_per_second: Option<f64>,
        /// Attempts that failed per second since the previous frame, with `--watch`.
        failed_per_second: Option<f64>,
    }
}

impl From<&QueueStats> for QueueDocument {
    fn from(stats: &QueueStats) -> Self {
        let known = |figure, number| stats.knows(figure).then_some(number);
        let count = |state| {
            let count = stats.counts.get(&state).copied().unwrap_or(0);
            known(Figure::Count(state), count)
        };
        let counts = State::ALL.map(count);
        let groups = known(Figure::Groups, stats.groups);
        let failed_today = known(Figure::FailedToday, stats.failed_today);
        let processed_today = known(Figure::ProcessedToday, stats.processed_today);
        Self {
            queue: Some(stats.queue.to_string()),
            size: (counts.iter().all(Option::is_some) && groups.is_some()).then(|| stats.size()),
            active: count(State::Active),
            pending: count(State::Pending),
            scheduled: count(State::Scheduled),
            retry: count(State::Retry),
            archived: count(State::Archived),
            completed: count(State::Completed),
            aggregating: count(State::Aggregating).filter(|_| groups.is_some()),
            aside: count(State::Aside),
            groups,
            latency_seconds: stats.latency,
            processed_today,
            failed_today,
            error_rate: rate(failed_today, processed_today),
            processed_total: known(Figure::ProcessedTotal, stats.processed_total),
            failed_total: known(Figure::FailedTotal, stats.failed_total),
            paused: stats.paused,
            paused_at: stats.paused_at,
            memory_bytes: stats.memory_bytes,
            processed_per_second: None,
            failed_per_second: None,
        }
    }
}

impl QueueDocument {
    /// The sum of these queues.
    pub(crate) fn sum(queues: &[Self]) -> Self {
        let mut sum = queues.iter().fold(Self::none(), |sum, queue| Self {
            queue: None,
            size: add(sum.size, queue.size),
            active: add(sum.active, queue.active),
            pending: add(sum.pending, queue.pending),
            scheduled: add(sum.scheduled, queue.scheduled),
            retry: add(sum.retry, queue.retry),
            archived: add(sum.archived, queue.archived),
            completed: add(sum.completed, queue.completed),
            aggregating: add(sum.aggregating, queue.aggregating),
            aside: add(sum.aside, queue.aside),
            groups: add(sum.groups, queue.groups),
            latency_seconds: sum.latency_seconds.max(queue.latency_seconds),
            processed_today: add(sum.processed_today, queue.processed_today),
            failed_today: add(sum.failed_today, queue.failed_today),
            processed_total: add(sum.processed_total, queue.processed_total),
            failed_total: add(sum.failed_total, queue.failed_total),
            memory_bytes: add(sum.memory_bytes, queue.memory_bytes),
            ..Self::default()
        });
        sum.error_rate = rate(sum.failed_today, sum.processed_today);
        sum.paused = !queues.is_empty() && queues.iter().all(|queue| queue.paused);
        sum
    }

    /// Whether tasks wait for a server.
    pub(crate) fn waits(&self) -> bool {
        !self.paused && self.pending.is_some_and(|pending| pending > 0)
    }

    /// The sum of no queues.
    fn none() -> Self {
        let none = Some(0);
        Self {
            size: none,
            active: none,
            pending: none,
            scheduled: none,
            retry: none,
            archived: none,
            completed: none,
            aggregating: none,
            aside: none,
            groups: none,
            processed_today: none,
            failed_today: none,
            processed_total: none,
            failed_total: none,
            ..Self::default()
        }
    }
}

document! {
    /// One day of one queue.
    pub(crate) struct DayDocument {
        queue: String,
        /// The UTC day, `2026-12-01`.
        date: String,
        /// Attempts that ended, failures included.
        processed: Option<u64>,
        /// Attempts that failed.
        failed: Option<u64>,
        /// Failed divided by processed, 0 to 1; absent if nothing was processed, and if more failed than ended.
        error_rate: Option<f64>,
    }
}

impl From<&Day> for DayDocument {
    fn from(day: &Day) -> Self {
        Self {
            queue: day.queue.to_string(),
            date: day.date.to_string(),
            processed: day.processed,
            failed: day.failed,
            error_rate: rate(day.failed, day.processed),
        }
    }
}

document! {
    /// A group and the number of tasks that wait in it, if its key in Redis can be read.
    pub(crate) struct GroupDocument {
        queue: String,
        group: String,
        size: Option<u64>,
    }
}

impl From<&GroupSize> for GroupDocument {
    fn from(found: &GroupSize) -> Self {
        Self {
            queue: found.queue.to_string(),
            group: found.group.clone(),
            size: found.unreadable.is_none().then_some(found.size),
        }
    }
}

/// The details of one queue.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct QueueDetails {
    /// Its figures, at the top level of the document.
    #[serde(flatten)]
    pub queue: QueueDocument,
    pub group_sizes: Vec<GroupDocument>,
    /// The servers that process this queue.
    pub servers: Vec<ServerDocument>,
    /// Past days, today first.
    pub history: Vec<DayDocument>,
    /// Why figures are absent: the keys of another type.
    #[serde(skip)]
    pub unreadable: Vec<String>,
    /// Tasks wait, and no server processes the queue.
    #[serde(skip)]
    pub unserved: bool,
}

/// A share, rounded to four digits. If it would exceed 1, the counters do not belong together: one of them was reset, or
/// written by another program.
pub(crate) fn rate(part: Option<u64>, whole: Option<u64>) -> Option<f64> {
    let (part, whole) = (part?, whole?);
    let possible = whole > 0 && part <= whole;
    possible.then(|| (to_float(part) / to_float(whole) * 10_000.0).round() / 10_000.0)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "rates are rounded far above what is lost"
)]
pub(crate) fn to_float(count: u64) -> f64 {
    count as f64
}

fn add(one: Option<u64>, other: Option<u64>) -> Option<u64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.saturating_add(other)),
        (Some(only), None) | (None, Some(only)) => Some(only),
        (None, None) => None,
    }
}
