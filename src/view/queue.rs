//! One queue: its numbers, its days, and all about it.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::groups::GroupDocument;
use super::servers::ServerDocument;
use super::{Cell, Column, Page, Role, Row, Table, View, text, write};
use crate::broker::records::{Day, QueueStats};
use crate::task::State;

/// The numbers of one queue, or the sum of several.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct QueueDocument {
    /// Which queue; absent from a sum.
    pub queue: Option<String>,
    /// Tasks in all states.
    pub size: u64,
    /// Tasks being processed.
    pub active: u64,
    /// Tasks ready to be processed.
    pub pending: u64,
    /// Tasks waiting for their first start.
    pub scheduled: u64,
    /// Tasks waiting for their next attempt.
    pub retry: u64,
    /// Tasks given up.
    pub archived: u64,
    /// Tasks that succeeded and are kept.
    pub completed: u64,
    /// Tasks waiting in groups.
    pub aggregating: u64,
    /// Groups that hold tasks.
    pub groups: u64,
    /// How long the next task has been waiting; of a sum, the longest.
    #[serde(serialize_with = "write::seconds")]
    pub latency_seconds: Option<Duration>,
    /// Attempts that ended today (UTC), failures included.
    pub processed_today: u64,
    /// Attempts that failed today (UTC).
    pub failed_today: u64,
    /// Failed out of processed today, 0 to 1; absent before the first attempt.
    pub error_rate: Option<f64>,
    /// Attempts that ended, in all.
    pub processed_total: u64,
    /// Attempts that failed, in all.
    pub failed_total: u64,
    /// Nothing is taken from it; of a sum, from none of them.
    pub paused: bool,
    /// Since when it is paused.
    #[serde(serialize_with = "write::time")]
    pub paused_at: Option<DateTime<Utc>>,
    /// Approximate bytes in Redis, when asked for.
    pub memory_bytes: Option<u64>,
    /// Attempts ended each second since the frame before, while watching.
    pub processed_per_second: Option<f64>,
    /// Attempts failed each second since the frame before, while watching.
    pub failed_per_second: Option<f64>,
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
            paused: stats.paused_at.is_some(),
            paused_at: stats.paused_at,
            memory_bytes: stats.memory_bytes,
            processed_per_second: None,
            failed_per_second: None,
        }
    }
}

impl QueueDocument {
    /// All of them as one.
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

    /// The columns of a list that may know memory and rates.
    pub(crate) fn columns_for(memory: bool, rates: bool) -> Vec<Column<Self>> {
        let mut columns = Self::task_columns();
        columns.extend(Self::attempt_columns(rates));
        if rates {
            let rate = Column::number("RATE", |queue: &Self| {
                per_second(queue.processed_per_second)
            });
            let failing = Column::number("FAIL RATE", |queue: &Self| {
                per_second(queue.failed_per_second)
            });
            columns.extend([rate, failing.wide()]);
        }
        if memory {
            columns.push(Column::number("MEMORY", |queue| {
                Cell::maybe(queue.memory_bytes.map(text::bytes))
            }));
        }
        columns.push(Column::key("PAUSED", |queue| {
            if queue.paused {
                Cell::text("yes").role(Role::Warning)
            } else {
                Cell::none()
            }
        }));
        columns
    }

    fn task_columns() -> Vec<Column<Self>> {
        let count = Column::<Self>::number;
        vec![
            Column::text("QUEUE", |queue| match &queue.queue {
                Some(name) => Cell::text(name),
                None => Cell::text("TOTAL").role(Role::Strong),
            }),
            count("SIZE", |queue| Cell::count(queue.size)),
            count("ACTIVE", |queue| counted(State::Active, queue.active)),
            count("PENDING", |queue| counted(State::Pending, queue.pending)),
            count("SCHED", |queue| counted(State::Scheduled, queue.scheduled)),
            count("RETRY", |queue| counted(State::Retry, queue.retry)),
            count("ARCH", |queue| counted(State::Archived, queue.archived)),
            count("DONE", |queue| counted(State::Completed, queue.completed)).wide(),
            count("AGGR", |queue| {
                counted(State::Aggregating, queue.aggregating)
            })
            .wide(),
            count("GROUPS", |queue| Cell::count(queue.groups)).wide(),
        ]
    }

    /// Beside rates there is no room for the share of errors as well.
    fn attempt_columns(rates: bool) -> Vec<Column<Self>> {
        let count = Column::<Self>::number;
        let errors = count("ERRORS", |queue| {
            errors(queue.failed_today, queue.processed_today)
        });
        vec![
            count("LATENCY", |queue| span(queue.latency_seconds)),
            count("TODAY", |queue| Cell::count(queue.processed_today)).wide(),
            count("FAILED", |queue| Cell::count(queue.failed_today)).wide(),
            if rates { errors.wide() } else { errors },
            count("EVER", |queue| Cell::count(queue.processed_total)).wide(),
            count("EVER FAILED", |queue| Cell::count(queue.failed_total)).wide(),
        ]
    }
}

