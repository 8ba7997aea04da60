//! Compares the figures of a queue.

use super::figure::{self, USUAL};
use super::found::{Compared, Found};
use super::seen::SeenQueue;
use crate::document::check::{Amount, Measure, Status};

impl Found<'_> {
    /// Compares the figures of a queue.
    pub(super) fn queue(&mut self, queue: &SeenQueue) {
        let (row, at) = (&queue.row, self.seen.at);
        let all = Measure::ALL.into_iter();
        for measure in all.filter(|measure| !matches!(measure, Measure::Overdue | Measure::Memory))
        {
            let limit = self.limits().of(&row.name, measure);
            let shown = self.limits().is_empty() && USUAL.contains(&measure);
            if limit.is_none() && !shown {
                continue;
            }
            let value = figure::value(measure, row, at);
            let limit = limit.unwrap_or_default();
            let mut compared = Compared::new(measure, Some(&row.name), value, limit);
            if measure == Measure::FailedRate && self.too_few_failures(queue) {
                compared.status = Status::Ok;
            }
            let most = (measure == Measure::FailedRate).then_some(Amount::Share(1.0));
            self.figures.push(compared.figure(most));
            match (compared.status, value.zip(compared.violated)) {
                (Status::Critical | Status::Warning, Some(pair)) => {
                    let sentence = figure::sentence(measure, row, pair, at);
                    self.reasons.push(compared.reason(sentence));
                }
                // One reason for all queues follows.
                (Status::Unknown, _) if measure == Measure::Workers => {}
                (Status::Unknown, _) => {
                    let why = queue.unreadable.join("; ");
                    self.reasons
                        .push(compared.reason(figure::unknown(measure, &why)));
                }
                (Status::Critical | Status::Warning | Status::Ok, _) => {}
            }
        }
    }

    /// Whether fewer attempts failed today than `[trouble]` takes seriously.
    fn too_few_failures(&self, queue: &SeenQueue) -> bool {
        let least = self.checks.thresholds.of(&queue.row.name).failures;
        let failed = queue.row.figures.failed_today;
        failed.is_some_and(|failed| failed < least)
    }

    /// Which servers there are is unknown.
    pub(super) fn workers(&mut self) {
        let matters = self.checks.trouble || self.limits().has(Measure::Workers);
        if let Some(why) = self.seen.no_servers.as_ref().filter(|_| matters) {
            let reason = self.cannot_tell(Measure::Workers, why);
            self.reasons.push(reason);
        }
    }
}
