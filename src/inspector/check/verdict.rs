//! The reasons for a verdict, the worst first.

use super::checks::Checks;
use super::found::Found;
use super::seen::Seen;
use crate::document::check::{Amount, Bound, CheckDocument, ReasonDocument};

/// Judges what was read.
pub(super) fn of(checks: &Checks, seen: &Seen) -> CheckDocument {
    let mut found = Found {
        checks,
        seen,
        reasons: Vec::new(),
        figures: Vec::new(),
    };
    for queue in &seen.queues {
        found.queue(queue);
    }
    found.workers();
    found.schedules();
    found.memory();
    found.document()
}

impl Found<'_> {
    fn document(mut self) -> CheckDocument {
        self.reasons.sort_by(|(measure, one), (other, two)| {
            let number = |reason: &ReasonDocument| reason.value.map_or(0.0, Amount::number);
            let values = number(two).total_cmp(&number(one));
            let values = match measure.bound() {
                Bound::Max => values,
                Bound::Min => values.reverse(),
            };
            let names = || (&one.queue, &one.sentence).cmp(&(&two.queue, &two.sentence));
            measure.cmp(other).then(values).then_with(names)
        });
        let trouble = if self.checks.trouble {
            self.findings()
        } else {
            Vec::new()
        };
        let mut reasons: Vec<_> = self.reasons.into_iter().map(|(_, reason)| reason).collect();
        reasons.extend(trouble);
        reasons.sort_by_key(|reason| reason.status);
        let queues = u64::try_from(self.seen.queues.len()).ok();
        CheckDocument::new(self.seen.at, queues, reasons, self.figures)
    }
}
