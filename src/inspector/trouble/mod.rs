//! Finds what is wrong with queues and workers, from figures that were read before. One table of [`Thresholds`] decides, for
//! the page, the dashboard and the commands. A figure that cannot be read never makes a finding.
//!
//! | file | findings |
//! | --- | --- |
//! | `waiting` | no worker, pending for too long, paused for too long |
//! | `failing` | too many failures, many retries due; `baseline` says how many failures are usual |
//! | `late` | due tasks not forwarded, orphaned tasks, old groups |
//! | `archive` | a nearly full archive |
//! | `workers` | silent workers, wrong clocks |
//!
//! `thresholds` holds the limits, `finding` is what was found, and `explain` says what each of them means.

mod archive;
mod baseline;
mod explain;
mod failing;
mod finding;
mod late;
mod thresholds;
mod waiting;
mod workers;

pub(super) use baseline::{DAYS, baseline};
pub(super) use failing::{failed_share, failing_sentence};
pub(super) use finding::Finding;
pub(super) use late::{due_age, due_sentence, orphaned_sentence};
pub(crate) use thresholds::{QueueThresholds, Thresholds, WorkerThresholds};
pub(super) use waiting::{paused_age, paused_sentence, pending_age, pending_sentence};
pub(super) use workers::Heartbeats;

use chrono::{DateTime, Utc};

use crate::document::overview::QueueRow;

/// A rule about one queue.
type Rule = fn(&QueueRow, &QueueThresholds, DateTime<Utc>) -> Option<Finding>;

const RULES: [Rule; 9] = [
    waiting::unserved,
    waiting::pending_too_long,
    waiting::paused_too_long,
    failing::failing,
    failing::retries_due,
    late::not_forwarded,
    late::orphaned,
    late::group_too_old,
    archive::archive_full,
];

/// The findings about a queue.
pub(super) fn of_queue(
    row: &QueueRow,
    thresholds: &QueueThresholds,
    now: DateTime<Utc>,
) -> Vec<Finding> {
    let rules = RULES.into_iter();
    rules
        .filter_map(|rule| rule(row, thresholds, now))
        .collect()
}

#[cfg(test)]
mod tests;
