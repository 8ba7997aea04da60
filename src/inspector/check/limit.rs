//! Limits: as they are written, and which one holds for a queue.

use std::collections::BTreeMap;

use crate::document::check::{Amount, Bound, Measure, Status};
use crate::task::{QueueName, parse};

/// The limits of a figure. A value that is equal to a limit is still allowed.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Limit {
    pub warning: Option<Amount>,
    pub critical: Option<Amount>,
}

impl Limit {
    /// Reads `CRIT`, `WARN,CRIT`, `WARN,` or `none`.
    ///
    /// # Errors
    /// What is wrong, with an example that is right.
    pub(crate) fn read(measure: Measure, text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text == "none" {
            return Ok(Self::default());
        }
        let amount = |text: &str| amount(measure, text.trim()).map(Some);
        let limit = match text.split_once(',') {
            None => Self {
                warning: None,
                critical: amount(text)?,
            },
            Some((warning, critical)) => Self {
                warning: amount(warning)?,
                critical: match critical.trim() {
                    "" => None,
                    critical => amount(critical)?,
                },
            },
        };
        limit.ordered(measure)
    }

    /// Refuses limits of which the critical one is reached first.
    fn ordered(self, measure: Measure) -> Result<Self, String> {
        let (Some(warning), Some(critical)) = (self.warning, self.critical) else {
            return Ok(self);
        };
        if warning.unit() != critical.unit() {
            return Err("both limits must be sizes, or both percentages".to_owned());
        }
        let (wrong, side) = match measure.bound() {
            Bound::Max => (warning > critical, "above"),
            Bound::Min => (warning < critical, "below"),
        };
        if wrong {
            return Err(format!(
                "the warning limit comes first, and must not be {side} the critical one"
            ));
        }
        Ok(self)
    }

    /// The verdict on a value, and the limit that it violates.
    pub(super) fn judge(self, bound: Bound, value: Option<Amount>) -> (Status, Option<Amount>) {
        if self == Self::default() {
            return (Status::Ok, None);
        }
        let Some(value) = value else {
            return (Status::Unknown, None);
        };
        let violated = |limit: &Amount| match bound {
            Bound::Max => value > *limit,
            Bound::Min => value < *limit,
        };
        if let Some(limit) = self.critical.filter(violated) {
            return (Status::Critical, Some(limit));
        }
        match self.warning.filter(violated) {
            Some(limit) => (Status::Warning, Some(limit)),
            None => (Status::Ok, None),
        }
    }
}

/// One value in the unit of a measure.
fn amount(measure: Measure, text: &str) -> Result<Amount, String> {
    match measure {
        Measure::Workers
        | Measure::Pending
        | Measure::Retry
        | Measure::Orphaned
        | Measure::Archived => {
            let count = text.parse().map(Amount::Count);
            count.map_err(|_| format!("{text:?} is not a whole number"))
        }
        Measure::Latency | Measure::ForwardDelay | Measure::Paused | Measure::Overdue => {
            let span = parse::duration(text).map(Amount::Span);
            span.map_err(|error| format!("{text:?} is {error}"))
        }
        Measure::FailedRate => share(text)
            .ok_or_else(|| format!("{text:?} is not a share; use \"0%\" to \"100%\", or 0 to 1")),
        Measure::Memory if text.ends_with('%') => {
            share(text).ok_or_else(|| format!("{text:?} is not a share; use \"0%\" to \"100%\""))
        }
        Measure::Memory => {
            let bytes = parse::size(text).map(Amount::Bytes);
            bytes.map_err(|error| format!("{text:?} is {error}, or a percentage of maxmemory"))
        }
    }
}

/// A percentage, or a number from 0 to 1.
fn share(text: &str) -> Option<Amount> {
    let share = match text.strip_suffix('%') {
        Some(percent) => percent.trim().parse::<f64>().ok()? / 100.0,
        None => text.parse().ok()?,
    };
    (0.0..=1.0).contains(&share).then_some(Amount::Share(share))
}

/// The limits of all queues.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Limits {
    all: BTreeMap<Measure, Limit>,
    queues: BTreeMap<QueueName, BTreeMap<Measure, Limit>>,
}

impl Limits {
    pub(crate) const fn new(
        all: BTreeMap<Measure, Limit>,
        queues: BTreeMap<QueueName, BTreeMap<Measure, Limit>>,
    ) -> Self {
        Self { all, queues }
    }

    /// Sets a limit for every queue, also for those that had one of their own.
    pub(crate) fn set(&mut self, measure: Measure, limit: Limit) {
        self.all.insert(measure, limit);
        for own in self.queues.values_mut() {
            own.remove(&measure);
        }
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.all.is_empty() && self.queues.values().all(BTreeMap::is_empty)
    }

    /// The queues that have limits of their own.
    pub(crate) fn named(&self) -> impl Iterator<Item = &QueueName> {
        let own = self.queues.iter().filter(|(_, own)| !own.is_empty());
        own.map(|(queue, _)| queue)
    }

    /// That of a queue.
    pub(super) fn of(&self, queue: &QueueName, measure: Measure) -> Option<Limit> {
        let own = self.queues.get(queue).and_then(|own| own.get(&measure));
        own.copied().or_else(|| self.of_all(measure))
    }

