//! Compares the memory of Redis.

use super::figure::{self, limit_words, words};
use super::found::{Compared, Found};
use crate::broker::records::ServerFacts;
use crate::document::check::{Amount, Measure, Status};
use crate::document::queue::to_float;
use crate::figures::{bytes, percent};

impl Found<'_> {
    /// Compares the memory of Redis.
    pub(super) fn memory(&mut self) {
        let measure = Measure::Memory;
        let Some(limit) = self.limits().of_all(measure) else {
            return;
        };
        let of_most = matches!(limit.critical.or(limit.warning), Some(Amount::Share(_)));
        let (value, why) = match &self.seen.redis {
            None => return,
            Some(Err(why)) => (None, why.as_str()),
            Some(Ok(facts)) if of_most => (used_share(facts), "maxmemory is not set"),
            Some(Ok(facts)) => (facts.used_memory.map(Amount::Bytes), ""),
        };
        let compared = Compared::new(measure, None, value, limit);
        let facts = self
            .seen
            .redis
            .as_ref()
            .and_then(|facts| facts.as_ref().ok());
        let most = facts.and_then(|facts| facts.max_memory.filter(|most| *most > 0));
        let most_figure = if of_most {
            Some(Amount::Share(1.0))
        } else {
            most.map(Amount::Bytes)
        };
        self.figures.push(compared.figure(most_figure));
        match compared.violated {
            Some(limit) => {
                let used = facts
                    .and_then(|facts| facts.used_memory)
                    .unwrap_or_default();
                let limit = limit_words(measure.bound(), limit);
                let sentence = match (value, most) {
                    (Some(Amount::Share(share)), Some(most)) => format!(
                        "Redis uses {} of {} ({}, {limit})",
                        bytes(used),
                        bytes(most),
                        percent(share)
                    ),
                    _ => format!("Redis uses {} ({limit})", words(Amount::Bytes(used))),
                };
                self.reasons.push(compared.reason(sentence));
            }
            None if compared.status == Status::Unknown => {
                self.reasons
                    .push(compared.reason(figure::unknown(measure, why)));
            }
            None => {}
        }
    }
}

/// How much of its `maxmemory` Redis uses; it may be more than all. `None` without such a limit.
fn used_share(facts: &ServerFacts) -> Option<Amount> {
    let most = facts.max_memory.filter(|most| *most > 0)?;
    let share = to_float(facts.used_memory?) / to_float(most);
    Some(Amount::Share((share * 10_000.0).round() / 10_000.0))
}