impl Row for QueueDocument {
    const PLURAL: &'static str = "queues";

    const FIELDS: &'static [&'static str] = &[
        "queue",
        "size",
        "active",
        "pending",
        "scheduled",
        "retry",
        "archived",
        "completed",
        "aggregating",
        "groups",
        "latency_seconds",
        "processed_today",
        "failed_today",
        "error_rate",
        "processed_total",
        "failed_total",
        "paused",
        "paused_at",
        "memory_bytes",
        "processed_per_second",
        "failed_per_second",
    ];

    fn columns() -> Vec<Column<Self>> {
        Self::columns_for(false, false)
    }

    fn id(&self) -> &str {
        self.queue.as_deref().unwrap_or_default()
    }
}

/// One day of one queue.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct DayDocument {
    /// Which queue.
    pub queue: String,
    /// The UTC day, `2026-12-01`.
    pub date: String,
    /// Attempts that ended, failures included.
    pub processed: u64,
    /// Attempts that failed.
    pub failed: u64,
    /// Failed out of processed, 0 to 1; absent where nothing was processed.
    pub error_rate: Option<f64>,
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

impl Row for DayDocument {
    const PLURAL: &'static str = "days";

    const FIELDS: &'static [&'static str] = &["queue", "date", "processed", "failed", "error_rate"];

    fn columns() -> Vec<Column<Self>> {
        vec![
            Column::text("QUEUE", |day: &Self| Cell::text(&day.queue)),
            Column::key("DATE", |day| Cell::text(&day.date)),
            Column::number("PROCESSED", |day| Cell::count(day.processed)),
            Column::number("FAILED", |day| Cell::count(day.failed)),
            Column::number("ERRORS", |day| errors(day.failed, day.processed)),
        ]
    }

    fn id(&self) -> &str {
        &self.date
    }
}

/// All about one queue.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct QueueDetails {
    /// Its numbers, at the top level of the document.
    #[serde(flatten)]
    pub queue: QueueDocument,
    /// Its groups.
    pub group_sizes: Vec<GroupDocument>,
    /// The servers that work it.
    pub servers: Vec<ServerDocument>,
    /// Past days.
    pub history: Vec<DayDocument>,
}

impl View for QueueDetails {
    fn page(&self) -> Page {
        let queue = &self.queue;
        let mut facts = vec![
            ("Queue", Cell::text(queue.id())),
            ("Size", Cell::count(queue.size)),
        ];
        let counts = [
            ("  active", State::Active, queue.active),
            ("  pending", State::Pending, queue.pending),
            ("  scheduled", State::Scheduled, queue.scheduled),
            ("  retry", State::Retry, queue.retry),
            ("  archived", State::Archived, queue.archived),
            ("  completed", State::Completed, queue.completed),
            ("  aggregating", State::Aggregating, queue.aggregating),
        ];
        facts.extend(counts.map(|(label, state, count)| (label, counted(state, count))));
        facts.extend([
            ("Latency", span(queue.latency_seconds)),
            ("Processed today", Cell::count(queue.processed_today)),
            ("Failed today", Cell::count(queue.failed_today)),
            (
                "Errors today",
                errors(queue.failed_today, queue.processed_today),
            ),
            ("Processed ever", Cell::count(queue.processed_total)),
            ("Failed ever", Cell::count(queue.failed_total)),
        ]);
        if queue.paused {
            let since = Cell::moment(queue.paused_at);
            facts.push(("Paused since", since.role(Role::Warning)));
        }
        if let Some(memory) = queue.memory_bytes {
            facts.push(("Memory", Cell::text(text::bytes(memory))));
        }
        Page::new()
            .facts(facts)
            .table(Table::list(&self.group_sizes))
            .table(Table::list(&self.servers))
            .table(Table::list(&self.history))
    }

    fn ids(&self) -> Vec<&str> {
        vec![self.queue.id()]
    }
}

fn counted(state: State, count: u64) -> Cell {
    let cell = Cell::count(count);
    if count == 0 {
        cell
    } else {
        cell.role(Role::State(state))
    }
}

fn span(span: Option<Duration>) -> Cell {
    Cell::maybe(span.map(text::duration))
}

/// The share of failures; anything above a tenth stands out.
fn errors(failed: u64, processed: u64) -> Cell {
    let role = match rate(failed, processed) {
        Some(rate) if rate >= 0.1 => Role::Error,
        Some(rate) if rate > 0.0 => Role::Warning,
        Some(_) | None => Role::Dim,
    };
    Cell::maybe(text::percent(failed, processed)).role(role)
}

fn per_second(rate: Option<f64>) -> Cell {
    Cell::maybe(rate.map(|rate| format!("{rate:.1}/s")))
}

/// Four digits are as many as anyone reads.
fn rate(part: u64, whole: u64) -> Option<f64> {
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
