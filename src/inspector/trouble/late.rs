//! Tasks that should have moved on.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::finding::Finding;
use super::thresholds::QueueThresholds;
use crate::document::overview::QueueRow;
use crate::document::trouble::{Suggestion, TroubleCode};
use crate::figures::{duration, plural};
use crate::inspector::{Selection, StateFilter};
use crate::task::State;

/// How long tasks have been due without being pending; 0 if none is. `None` if unknown.
pub(in crate::inspector) fn due_age(row: &QueueRow, now: DateTime<Utc>) -> Option<Duration> {
    match row.late.due? {
        0 => Some(Duration::ZERO),
        _ => age(row.late.due_since?, now),
    }
}

/// `3 tasks are due but not pending, the first for 5m`.
pub(in crate::inspector) fn due_sentence(row: &QueueRow, age: Duration) -> String {
    let due = row.late.due.unwrap_or_default();
    let verb = if due == 1 { "is" } else { "are" };
    let tasks = plural(due, "task");
    format!(
        "{tasks} {verb} due but not pending, the first for {}",
        duration(age)
    )
}

/// `2 active tasks have lost their worker, the first for 5m`.
pub(in crate::inspector) fn orphaned_sentence(row: &QueueRow, now: DateTime<Utc>) -> String {
    let orphaned = row.late.orphaned.unwrap_or_default();
    let tasks = plural(orphaned, "active task");
    let lost = if orphaned == 1 {
        "has lost its worker"
    } else {
        "have lost their worker"
    };
    let first = row.late.orphaned_since.and_then(|since| age(since, now));
    let first = first.map_or_else(String::new, |age| {
        format!(", the first for {}", duration(age))
    });
    format!("{tasks} {lost}{first}")
}

/// Scheduled tasks or retries are due, and no worker makes them pending.
pub(super) fn not_forwarded(
    row: &QueueRow,
    thresholds: &QueueThresholds,
    now: DateTime<Utc>,
) -> Option<Finding> {
    let due = row.late.due.filter(|due| *due > 0)?;
    let age = due_age(row, now).filter(|age| *age >= thresholds.forward_delay)?;
    let sentence = due_sentence(row, age);
    let finding = Finding::of(row, TroubleCode::NotForwarded, due, sentence);
    let states = [State::Scheduled, State::Retry].map(StateFilter::In);
    let finding = finding.since(row.late.due_since).tasks(&states);
    Some(finding.suggest(Suggestion::Work))
}

/// Tasks are active, and their workers are gone.
pub(super) fn orphaned(row: &QueueRow, _: &QueueThresholds, now: DateTime<Utc>) -> Option<Finding> {
    let orphaned = row.late.orphaned.filter(|orphaned| *orphaned > 0)?;
    let sentence = orphaned_sentence(row, now);
    let finding = Finding::of(row, TroubleCode::Orphaned, orphaned, sentence);
    let finding = finding.since(row.late.orphaned_since);
    let finding = finding.tasks(&[StateFilter::Orphaned]);
    Some(finding.suggest(Suggestion::Retry))
}

/// A group has been waiting for more than twice the maximum delay of its workers.
pub(super) fn group_too_old(
    row: &QueueRow,
    thresholds: &QueueThresholds,
    now: DateTime<Utc>,
) -> Option<Finding> {
    let max = thresholds.group_max_delay?;
    let (group, since) = row.late.oldest_group.as_ref()?;
    let age = age(*since, now).filter(|age| *age > max.saturating_mul(2))?;
    let sentence = format!(
        "group {group:?} has been waiting for {}, the maximum delay is {}",
        duration(age),
        duration(max)
    );
    let finding = Finding::of(row, TroubleCode::GroupTooOld, 1, sentence);
    Some(Finding {
        count: None,
        since: Some(*since),
        selection: Some(Selection {
            queues: vec![row.name.clone()],
            group: Some(group.clone()),
            ..Selection::default()
        }),
        action: Some(Suggestion::Retry),
        ..finding
    })
}

fn age(since: DateTime<Utc>, now: DateTime<Utc>) -> Option<Duration> {
    (now - since).to_std().ok()
}
