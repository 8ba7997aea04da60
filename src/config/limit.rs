//! `limit = { … }` of a handler: how many of its tasks may run, or begin, among all workers.

use std::time::Duration;

use serde::Deserialize;

use super::checked;
use crate::task::parse;
use crate::worker::{Limit, Rate};

/// The checked value.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "LimitKeys")]
pub(crate) struct LimitConfig {
    /// Absent: the pattern of the handler.
    scope: Option<String>,
    concurrency: Option<usize>,
    rate: Option<Rate>,
}

impl LimitConfig {
    /// The limit of the handler with this pattern.
    pub(super) fn of(&self, pattern: &str) -> Limit {
        let Self {
            scope,
            concurrency,
            rate,
        } = self;
        Limit {
            scope: scope.clone().unwrap_or_else(|| pattern.to_owned()),
            concurrency: *concurrency,
            rate: *rate,
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct LimitKeys {
    scope: Option<String>,
    #[serde(deserialize_with = "checked::some_slots")]
    concurrency: Option<usize>,
    rate: Option<RateText>,
}

impl TryFrom<LimitKeys> for LimitConfig {
    type Error = &'static str;

    fn try_from(keys: LimitKeys) -> Result<Self, Self::Error> {
        if keys
            .scope
            .as_ref()
            .is_some_and(|scope| scope.trim().is_empty())
        {
            return Err("the scope is blank: write a name, or remove the key");
        }
        if keys.concurrency.is_none() && keys.rate.is_none() {
            return Err("it limits nothing: add concurrency = 4 or rate = \"10/s\"");
        }
        Ok(Self {
            scope: keys.scope,
            concurrency: keys.concurrency,
            rate: keys.rate.map(|rate| rate.0),
        })
    }
}

/// `"10/s"`: a number of tasks and a time.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct RateText(Rate);

/// More than a worker can claim.
const MAX_PER_SECOND: u128 = 100_000;

impl TryFrom<String> for RateText {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        rate(&text).map(Self).ok_or_else(|| {
            format!(
                "{text:?} is not a rate: write a number of tasks and a time, such as \"10/s\", \"100/m\" or \"1/30s\"; \
                 at most {MAX_PER_SECOND} a second"
            )
        })
    }
}

fn rate(text: &str) -> Option<Rate> {
    let (count, per) = text.split_once('/')?;
    let count: u32 = count.trim().parse().ok().filter(|count| *count > 0)?;
    let per = per.trim();
    let bare = per.starts_with(|first: char| first.is_ascii_alphabetic());
    let per = parse::duration(&if bare {
        format!("1{per}")
    } else {
        per.to_owned()
    })
    .ok()?;
    let whole = per.subsec_nanos() == 0;
    let most = per.as_micros() * MAX_PER_SECOND / Duration::from_secs(1).as_micros();
    (whole && u128::from(count) <= most).then_some(Rate { count, per })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_number_and_a_time() {
        let seconds = |text| rate(text).map(|rate| (rate.count, rate.per.as_secs()));
        assert_eq!(seconds("10/s"), Some((10, 1)));
        assert_eq!(seconds("100 / m"), Some((100, 60)));
        assert_eq!(seconds("1/30s"), Some((1, 30)));
        assert_eq!(seconds("5/h"), Some((5, 3600)));
        for wrong in [
            "", "10", "0/s", "-1/s", "10/", "10/x", "10/0s", "200000/s", "1.5/s", "9/1500ms",
        ] {
            assert_eq!(rate(wrong), None, "{wrong}");
        }
    }
}
