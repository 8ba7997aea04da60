//! Attempts that fail.

use chrono::{DateTime, Utc};

use super::finding::Finding;
use super::thresholds::QueueThresholds;
use crate::broker::records::Late;
use crate::document::overview::{Baseline, QueueRow};
use crate::document::queue::rate;
use crate::document::trouble::{Suggestion, TroubleCode};
use crate::figures::{duration, percent, plural, thousands};
use crate::inspector::StateFilter;
use crate::task::State;

const RETRY: StateFilter = StateFilter::In(State::Retry);
const ARCHIVED: StateFilter = StateFilter::In(State::Archived);

/// The share of today's attempts that failed; 0 before the first. `None` if unknown.
pub(in crate::inspector) fn failed_share(row: &QueueRow) -> Option<f64> {
    match (row.figures.failed_today?, row.figures.processed_today?) {
        (0, 0) => Some(0.0),
        (failed, processed) => rate(Some(failed), Some(processed)),
    }
}

/// `30 of today's 100 attempts failed (30.0%)`, with a remark after the percentage.
pub(in crate::inspector) fn failing_sentence(row: &QueueRow, remark: &str) -> String {
    let figures = &row.figures;
    let attempts = plural(figures.processed_today.unwrap_or_default(), "attempt");
    let failed = thousands(figures.failed_today.unwrap_or_default());
    let share = percent(failed_share(row).unwrap_or_default());
    format!("{failed} of today's {attempts} failed ({share}{remark})")
}

/// Too many of today's attempts failed: more than may, or more than is usual.
pub(super) fn failing(
    row: &QueueRow,
    thresholds: &QueueThresholds,
    _: DateTime<Utc>,
) -> Option<Finding> {
    let figures = &row.figures;
    let failed = figures.failed_today?;
    let share = failed_share(row).filter(|_| figures.processed_today > Some(0))?;
    if failed < thresholds.failures {
        return None;
    }
    let often = share >= thresholds.failure_rate;
    let unusual = match row.baseline {
        Baseline::Usual(usual) => share >= usual * thresholds.failure_factor,
        Baseline::Unknown | Baseline::LearningUntil(_) => false,
    };
    if !often && !unusual {
        return None;
    }
    let usual = match row.baseline {
        Baseline::Usual(usual) => format!(", usually {}", percent(usual)),
        Baseline::LearningUntil(date) => format!(", learning until {date} what is usual"),
        Baseline::Unknown => String::new(),
    };
    let sentence = failing_sentence(row, &usual);
    let finding = Finding::of(row, TroubleCode::Failing, failed, sentence);
    Some(finding.tasks(&[RETRY, ARCHIVED]).suggest(Suggestion::Retry))
}

/// Many retries are due soon, compared with what the queue does in a day.
///
/// Only as many as attempts failed today: qctl's workers also use `retry` for tasks that wait for a turn of their handler.
pub(super) fn retries_due(
    row: &QueueRow,
    thresholds: &QueueThresholds,
    _: DateTime<Utc>,
) -> Option<Finding> {
    let figures = &row.figures;
    let processed = figures.processed_today?;
    let due = row.late.retries_due_soon?.min(figures.failed_today?);
    let share = rate(Some(due), Some(processed)).unwrap_or(1.0);
    if due < thresholds.retries_due || share <= thresholds.retries_share {
        return None;
    }
    let within = duration(Late::SOON);
    let attempts = plural(processed, "attempt");
    let sentence = format!(
        "{} due within {within}, after {attempts} today",
        match due {
            1 => "1 retry is".to_owned(),
            due => format!("{} retries are", thousands(due)),
        }
    );
    let finding = Finding::of(row, TroubleCode::RetriesDue, due, sentence);
    Some(finding.tasks(&[RETRY]).suggest(Suggestion::Pause))
}
