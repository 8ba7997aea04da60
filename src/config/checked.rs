//! Values of files that are checked while they are read, so that a mistake has its line.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};

use crate::task::transition::Verdict;
use crate::task::{QueueName, parse};
use crate::worker::{ExitCodes, Unmatched};

/// Takes one of a few words.
pub(super) fn one_of<'de, D: Deserializer<'de>, T: Clone>(
    from: D,
    words: &[(&str, T)],
) -> Result<T, D::Error> {
    let word = String::deserialize(from)?;
    let known = words.iter().find(|(known, _)| *known == word);
    known.map(|(_, value)| value.clone()).ok_or_else(|| {
        let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        D::Error::custom(format!(
            "expected one of {}, found {word:?}",
            words.join(", ")
        ))
    })
}

/// More than any machine can run at a time; each slot costs memory.
const MAX_SLOTS: usize = 100_000;

/// A worker drops a handler 30 s after it has asked it to end. The command must be killed before that.
const MAX_GRACE: Duration = Duration::from_secs(25);

/// A number that has a unit by itself, or a duration as users write it: `"90s"`.
struct Length {
    /// The unit of a bare number; `None`: a bare number is refused.
    unit: Option<Duration>,
}

impl Visitor<'_> for Length {
    type Value = Duration;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a duration such as \"90s\"")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Duration, E> {
        let read = parse::duration(text);
        read.map_err(|error| E::custom(format!("{text:?} is {error}")))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Duration, E> {
        let Some(unit) = self.unit else {
            return Err(E::custom(format!(
                "expected a duration, found {number} without a unit: write \"{number}s\" for seconds"
            )));
        };
        let factor = u32::try_from(number).ok();
        let span = factor
            .and_then(|factor| unit.checked_mul(factor))
            .ok_or(parse::ParseError::TooLong);
        span.and_then(parse::limited)
            .map_err(|error| E::custom(format!("{number} is {error}")))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Duration, E> {
        let seconds = self.unit.map(|unit| unit.as_secs_f64() * number);
        let span = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        let span = span.ok_or_else(|| {
            E::custom(format!(
                "expected {}, found {number}",
                "a duration such as \"90s\""
            ))
        })?;
        parse::limited(span).map_err(|error| E::custom(format!("{number} is {error}")))
    }
}

/// A duration.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span(pub(super) Duration);

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Length { unit: None }).map(Self)
    }
}

/// A duration, or a number of seconds.
struct Seconds(Duration);

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let unit = Some(Duration::from_secs(1));
        from.deserialize_any(Length { unit }).map(Self)
    }
}

/// A duration, or a number of days.
struct Days(Duration);

impl<'de> Deserialize<'de> for Days {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let unit = Some(Duration::from_secs(86_400));
        from.deserialize_any(Length { unit }).map(Self)
    }
}

pub(super) type Maybe<T, E> = Result<Option<T>, E>;

fn refuse<T, E: Error>(value: Option<T>, wrong: impl Fn(&T) -> bool, why: &str) -> Maybe<T, E> {
    match value {
        Some(value) if wrong(&value) => Err(E::custom(why)),
        value => Ok(value),
    }
}

pub(super) fn span<'de, D: Deserializer<'de>>(from: D) -> Maybe<Duration, D::Error> {
    Ok(Option::<Span>::deserialize(from)?.map(|span| span.0))
}

pub(super) fn seconds<'de, D: Deserializer<'de>>(from: D) -> Maybe<Duration, D::Error> {
    Ok(Option::<Seconds>::deserialize(from)?.map(|span| span.0))
}

pub(super) fn days<'de, D: Deserializer<'de>>(from: D) -> Maybe<Duration, D::Error> {
    Ok(Option::<Days>::deserialize(from)?.map(|span| span.0))
}

/// A pause that is not skipped.
pub(super) fn some_span<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    let span = Span::deserialize(from)?.0;
    if span.is_zero() {
        return Err(D::Error::custom(
            "a delay of 0 is not possible: use a longer one",
        ));
    }
    Ok(span)
}

/// The limit of an attempt, or of an answer.
pub(super) fn timeout<'de, D: Deserializer<'de>>(from: D) -> Maybe<Duration, D::Error> {
    let why = "a timeout of 0 is not possible: use a longer one, or remove the key";
    refuse(span(from)?, Duration::is_zero, why)
}

/// From TERM to KILL.
pub(super) fn grace<'de, D: Deserializer<'de>>(from: D) -> Maybe<Duration, D::Error> {
    let why = "the maximum is 25s";
    refuse(span(from)?, |span| *span > MAX_GRACE, why)
}

/// A share of a whole: `"20%"`, or a number from 0 to 1.
struct Share;

impl Visitor<'_> for Share {
    type Value = f64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a share such as \"20%\"")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<f64, E> {
        let percent = text
            .strip_suffix('%')
            .and_then(|number| number.trim().parse().ok());
        let share = percent.map(|percent: f64| percent / 100.0);
        let share = share.filter(|share| (0.0..=1.0).contains(share));
        share.ok_or_else(|| E::custom(format!("{text:?} is not a share: use \"0%\" to \"100%\"")))
    }

    fn visit_f64<E: Error>(self, share: f64) -> Result<f64, E> {
        if (0.0..=1.0).contains(&share) {
            return Ok(share);
        }
        Err(E::custom(format!(
            "{share} is not a share: use \"0%\" to \"100%\""
        )))
    }

    fn visit_u64<E: Error>(self, share: u64) -> Result<f64, E> {
        match share {
            0 => Ok(0.0),
            1 => Ok(1.0),
            _ => Err(E::custom(format!(
                "{share} is not a share: use \"0%\" to \"100%\""
            ))),
        }
    }
}

struct Fraction(f64);

