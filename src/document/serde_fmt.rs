//! JSON formats of single values: names, RFC 3339 times in UTC, seconds, `null`.

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::task::State;

/// `2026-12-01T09:00:00Z`, with a fraction if there is one.
pub(crate) fn rfc3339(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

impl Serialize for State {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for State {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let name = String::deserialize(from)?;
        name.parse().map_err(D::Error::custom)
    }
}

#[expect(clippy::ref_option, reason = "the signature that serde calls")]
pub(crate) fn seconds<S: Serializer>(span: &Option<Duration>, to: S) -> Result<S::Ok, S::Error> {
    match span {
        Some(span) => to.serialize_some(&in_seconds(*span)),
        None => to.serialize_none(),
    }
}

/// Rounded to milliseconds, because a binary fraction may have up to 17 digits.
pub(crate) fn in_seconds(span: Duration) -> f64 {
    Duration::from_millis(whole_millis(span)).as_secs_f64()
}

fn whole_millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

/// Treats `null` as a missing key.
pub(super) fn null_as_default<'de, D, T>(from: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Option::deserialize(from).map(Option::unwrap_or_default)
}

pub(super) fn not_empty<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    match Option::<String>::deserialize(from)? {
        Some(text) if text.is_empty() => Err(D::Error::custom("must not be empty")),
        text => Ok(text.unwrap_or_default()),
    }
}

pub(super) fn time<'de, D: Deserializer<'de>>(from: D) -> Result<Option<DateTime<Utc>>, D::Error> {
    let Some(text) = Option::<String>::deserialize(from)? else {
        return Ok(None);
    };
    DateTime::parse_from_rfc3339(&text)
        .map(|at| Some(at.to_utc()))
        .map_err(|_| D::Error::custom("not a time such as \"2026-12-01T09:00:00Z\""))
}
