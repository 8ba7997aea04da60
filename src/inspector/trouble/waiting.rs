//! Tasks that wait and are not taken.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::finding::Finding;
use super::thresholds::QueueThresholds;
use crate::document::overview::QueueRow;
use crate::document::trouble::{Suggestion, TroubleCode};
use crate::figures::{duration, plural, thousands};
use crate::inspector::StateFilter;
use crate::task::State;

const PENDING: StateFilter = StateFilter::In(State::Pending);

/// How long the oldest task has been waiting for a worker; 0 if none is pending, or the queue is paused. `None` if unknown.
pub(in crate::inspector) fn pending_age(row: &QueueRow) -> Option<Duration> {
    let pending = row.figures.pending?;
    if pending == 0 || row.figures.paused {
        return Some(Duration::ZERO);
    }
    row.figures.latency_seconds
}

/// `12 pending, the oldest for 5m`.
pub(in crate::inspector) fn pending_sentence(row: &QueueRow) -> String {
    let pending = row.figures.pending.unwrap_or_default();
    let age = row.figures.latency_seconds.map_or_else(String::new, |age| {
        format!(", the oldest for {}", duration(age))
    });
    format!("{} pending{age}", thousands(pending))
}

/// How long a queue has been paused in which tasks are waiting; 0 if it is not, or none is. `None` if unknown.
pub(in crate::inspector) fn paused_age(row: &QueueRow, now: DateTime<Utc>) -> Option<Duration> {
    let counts = waiting_states(row).map(|(_, count)| count);
    let known = counts.iter().all(Option::is_some);
    if !row.figures.paused || known && waiting(row) == 0 {
        return Some(Duration::ZERO);
    }
    let since = row.figures.paused_at.filter(|_| waiting(row) > 0)?;
    (now - since).to_std().ok()
}

/// `paused for 2h, 3 tasks are waiting`.
pub(in crate::inspector) fn paused_sentence(row: &QueueRow, age: Duration) -> String {
    let waiting = waiting(row);
    let tasks = plural(waiting, "task");
    let verb = if waiting == 1 { "is" } else { "are" };
    format!("paused for {}, {tasks} {verb} waiting", duration(age))
}

/// The states whose tasks a paused queue holds up.
fn waiting_states(row: &QueueRow) -> [(State, Option<u64>); 3] {
    let figures = &row.figures;
    [
        (State::Pending, figures.pending),
        (State::Scheduled, figures.scheduled),
        (State::Retry, figures.retry),
    ]
}

/// Tasks in these states, as far as they are known.
fn waiting(row: &QueueRow) -> u64 {
    let counts = waiting_states(row).into_iter();
    counts.filter_map(|(_, count)| count).sum()
}

/// No worker serves a queue with pending tasks.
pub(super) fn unserved(
    row: &QueueRow,
    thresholds: &QueueThresholds,
    now: DateTime<Utc>,
) -> Option<Finding> {
    let unserved = thresholds.unserved && row.servers == Some(0) && row.figures.waits();
    let pending = row.figures.pending.filter(|_| unserved)?;
    let oldest = row.figures.latency_seconds;
    let sentence = format!("{}, no worker serves it", pending_sentence(row));
    let finding = Finding::of(row, TroubleCode::Unserved, pending, sentence);
    let finding = finding.since(oldest.map(|age| now - age));
    Some(finding.tasks(&[PENDING]).suggest(Suggestion::Work))
}

/// The oldest pending task has been waiting for too long, although workers serve the queue.
pub(super) fn pending_too_long(
    row: &QueueRow,
    thresholds: &QueueThresholds,
    now: DateTime<Utc>,
) -> Option<Finding> {
    if !row.figures.waits() || unserved(row, thresholds, now).is_some() {
        return None;
    }
    let pending = row.figures.pending?;
    let age = pending_age(row)?;
    if age < thresholds.pending_age {
        return None;
    }
    let sentence = pending_sentence(row);
    let finding = Finding::of(row, TroubleCode::PendingTooLong, pending, sentence);
    let finding = finding.since(Some(now - age));
    Some(finding.tasks(&[PENDING]).suggest(Suggestion::Work))
}

/// A paused queue holds tasks, and was perhaps forgotten.
pub(super) fn paused_too_long(
    row: &QueueRow,
    thresholds: &QueueThresholds,
    now: DateTime<Utc>,
) -> Option<Finding> {
    let waiting = waiting(row);
    let age = paused_age(row, now).filter(|_| row.figures.paused && waiting > 0)?;
    if age < thresholds.paused {
        return None;
    }
    let sentence = paused_sentence(row, age);
    let finding = Finding::of(row, TroubleCode::PausedTooLong, waiting, sentence);
    let finding = finding.since(row.figures.paused_at);
    let states = waiting_states(row).map(|(state, _)| StateFilter::In(state));
    Some(finding.tasks(&states).suggest(Suggestion::Resume))
}
