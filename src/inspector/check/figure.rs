//! The value of each measure for a queue, and the sentence for a value beyond its limit.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::document::check::{Amount, Bound, Measure};
use crate::document::overview::QueueRow;
use crate::figures::{bytes, percent, thousands};
use crate::inspector::trouble;
use crate::task::parse;

/// The measures of queues, without limits, for graphs.
pub(super) const USUAL: [Measure; 6] = [
    Measure::Workers,
    Measure::Latency,
    Measure::FailedRate,
    Measure::Pending,
    Measure::Retry,
    Measure::Archived,
];

/// The value for a queue; `None` if it is unknown, and for what is about no queue.
pub(super) fn value(measure: Measure, row: &QueueRow, now: DateTime<Utc>) -> Option<Amount> {
    let figures = &row.figures;
    match measure {
        Measure::Workers => row.servers.map(Amount::Count),
        Measure::Latency => trouble::pending_age(row).map(Amount::Span),
        Measure::ForwardDelay => trouble::due_age(row, now).map(Amount::Span),
        Measure::FailedRate => trouble::failed_share(row).map(Amount::Share),
        Measure::Pending => figures.pending.map(Amount::Count),
        Measure::Retry => figures.retry.map(Amount::Count),
        Measure::Orphaned => row.late.orphaned.map(Amount::Count),
        Measure::Paused => trouble::paused_age(row, now).map(Amount::Span),
        Measure::Archived => figures.archived.map(Amount::Count),
        Measure::Overdue | Measure::Memory => None,
    }
}

/// The value is beyond this limit, `7 pending, the oldest for 5m (max 2m)`.
pub(super) fn sentence(
    measure: Measure,
    row: &QueueRow,
    (value, limit): (Amount, Amount),
    now: DateTime<Utc>,
) -> String {
    let limit = limit_words(measure.bound(), limit);
    let said = match (measure, value) {
        (Measure::FailedRate, _) => return trouble::failing_sentence(row, &format!(", {limit}")),
        (Measure::Latency, _) => trouble::pending_sentence(row),
        (Measure::Orphaned, _) => trouble::orphaned_sentence(row, now),
        (Measure::ForwardDelay, Amount::Span(age)) => trouble::due_sentence(row, age),
        (Measure::Paused, Amount::Span(age)) => trouble::paused_sentence(row, age),
        (Measure::Workers, Amount::Count(0)) => "no worker serves it".to_owned(),
        (Measure::Workers, Amount::Count(1)) => "1 worker serves it".to_owned(),
        (Measure::Workers, value) => format!("{} workers serve it", words(value)),
        (Measure::Retry, value) => format!("{} in retry", words(value)),
        (measure, value) => format!("{} {}", words(value), measure.name()),
    };
    format!("{said} ({limit})")
}

/// The value is unknown.
pub(super) fn unknown(measure: Measure, why: &str) -> String {
    let subject = match measure {
        Measure::Workers => "the number of workers",
        Measure::Latency => "the age of the oldest pending task",
        Measure::ForwardDelay => "how long tasks have been due",
        Measure::FailedRate => "the share of failed attempts",
        Measure::Pending => "the number of pending tasks",
        Measure::Retry => "the number of tasks in retry",
        Measure::Orphaned => "the number of orphaned tasks",
        Measure::Paused => "how long the queue has been paused",
        Measure::Overdue => "which schedules are overdue",
        Measure::Archived => "the number of archived tasks",
        Measure::Memory => "the memory of Redis",
    };
    let why = match why {
        "" => String::new(),
        why => format!(" ({why})"),
    };
    format!("{subject} is unknown{why}")
}

/// `max 1,000` or `min 2`.
pub(super) fn limit_words(bound: Bound, limit: Amount) -> String {
    let word = match bound {
        Bound::Min => "min",
        Bound::Max => "max",
    };
    format!("{word} {}", words(limit))
}

pub(super) fn words(amount: Amount) -> String {
    match amount {
        Amount::Count(count) => thousands(count),
        // Not rounded: a limit is shown as it was written.
        Amount::Span(Duration::ZERO) => "0s".to_owned(),
        Amount::Span(span) => parse::duration_text(span),
        Amount::Share(share) => percent(share),
        Amount::Bytes(count) => bytes(count),
    }
}
