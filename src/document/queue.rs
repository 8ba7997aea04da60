//! Queues, their days and their groups.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::server::ServerDocument;
use super::{document, serde_fmt};
use crate::broker::records::{Day, GroupSize, QueueStats};
use crate::task::State;

document! {
    /// The numbers of one queue, or the sum of several.
    #[derive(Default)]
    pub(crate) struct QueueDocument {
        /// Absent from a sum.
        queue: Option<String>,
        /// Tasks in all states.
        size: u64,
        active: u64,
        pending: u64,
        scheduled: u64,
        retry: u64,
        archived: u64,
        completed: u64,
        aggregating: u64,
        /// Groups that hold tasks.
        groups: u64,
        /// How long the next task has been waiting; of a sum, the longest.
        #[serde(serialize_with = "serde_fmt::seconds")]
        latency_seconds: Option<Duration>,
        /// Attempts that ended today (UTC), failures included.
        processed_today: u64,
        /// Attempts that failed today (UTC).
        failed_today: u64,
        /// Failed out of processed today, 0 to 1; absent before the first attempt.
        error_rate: Option<f64>,
        /// Attempts that ended, in all.
        processed_total: u64,
        /// Attempts that failed, in all.
        failed_total: u64,
        /// No task is taken from the queue; of a sum, from none of the queues.
        paused: bool,
        paused_at: Option<DateTime<Utc>>,
        /// Approximate bytes in Redis, when asked for.
        memory_bytes: Option<u64>,
        /// Attempts that ended each second since the frame before, while watching.
        processed_per_second: Option<f64>,
        /// Attempts that failed each second since the frame before, while watching.
        failed_per_second: Option<f64>,
    }
}

impl From<&QueueStats> for QueueDocument {
    fn from(stats: &QueueStats) -> Self {
        let count = |state| stats.counts.get(&state).copied().unwrap_or(0);
        Self {
            queue: Some(stats.queue.to_string()),
            size: stats.size(),
            active: count(State::Active),
            pending: count(State::Pending),
            scheduled: count(State::Scheduled),
            retry: count(State::Retry),
            archived: count(State::Archived),
            completed: count(State::Completed),
            aggregating: count(State::Aggregating),
            groups: stats.groups,
            latency_seconds: stats.latency,
            processed_today: stats.processed_today,
            failed_today: stats.failed_today,
            error_rate: rate(stats.failed_today, stats.processed_today),
            processed_total: stats.processed_total,
            failed_total: stats.failed_total,
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
        let mut sum = queues.iter().fold(Self::default(), |sum, queue| Self {
            queue: None,
            size: sum.size + queue.size,
            active: sum.active + queue.active,
            pending: sum.pending + queue.pending,
            scheduled: sum.scheduled + queue.scheduled,
            retry: sum.retry + queue.retry,
            archived: sum.archived + queue.archived,
            completed: sum.completed + queue.completed,
            aggregating: sum.aggregating + queue.aggregating,
            groups: sum.groups + queue.groups,
            latency_seconds: sum.latency_seconds.max(queue.latency_seconds),
            processed_today: sum.processed_today + queue.processed_today,
            failed_today: sum.failed_today + queue.failed_today,
            error_rate: None,
            // These counters live for ever and may be close to their end.
            processed_total: sum.processed_total.saturating_add(queue.processed_total),
            failed_total: sum.failed_total.saturating_add(queue.failed_total),
            paused: false,
            paused_at: None,
            memory_bytes: add(sum.memory_bytes, queue.memory_bytes),
            processed_per_second: None,
            failed_per_second: None,
        });
        sum.error_rate = rate(sum.failed_today, sum.processed_today);
        sum.paused = !queues.is_empty() && queues.iter().all(|queue| queue.paused);
        sum
    }
}

document! {
    /// One day of one queue.
    pub(crate) struct DayDocument {
        queue: String,
        /// The UTC day, `2026-12-01`.
        date: String,
        /// Attempts that ended, failures included.
        processed: u64,
        /// Attempts that failed.
        failed: u64,
        /// Failed out of processed, 0 to 1; absent where nothing was processed.
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
    /// A group and the number of tasks that wait in it.
    pub(crate) struct GroupDocument {
        queue: String,
        group: String,
        size: u64,
    }
}

impl From<&GroupSize> for GroupDocument {
    fn from(found: &GroupSize) -> Self {
        Self {
            queue: found.queue.to_string(),
            group: found.group.clone(),
            size: found.size,
        }
    }
}

/// All about one queue.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct QueueDetails {
    /// Its numbers, at the top level of the document.
    #[serde(flatten)]
    pub queue: QueueDocument,
    pub group_sizes: Vec<GroupDocument>,
    /// The servers that work on this queue.
    pub servers: Vec<ServerDocument>,
    /// Past days, today first.
    pub history: Vec<DayDocument>,
}

/// A share, rounded to four digits: as many as anyone reads.
pub(crate) fn rate(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| (to_float(part) / to_float(whole) * 10_000.0).round() / 10_000.0)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "rates are rounded far above what is lost"
)]
pub(super) fn to_float(count: u64) -> f64 {
    count as f64
}

fn add(one: Option<u64>, other: Option<u64>) -> Option<u64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.saturating_add(other)),
        (Some(only), None) | (None, Some(only)) => Some(only),
        (None, None) => None,
    }
}