    /// That of what is about no queue, and of queues without one of their own.
    pub(super) fn of_all(&self, measure: Measure) -> Option<Limit> {
        self.all.get(&measure).copied()
    }

    /// Whether any queue has this limit.
    pub(super) fn has(&self, measure: Measure) -> bool {
        let mut own = self.queues.values();
        self.all.contains_key(&measure) || own.any(|own| own.contains_key(&measure))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn read(measure: Measure, text: &str) -> Result<[Option<Amount>; 2], String> {
        Limit::read(measure, text).map(|limit| [limit.warning, limit.critical])
    }

    #[test]
    fn limits_are_critical_or_a_warning_before_it() {
        use Amount::{Bytes, Count, Share, Span};
        let minutes = |minutes: u64| Some(Span(Duration::from_secs(60 * minutes)));
        for (measure, text, expected) in [
            (Measure::Pending, "1000", [None, Some(Count(1000))]),
            (
                Measure::Pending,
                " 5 , 10 ",
                [Some(Count(5)), Some(Count(10))],
            ),
            (Measure::Pending, "5,", [Some(Count(5)), None]),
            (Measure::Pending, "none", [None, None]),
            (Measure::Pending, "0,0", [Some(Count(0)), Some(Count(0))]),
            (Measure::Workers, "3,1", [Some(Count(3)), Some(Count(1))]),
            (Measure::Latency, "1m,5m", [minutes(1), minutes(5)]),
            (
                Measure::FailedRate,
                "5%,0.2",
                [Some(Share(0.05)), Some(Share(0.2))],
            ),
            (Measure::Memory, "80%", [None, Some(Share(0.8))]),
            (
                Measure::Memory,
                "1KB,2KB",
                [Some(Bytes(1024)), Some(Bytes(2048))],
            ),
        ] {
            assert_eq!(read(measure, text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn limits_that_are_wrong_are_refused() {
        for (measure, text, why) in [
            (Measure::Pending, "many", "\"many\" is not a whole number"),
            (Measure::Pending, "", "\"\" is not a whole number"),
            (Measure::Pending, ",5", "\"\" is not a whole number"),
            (Measure::Pending, "1,2,3", "\"2,3\" is not a whole number"),
            (Measure::Pending, "-1", "\"-1\" is not a whole number"),
            (
                Measure::Pending,
                "10,5",
                "the warning limit comes first, and must not be above the critical one",
            ),
            (
                Measure::Workers,
                "1,3",
                "the warning limit comes first, and must not be below the critical one",
            ),
            (
                Measure::Latency,
                "5",
                "\"5\" is not a duration; use for example 90s, 5m, 1.5h, 3d, 1w or 1h30m",
            ),
            (
                Measure::FailedRate,
                "20",
                "\"20\" is not a share; use \"0%\" to \"100%\", or 0 to 1",
            ),
            (
                Measure::FailedRate,
                "nan%",
                "\"nan%\" is not a share; use \"0%\" to \"100%\", or 0 to 1",
            ),
            (
                Measure::Memory,
                "5",
                "\"5\" is not a size; use for example 512MB or 1.5GB, or a percentage of maxmemory",
            ),
            (
                Measure::Memory,
                "80%,2GB",
                "both limits must be sizes, or both percentages",
            ),
        ] {
            assert_eq!(read(measure, text), Err(why.to_owned()), "{text}");
        }
    }

    #[test]
    fn a_value_equal_to_a_limit_is_allowed() {
        let judged = |measure: Measure, text, value| {
            let limit = Limit::read(measure, text).unwrap();
            limit.judge(measure.bound(), value).0
        };
        let count = |number| Some(Amount::Count(number));
        for (measure, text, value, status) in [
            (Measure::Pending, "5,10", count(5), Status::Ok),
            (Measure::Pending, "5,10", count(6), Status::Warning),
            (Measure::Pending, "5,10", count(10), Status::Warning),
            (Measure::Pending, "5,10", count(11), Status::Critical),
            (Measure::Pending, "5,", count(99), Status::Warning),
            (Measure::Pending, "5,10", None, Status::Unknown),
            (Measure::Pending, "none", None, Status::Ok),
            (Measure::Workers, "3,1", count(3), Status::Ok),
            (Measure::Workers, "3,1", count(2), Status::Warning),
            (Measure::Workers, "3,1", count(1), Status::Warning),
            (Measure::Workers, "3,1", count(0), Status::Critical),
        ] {
            assert_eq!(judged(measure, text, value), status, "{text} {value:?}");
        }
    }

    #[test]
    fn a_limit_that_is_set_holds_for_every_queue() {
        let [a, b] = ["a", "b"].map(|name| QueueName::new(name).unwrap());
        let limit = |text| Limit::read(Measure::Pending, text).unwrap();
        let own = BTreeMap::from([(Measure::Pending, limit("1"))]);
        let all = BTreeMap::from([(Measure::Pending, limit("2"))]);
        let mut limits = Limits::new(all, BTreeMap::from([(a.clone(), own)]));
        assert_eq!(limits.of(&a, Measure::Pending), Some(limit("1")));
        assert_eq!(limits.of(&b, Measure::Pending), Some(limit("2")));
        limits.set(Measure::Pending, limit("3"));
        assert_eq!(limits.of(&a, Measure::Pending), Some(limit("3")));
        assert_eq!(limits.named().count(), 0);
    }
}
