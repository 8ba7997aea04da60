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
    let (held, max) = (thousands(archived), thousands(MAX_ARCHIVED));
    let sentence = if archived < MAX_ARCHIVED {
        format!("the archive holds {held} of {max} tasks; when it is full, the oldest are deleted")
    } else {
        format!("the archive is full with {held} tasks; the oldest are deleted")
    };
    let finding = Finding::of(row, TroubleCode::ArchiveFull, archived, sentence);
    let finding = finding.tasks(&[StateFilter::In(State::Archived)]);
    Some(finding.suggest(Suggestion::Delete))
}