impl<'de> Deserialize<'de> for Fraction {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Share).map(Self)
    }
}

pub(super) fn share<'de, D: Deserializer<'de>>(from: D) -> Maybe<f64, D::Error> {
    Ok(Option::<Fraction>::deserialize(from)?.map(|share| share.0))
}

/// How many times as much.
pub(super) fn factor<'de, D: Deserializer<'de>>(from: D) -> Maybe<f64, D::Error> {
    let why = "the factor must be 1 or more";
    refuse(
        Option::<f64>::deserialize(from)?,
        |factor| *factor < 1.0,
        why,
    )
}

/// Tasks at the same time.
pub(super) fn slots<'de, D: Deserializer<'de>>(from: D) -> Maybe<usize, D::Error> {
    let slots = Option::<usize>::deserialize(from)?;
    let why = "the maximum is 100000";
    refuse(slots, |slots| *slots > MAX_SLOTS, why)
}

/// Tasks of one handler at the same time.
pub(super) fn some_slots<'de, D: Deserializer<'de>>(from: D) -> Maybe<usize, D::Error> {
    let why = "with a concurrency of 0 no task would ever run: use 1 or more, or remove the key";
    refuse(slots(from)?, |slots| *slots == 0, why)
}

/// Processes of one handler.
pub(super) fn some_processes<'de, D: Deserializer<'de>>(from: D) -> Maybe<usize, D::Error> {
    let processes = Option::<usize>::deserialize(from)?;
    let why = "use 1 to 1000";
    refuse(processes, |processes| !(1..=1000).contains(processes), why)
}

/// The tasks of a process.
pub(super) fn some_tasks<'de, D: Deserializer<'de>>(from: D) -> Maybe<u64, D::Error> {
    let why = "a process that gets 0 tasks does nothing: use 1 or more, or remove the key";
    refuse(Option::<u64>::deserialize(from)?, |tasks| *tasks == 0, why)
}

pub(super) fn retries<'de, D: Deserializer<'de>>(from: D) -> Maybe<i32, D::Error> {
    let retries = Option::<i32>::deserialize(from)?;
    let why = "the maximum number of retries is negative: use 0 for no retries, or remove the key";
    refuse(retries, |retries| *retries < 0, why)
}

pub(super) fn unmatched<'de, D: Deserializer<'de>>(from: D) -> Result<Unmatched, D::Error> {
    one_of(
        from,
        &[("fail", Unmatched::Fail), ("release", Unmatched::Release)],
    )
}

/// The name of a queue.
#[derive(PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Name(pub QueueName);

impl TryFrom<String> for Name {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        let read = QueueName::new(name).map_err(|error| error.to_string());
        read.map(Self)
    }
}

/// `HOST:PORT` of a Sentinel, or just its host.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Sentinel(String);

impl TryFrom<String> for Sentinel {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        // A URL is made of the list, in which these characters have a meaning. The text may hold a password.
        let ends_a_host = |c: char| c.is_whitespace() || "@/?#,".contains(c);
        if text.starts_with(':') || text.is_empty() || text.contains(ends_a_host) {
            return Err("expected HOST:PORT of one Sentinel, without a login");
        }
        Ok(Self(text))
    }
}

/// The Sentinels of a primary.
pub(super) fn sentinels<'de, D: Deserializer<'de>>(from: D) -> Maybe<Vec<String>, D::Error> {
    let sentinels = Option::<Vec<Sentinel>>::deserialize(from)?;
    if sentinels.as_ref().is_some_and(Vec::is_empty) {
        let why = "the list is empty: write HOST:PORT of each Sentinel, or remove the key";
        return Err(D::Error::custom(why));
    }
    Ok(sentinels.map(|all| all.into_iter().map(|one| one.0).collect()))
}

/// An exit status that a handler may give a meaning.
#[derive(PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
struct Status(u8);

impl TryFrom<String> for Status {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let status = text.parse().ok().filter(|status| *status > 0);
        status.map(Self).ok_or_else(|| {
            format!("{text:?} is not an exit status that can be changed: use 1 to 255")
        })
    }
}

/// What a handler's answer may mean besides success.
pub(super) const ACTIONS: [(&str, Verdict); 3] = [
    ("retry", Verdict::Retry),
    ("archive", Verdict::GiveUp),
    ("release", Verdict::Release),
];

struct Action(Verdict);

impl<'de> Deserialize<'de> for Action {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        one_of(from, &ACTIONS).map(Self)
    }
}

/// What exit statuses mean, where that is not as usual.
pub(super) fn exit_codes<'de, D: Deserializer<'de>>(from: D) -> Maybe<ExitCodes, D::Error> {
    let codes = Option::<BTreeMap<Status, Action>>::deserialize(from)?;
    Ok(codes.map(|codes| {
        let codes = codes.into_iter();
        codes.fold(ExitCodes::default(), |codes, (status, action)| {
            codes.with(status.0, action.0)
        })
    }))
}

/// A number of megabytes, or a size with its unit, in bytes.
pub(super) fn size<'de, D: Deserializer<'de>>(from: D) -> Maybe<u64, D::Error> {
    from.deserialize_any(Size).map(Some)
}

pub(super) const MEGABYTE: u64 = 1 << 20;

struct Size;

impl Visitor<'_> for Size {
    type Value = u64;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a number of megabytes, or a size such as \"64KB\"")
    }

    fn visit_u64<E: Error>(self, megabytes: u64) -> Result<u64, E> {
        megabytes
            .checked_mul(MEGABYTE)
            .ok_or_else(|| E::custom(format!("{megabytes} is out of range")))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<u64, E> {
        parse::size(text).map_err(|_| {
            E::custom(format!(
                "expected a number of megabytes, or a size such as \"64KB\", found {text:?}"
            ))
        })
    }
}
