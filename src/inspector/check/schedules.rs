//! Compares how long stored schedules are overdue.

use std::time::Duration;

use super::figure::limit_words;
use super::found::{Compared, Found};
use super::seen::{SeenQueue, overdue};
use crate::document::check::{Amount, Measure, Status};
use crate::figures::duration;

impl Found<'_> {
    /// Compares how long schedules are overdue.
    pub(super) fn schedules(&mut self) {
        let measure = Measure::Overdue;
        let all = match &self.seen.schedules {
            None => return,
            Some(Err(why)) => {
                let reason = self.cannot_tell(measure, why);
                return self.reasons.push(reason);
            }
            Some(Ok(all)) => all,
        };
        let mut longest = Duration::ZERO;
        let mut worst = Status::Ok;
        for stored in all {
            if let Err(error) = &stored.schedule
                && !stored.paused
                && self.checks.queues.is_empty()
            {
                let why = format!("schedule {:?} cannot be read: {error}", stored.name);
                self.reasons.push(self.cannot_tell(measure, &why));
            }
            let Some((queue, late)) = overdue(stored, self.seen.at) else {
                continue;
            };
            let is_meant = |seen: &SeenQueue| seen.row.name == *queue;
            if !self.checks.queues.is_empty() && !self.seen.queues.iter().any(is_meant) {
                continue;
            }
            let late = late.to_std().unwrap_or_default();
            longest = longest.max(late);
            let limit = self.limits().of(queue, measure).unwrap_or_default();
            let compared = Compared::new(measure, Some(queue), Some(Amount::Span(late)), limit);
            worst = worst.min(compared.status);
            if let Some(limit) = compared.violated {
                let sentence = format!(
                    "schedule {:?} has been overdue for {} ({})",
                    stored.name,
                    duration(late),
                    limit_words(measure.bound(), limit)
                );
                self.reasons.push(compared.reason(sentence));
            }
        }
        let limit = self.limits().of_all(measure).unwrap_or_default();
        let longest = Compared {
            status: worst,
            ..Compared::new(measure, None, Some(Amount::Span(longest)), limit)
        };
        self.figures.push(longest.figure(None));
    }
}
