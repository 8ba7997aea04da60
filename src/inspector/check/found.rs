//! What was found so far, and one comparison.

use super::checks::Checks;
use super::figure;
use super::limit::{Limit, Limits};
use super::seen::Seen;
use crate::document::check::{Amount, FigureDocument, Measure, ReasonDocument, Status};
use crate::task::QueueName;

/// The reasons and figures found so far.
pub(super) struct Found<'a> {
    pub(super) checks: &'a Checks,
    pub(super) seen: &'a Seen,
    pub(super) reasons: Vec<(Measure, ReasonDocument)>,
    pub(super) figures: Vec<FigureDocument>,
}

impl Found<'_> {
    pub(super) fn limits(&self) -> &Limits {
        &self.checks.limits
    }

    /// A figure that is about no queue is unknown.
    pub(super) fn cannot_tell(&self, measure: Measure, why: &str) -> (Measure, ReasonDocument) {
        let limit = self.limits().of_all(measure).unwrap_or_default();
        let unknown = Compared {
            status: Status::Unknown,
            ..Compared::new(measure, None, None, limit)
        };
        unknown.reason(figure::unknown(measure, why))
    }
}

/// A value that is compared with its limit.
pub(super) struct Compared {
    pub(super) measure: Measure,
    pub(super) queue: Option<QueueName>,
    pub(super) value: Option<Amount>,
    pub(super) limit: Limit,
    pub(super) status: Status,
    /// The limit that is violated.
    pub(super) violated: Option<Amount>,
}

impl Compared {
    pub(super) fn new(
        measure: Measure,
        queue: Option<&QueueName>,
        value: Option<Amount>,
        limit: Limit,
    ) -> Self {
        let (status, violated) = limit.judge(measure.bound(), value);
        Self {
            measure,
            queue: queue.cloned(),
            value,
            limit,
            status,
            violated,
        }
    }

    pub(super) fn figure(&self, most: Option<Amount>) -> FigureDocument {
        let known = self.value.or(self.limit.critical).or(self.limit.warning);
        FigureDocument {
            queue: self.queue.as_ref().map(ToString::to_string),
            check: self.measure.name(),
            unit: known.map_or(self.measure.unit(), Amount::unit),
            value: self.value,
            warning: self.limit.warning,
            critical: self.limit.critical,
            status: self.status,
            bound: self.measure.bound(),
            most,
        }
    }

    pub(super) fn reason(&self, sentence: String) -> (Measure, ReasonDocument) {
        let reason = ReasonDocument {
            status: self.status,
            check: Some(self.measure.name()),
            queue: self.queue.as_ref().map(ToString::to_string),
            sentence,
            value: self.value,
            limit: self.violated,
        };
        (self.measure, reason)
    }
}
