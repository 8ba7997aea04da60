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

/// Too many of today's attempts failed: more than may, or more than is usual.
pub(super) fn failing(
    row: &QueueRow,
    thresholds: &QueueThresholds,
    _: DateTime<Utc>,
) -> Option<Finding> {
    let figures = &row.figures;
    let (failed, processed) = (figures.failed_today?, figures.processed_today?);
    let share = rate(Some(failed), Some(processed))?;
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
    let attempts = plural(processed, "attempt");
    let share = percent(share);
    let sentence = format!(
        "{} of today's {attempts} failed ({share}{usual})",
        thousands(failed)
    );
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
