//! Values of a handler with `http`, checked while they are read.

use std::collections::BTreeMap;
use std::time::Duration;

use hyper::header::HeaderName;
use serde::Deserialize;
use serde::de::{Deserializer, Error as _};

use crate::config::checked;
use crate::config::checked::{ACTIONS, Maybe, one_of};
use crate::task::transition::Verdict;
use crate::worker::handlers::http::{BreakerSettings, Endpoint, Format, Statuses, is_reserved};

/// The URL. The error does not show it.
pub(crate) fn endpoint<'de, D: Deserializer<'de>>(from: D) -> Maybe<Endpoint, D::Error> {
    let text = Option::<String>::deserialize(from)?;
    let read = text.map(|text| text.parse()).transpose();
    read.map_err(|error: String| D::Error::custom(error))
}

pub(crate) fn format<'de, D: Deserializer<'de>>(from: D) -> Maybe<Format, D::Error> {
    let words = [
        ("plain", Format::Plain),
        ("cloudevents", Format::CloudEvents),
    ];
    one_of(from, &words).map(Some)
}

/// A status that a handler may give a meaning.
#[derive(PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
struct Status(u16);

impl TryFrom<String> for Status {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let status = text.parse().ok();
        let status = status.filter(|status| (200..=599).contains(status));
        status
            .map(Self)
            .ok_or_else(|| format!("{text:?} is not an HTTP status: use 200 to 599"))
    }
}

/// `None` is success.
struct Ruling(Option<Verdict>);

impl<'de> Deserialize<'de> for Ruling {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let [retry, archive, release] = ACTIONS.map(|(word, verdict)| (word, Some(verdict)));
        one_of(from, &[("done", None), retry, archive, release]).map(Self)
    }
}

/// What statuses mean, where that is not as usual.
pub(crate) fn statuses<'de, D: Deserializer<'de>>(from: D) -> Maybe<Statuses, D::Error> {
    let statuses = Option::<BTreeMap<Status, Ruling>>::deserialize(from)?;
    Ok(statuses.map(|statuses| {
        let statuses = statuses.into_iter();
        statuses.fold(Statuses::default(), |all, (status, ruling)| {
            all.with(status.0, ruling.0)
        })
    }))
}

/// The name of a header that the configuration may set.
#[derive(PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
struct Name(String);

impl TryFrom<String> for Name {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let Ok(name) = HeaderName::from_bytes(text.as_bytes()) else {
            return Err(format!("{text:?} is not the name of a header"));
        };
        check_free(&name)?;
        Ok(Self(name.as_str().to_owned()))
    }
}

/// Refuses a header that requests have anyway.
pub(super) fn check_free(name: &HeaderName) -> Result<(), String> {
    if is_reserved(name) {
        return Err(format!("qctl sets the header {name} itself"));
    }
    Ok(())
}

/// Headers, each with a value that may contain `${VARIABLE}`.
pub(crate) fn headers<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<Vec<(HeaderName, String)>, D::Error> {
    let headers = BTreeMap::<Name, String>::deserialize(from)?;
    let headers = headers.into_iter();
    let named = headers.map(|(Name(name), value)| Ok((name.parse()?, value)));
    let named: Result<_, hyper::header::InvalidHeaderName> = named.collect();
    named.map_err(D::Error::custom)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct BreakerKeys {
    failures: u32,
    #[serde(deserialize_with = "checked::some_span")]
    min: Duration,
    #[serde(deserialize_with = "checked::some_span")]
    max_delay: Duration,
}

impl Default for BreakerKeys {
    fn default() -> Self {
        let BreakerSettings { failures, min, max } = BreakerSettings::default();
        Self {
            failures,
            min,
            max_delay: max,
        }
    }
}

/// When an endpoint that fails gets no tasks.
pub(crate) fn breaker<'de, D: Deserializer<'de>>(from: D) -> Maybe<BreakerSettings, D::Error> {
    let keys = BreakerKeys::deserialize(from)?;
    if keys.max_delay < keys.min {
        return Err(D::Error::custom("max_delay is shorter than min"));
    }
    Ok(Some(BreakerSettings {
        failures: keys.failures,
        min: keys.min,
        max: keys.max_delay,
    }))
}
