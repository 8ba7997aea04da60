//! `retry = { … }` of a handler: how often and after which delay a failed task is tried again.

use std::fmt;
use std::time::Duration;

use serde::Deserialize;
use serde::de::value::SeqAccessDeserializer;
use serde::de::{Deserializer, Error, IntoDeserializer as _, SeqAccess, Visitor};

use super::checked;
use super::checked::{Span, one_of};
use crate::task::Backoff;
use crate::task::transition::RetryPolicy;

/// The checked value.
#[derive(Deserialize)]
#[serde(try_from = "RetryKeys")]
pub(super) struct Retry(pub RetryPolicy);

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RetryKeys {
    #[serde(deserialize_with = "checked::retries")]
    max: Option<i32>,
    backoff: Rule,
    #[serde(deserialize_with = "checked::span")]
    min: Option<Duration>,
    #[serde(deserialize_with = "checked::span")]
    max_delay: Option<Duration>,
    #[serde(deserialize_with = "checked::share")]
    jitter: Option<f64>,
}

#[derive(Clone, Default)]
enum Rule {
    #[default]
    Asynq,
    Exponential,
    Linear,
    Constant,
    List(Vec<Duration>),
}

/// A word, or a list of delays.
struct RuleVisitor;

impl<'de> Visitor<'de> for RuleVisitor {
    type Value = Rule;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a word such as \"exponential\", or a list of delays such as [\"1s\", \"1m\"]")
    }

    fn visit_str<E: Error>(self, word: &str) -> Result<Rule, E> {
        let words = [
            ("asynq", Rule::Asynq),
            ("exponential", Rule::Exponential),
            ("linear", Rule::Linear),
            ("constant", Rule::Constant),
        ];
        one_of(word.into_deserializer(), &words)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Rule, A::Error> {
        let delays = Vec::<Span>::deserialize(SeqAccessDeserializer::new(list))?;
        if delays.is_empty() {
            return Err(A::Error::custom(
                "the list is empty: write delays such as [\"1s\", \"1m\"]",
            ));
        }
        Ok(Rule::List(delays.into_iter().map(|span| span.0).collect()))
    }
}

impl<'de> Deserialize<'de> for Rule {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(RuleVisitor)
    }
}

/// The delay before the first retry where a rule of its own is given without one.
const FIRST_DELAY: Duration = Duration::from_secs(10);

/// The limit of delays that grow.
const MAX_DELAY: Duration = Duration::from_secs(3600);

impl TryFrom<RetryKeys> for Retry {
    type Error = &'static str;

    fn try_from(keys: RetryKeys) -> Result<Self, Self::Error> {
        let min = keys.min.unwrap_or(FIRST_DELAY);
        let max = keys.max_delay.unwrap_or(MAX_DELAY);
        let has_delays = keys.min.or(keys.max_delay).is_some();
        let backoff = match keys.backoff {
            Rule::Asynq if has_delays => {
                return Err(
                    "it has delays but no backoff that uses them: add backoff = \"exponential\" or \"constant\"",
                );
            }
            Rule::Asynq if keys.jitter.is_some() => {
                return Err(
                    "jitter has no effect with Asynq's delays, which are random: add another backoff, or leave it out",
                );
            }
            Rule::Asynq => Backoff::Asynq,
            Rule::Constant if keys.max_delay.is_some() => {
                return Err("max_delay has no effect with backoff = \"constant\": leave it out");
            }
            Rule::Constant => Backoff::Constant(min),
            Rule::Exponential => Backoff::Exponential { min, max },
            Rule::Linear => Backoff::Linear { min, max },
            Rule::List(_) if has_delays => {
                return Err(
                    "min and max_delay have no effect with a list of delays: leave them out",
                );
            }
            Rule::List(delays) => Backoff::List(delays.into()),
        };
        Ok(Self(RetryPolicy {
            max: keys.max,
            backoff,
            jitter: keys.jitter.map(percent),
        }))
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share is at most 1"
)]
fn percent(share: f64) -> u8 {
    (share * 100.0).round() as u8
}
