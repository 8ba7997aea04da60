//! An archive that is nearly full: what comes next replaces the oldest.

use chrono::{DateTime, Utc};

use super::finding::Finding;
use super::thresholds::QueueThresholds;
use crate::document::overview::QueueRow;
use crate::document::queue::rate;
use crate::document::trouble::{Suggestion, TroubleCode};
use crate::figures::thousands;
use crate::inspector::StateFilter;
use crate::task::{MAX_ARCHIVED, State};

pub(super) fn archive_full(
    row: &QueueRow,
    thresholds: &QueueThresholds,
    _: DateTime<Utc>,
) -> Option<Finding> {
    let archived = row.figures.archived?;
    // Go clients may have put in more than fits.
    let share = rate(Some(archived.min(MAX_ARCHIVED)), Some(MAX_ARCHIVED))?;
    if share < thresholds.archived {
        return None;
    }
    let effect = if archived < MAX_ARCHIVED {
        "when it is full, the oldest are deleted"
    } else {
        "the oldest are being deleted"
    };
    let sentence = format!(
        "{} of {} archived tasks, {effect}",
        thousands(archived),
        thousands(MAX_ARCHIVED)
    );
    let finding = Finding::of(row, TroubleCode::ArchiveFull, archived, sentence);
    let finding = finding.tasks(&[StateFilter::In(State::Archived)]);
    Some(finding.suggest(Suggestion::Delete))
}
