//! All queues at a glance: figures, recent history, workers and what is wrong.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use super::document;
use super::queue::QueueDocument;
use super::server::{ServerDocument, SilentServer};
use super::stats::RedisDocument;
use super::trouble::{Severity, TroubleDocument};
use crate::broker::records::{Day, Late};
use crate::task::QueueName;

document! {
    /// All queues at a glance.
    #[derive(Default)]
    pub(crate) struct Overview {
        /// When the last of the figures were read, by the clock of Redis.
        sampled_at: DateTime<Utc>,
        /// Sorted by name.
        queues: Vec<QueueRow>,
        /// The sum of the queues.
        total: QueueDocument,
        /// Absent if they cannot be read.
        servers: Option<Vec<ServerDocument>>,
        /// Those that fell silent, the last first.
        silent: Vec<SilentServer>,
        /// The worst first.
        trouble: Vec<TroubleDocument>,
        /// Absent if the user may not run INFO.
        redis: Option<RedisDocument>,
        /// What could not be read for want of a right: a sentence for each.
        unknown: Vec<String>,
    }
}

/// A queue in the overview.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct QueueRow {
    #[serde(skip)]
    pub name: QueueName,
    /// Its figures, at the top level of the document.
    #[serde(flatten)]
    pub figures: QueueDocument,
    /// When the figures were read; absent before the first time.
    pub sampled_at: Option<DateTime<Utc>>,
    /// Why the figures are older than the others, or absent.
    pub error: Option<String>,
    /// Servers that process the queue; absent if they cannot be read.
    pub servers: Option<u64>,
    #[serde(flatten)]
    pub late: LateDocument,
    /// The worst of its findings.
    pub severity: Option<Severity>,
    /// How many attempts usually fail.
    pub baseline: Baseline,
    /// The last 14 days, today first (UTC); empty before they are read for the first time.
    pub days: Vec<DayCount>,
    /// The minutes of the last hour in which figures were read, the oldest first.
    pub minutes: Vec<MinuteCount>,
}

impl QueueRow {
    /// A queue of which nothing is known.
    pub(crate) fn new(name: QueueName) -> Self {
        Self {
            figures: QueueDocument {
                queue: Some(name.to_string()),
                ..QueueDocument::default()
            },
            name,
            sampled_at: None,
            error: None,
            servers: None,
            late: LateDocument::default(),
            severity: None,
            baseline: Baseline::default(),
            days: Vec::new(),
            minutes: Vec::new(),
        }
    }
}

/// Tasks that should have moved on, or must soon.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct LateDocument {
    /// Retries that are due now or within five minutes.
    pub retries_due_soon: Option<u64>,
    /// Scheduled tasks and retries that are due, and not pending yet.
    pub due: Option<u64>,
    /// When the first of them was due.
    pub due_since: Option<DateTime<Utc>>,
    /// Active tasks without a valid lease.
    pub orphaned: Option<u64>,
    /// When the first lease ended.
    pub orphaned_since: Option<DateTime<Utc>>,
    /// The group whose first task has been waiting for the longest, if a maximum delay of groups is configured.
    #[serde(skip)]
    pub oldest_group: Option<(String, DateTime<Utc>)>,
}

impl From<&Late> for LateDocument {
    fn from(late: &Late) -> Self {
        Self {
            retries_due_soon: late.retries_due_soon,
            due: late.due,
            due_since: late.due_since,
            orphaned: late.orphaned,
            orphaned_since: late.orphaned_since,
            oldest_group: None,
        }
    }
}

/// Attempts on one day (UTC).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct DayCount {
    pub date: NaiveDate,
    /// Attempts that ended, failures included.
    pub processed: Option<u64>,
    pub failed: Option<u64>,
}

impl From<&Day> for DayCount {
    fn from(day: &Day) -> Self {
        Self {
            date: day.date,
            processed: day.processed,
            failed: day.failed,
        }
    }
}

/// Attempts in one minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct MinuteCount {
    /// Its beginning.
    pub at: DateTime<Utc>,
    /// Attempts that ended, failures included.
    pub processed: u64,
    pub failed: u64,
}

/// The share of attempts that failed on the last seven days, today not included.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Baseline {
    /// The days are not read yet, or cannot be read.
    #[default]
    Unknown,
    /// The queue has not been in use for seven days; the day on which it will have been.
    LearningUntil(NaiveDate),
    /// From 0 to 1.
    Usual(f64),
}
