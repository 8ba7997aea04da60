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

/// No worker serves a queue with pending tasks.
pub(super) fn unserved(
    row: &QueueRow,
    thresholds: &QueueThresholds,
    now: DateTime<Utc>,
) -> Option<Finding> {
    let unserved = thresholds.unserved && row.servers == Some(0) && row.figures.waits();
    let pending = row.figures.pending.filter(|_| unserved)?;
    let oldest = row.figures.latency_seconds;
    let age = oldest.map_or_else(String::new, |age| {
        format!(", the oldest for {}", duration(age))
    });
    let sentence = format!("{} pending{age}, no worker serves it", thousands(pending));
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
    let age = row.figures.latency_seconds?;
    if age < thresholds.pending_age {
        return None;
    }
    let sentence = format!(
        "{} pending, the oldest for {}",
        thousands(pending),
        duration(age)
    );
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
    let figures = &row.figures;
    let since = figures.paused_at.filter(|_| figures.paused)?;
    let age: Duration = (now - since).to_std().ok()?;
    let states = [
        (State::Pending, figures.pending),
        (State::Scheduled, figures.scheduled),
        (State::Retry, figures.retry),
    ];
    let waiting: u64 = states.iter().filter_map(|(_, count)| *count).sum();
    if waiting == 0 || age < thresholds.paused {
        return None;
    }
    let tasks = plural(waiting, "task");
    let verb = if waiting == 1 { "is" } else { "are" };
    let sentence = format!("paused for {}, {tasks} {verb} waiting", duration(age));
    let finding = Finding::of(row, TroubleCode::PausedTooLong, waiting, sentence);
    let finding = finding.since(Some(since));
    let states = states.map(|(state, _)| StateFilter::In(state));
    Some(finding.tasks(&states).suggest(Suggestion::Resume))
}
