//! `retry = { … }` of a handler: how often and after which delay a failed task is tried again.

use std::time::Duration;

use serde::Deserialize;
use serde::de::Deserializer;

use super::checked;
use super::checked::one_of;
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
}

#[derive(Clone, Copy, Default)]
enum Rule {
    #[default]
    Asynq,
    Exponential,
    Constant,
}

impl<'de> Deserialize<'de> for Rule {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let words = [
            ("asynq", Self::Asynq),
            ("exponential", Self::Exponential),
            ("constant", Self::Constant),
        ];
        one_of(from, &words)
    }
}

/// The delay before the first retry where a rule of its own is given without one.
const FIRST_DELAY: Duration = Duration::from_secs(10);

/// The limit of delays that double.
const MAX_DELAY: Duration = Duration::from_secs(3600);

impl TryFrom<RetryKeys> for Retry {
    type Error = &'static str;

    fn try_from(keys: RetryKeys) -> Result<Self, Self::Error> {
        let min = keys.min.unwrap_or(FIRST_DELAY);
        let backoff = match (keys.backoff, keys.max_delay) {
            (Rule::Asynq, _) if keys.min.or(keys.max_delay).is_some() => {
                return Err(
                    "it has delays but no backoff that uses them: add backoff = \"exponential\" or \"constant\"",
                );
            }
            (Rule::Asynq, _) => Backoff::Asynq,
            (Rule::Constant, Some(_)) => {
                return Err("max_delay is for backoff = \"exponential\": leave it out");
            }
            (Rule::Constant, None) => Backoff::Constant(min),
            (Rule::Exponential, max) => Backoff::Exponential {
                min,
                max: max.unwrap_or(MAX_DELAY),
            },
        };
        let max = keys.max;
        Ok(Self(RetryPolicy { max, backoff }))
    }
}
