//! Cron specs: what robfig/cron's `ParseStandard` accepts, with the same meaning.
//!
//! There are two additions. A sixth field in front holds the seconds (robfig's `SecondOptional` reads it the
//! same way), and `@every` counts from an anchor instead of from the start of a process, so that all workers
//! agree on its ticks, and a restart does not move them.
//!
//! Pure: the caller passes the time and the zone. A tick is always a whole second.
//! `tests/fixtures/cron_referee.ndjson` holds the answers of the Go library for several hundred specs.

mod delay;
mod field;
mod parse;
mod refusal;
mod rule;
mod search;
mod words;
mod zone;

#[cfg(test)]
mod referee;

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use chrono::{DateTime, Utc};

use refusal::Piece;
use rule::{Delay, Rule};

pub use refusal::BadSpec;
pub use zone::{UnknownZone, Zone};

/// A cron spec that has been parsed.
///
/// ```
/// use chrono::DateTime;
/// use qctl::schedule::spec::{Spec, Zone};
///
/// let spec = Spec::parse("0 9 * * mon-fri")?;
/// let friday_noon = DateTime::from_timestamp(1_700_222_400, 0).unwrap();
/// let next = spec.next(friday_noon, &Zone::utc(), friday_noon).unwrap();
/// assert_eq!(next.to_rfc3339(), "2023-11-20T09:00:00+00:00");
/// assert_eq!(spec.words(), "at 09:00 on Monday to Friday");
/// # Ok::<(), qctl::schedule::spec::BadSpec>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spec {
    text: String,
    /// The zone of a `TZ=` prefix.
    zone: Option<Zone>,
    rule: Rule,
}

impl Spec {
    /// Parses a spec. White space around it is dropped; robfig accepts some of it and refuses some.
    pub fn parse(text: &str) -> Result<Self, BadSpec> {
        let text = text.trim();
        let (zone, rule) = parse::spec(text)?;
        let text = text.to_owned();
        Ok(Self { text, zone, rule })
    }

    /// Refuses an `@every` that robfig rounds: `@every 500ms` and `@every -1h` fire every second.
    pub fn exact(self) -> Result<Self, BadSpec> {
        match self.rule {
            Rule::Every(Delay { rounded: true, .. }) => {
                let start = self.text.find(parse::EVERY).unwrap_or_default();
                let delay = Piece::whole(&self.text).from(start + parse::EVERY.len());
                Err(delay::refuse_rounded(delay))
            }
            Rule::Every(Delay { rounded: false, .. }) | Rule::Fields(_) => Ok(self),
        }
    }

    /// Whether the spec has six fields, so that the first is the second. Go's schedulers refuse those.
    pub fn has_seconds(&self) -> bool {
        let prefix = usize::from(self.zone.is_some());
        matches!(self.rule, Rule::Fields(_))
            && self.text.split_whitespace().skip(prefix).count() == 6
    }

    /// The text without the white space around it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The first tick later than `after`, or `None` if there is none before the sixth new year from then.
    ///
    /// `zone` applies if the spec names none. `@every` counts from `anchor`, without its fraction of a
    /// second; the first tick is one delay later. Other specs ignore the anchor.
    ///
    /// Ticks that a clock skips when it is put forward do not occur; ticks that it repeats when it is put
    /// back occur twice.
    pub fn next(
        &self,
        after: DateTime<Utc>,
        zone: &Zone,
        anchor: DateTime<Utc>,
    ) -> Option<DateTime<Utc>> {
        match &self.rule {
            Rule::Every(delay) => delay::next(delay.seconds, after, anchor),
            Rule::Fields(fields) => search::next(fields, after, self.zone_or(zone)),
        }
    }

    /// The zone that applies: the one that the spec names, or the given one.
    pub fn zone_or<'a>(&'a self, given: &'a Zone) -> &'a Zone {
        self.own_zone().unwrap_or(given)
    }

    /// The zone of the prefix. `Local` means the zone of the scheduler, as if there were no prefix.
    fn own_zone(&self) -> Option<&Zone> {
        self.zone.as_ref().filter(|_| !self.names_local())
    }

    /// Whether the prefix is `TZ=Local`, which is another zone on every machine.
    pub fn names_local(&self) -> bool {
        self.zone == Some(Zone::local())
    }

    /// Whether the ticks depend on the zone given to [`Self::next`].
    pub fn depends_on_zone(&self) -> bool {
        matches!(self.rule, Rule::Fields(_)) && self.own_zone().is_none()
    }

    /// The zone that the spec itself names for its ticks, if they depend on one.
    pub fn named_zone(&self) -> Option<&Zone> {
        match self.rule {
            Rule::Every(_) => None,
            Rule::Fields(_) => self.own_zone(),
        }
    }

    /// The spec in words, such as `at 03:00 every day` or `at 03:00 every day, Europe/Paris time`.
    pub fn words(&self) -> String {
        match self.named_zone() {
            Some(zone) => format!("{}, {zone} time", self.words_without_zone()),
            None => self.words_without_zone(),
        }
    }

    /// The spec in words, without the zone that it names.
    pub fn words_without_zone(&self) -> String {
        match &self.rule {
            Rule::Every(delay) => delay::words(delay.seconds),
            Rule::Fields(fields) => words::all(fields),
        }
    }
}

/// Parses a duration in Go's notation, such as `1h0m0s`; `None` if it is negative.
pub fn go_duration(text: &str) -> Option<Duration> {
    let (negative, nanoseconds) = delay::duration(Piece::whole(text)).ok()?;
    (!negative).then(|| Duration::from_nanos(nanoseconds))
}

impl FromStr for Spec {
    type Err = BadSpec;

    fn from_str(text: &str) -> Result<Self, BadSpec> {
        Self::parse(text)
    }
}

impl fmt::Display for Spec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instant(text: &str) -> DateTime<Utc> {
        DateTime::parse_from_rfc3339(text).unwrap().to_utc()
    }

    #[test]
    fn the_text_is_kept_without_the_white_space_around_it() {
        let spec = Spec::parse(" \t0 3  * * MON\n").unwrap();
        assert_eq!(
            (spec.as_str(), spec.to_string()),
            ("0 3  * * MON", "0 3  * * MON".into())
        );
        assert_eq!("0 3  * * MON".parse(), Ok(spec));
    }

    #[test]
    fn a_spec_may_name_its_zone() {
        let paris: Zone = "Europe/Paris".parse().unwrap();
        for (spec, zone, depends) in [
            ("0 3 * * *", "Europe/Paris", true),
            ("CRON_TZ=Asia/Tokyo 0 3 * * *", "Asia/Tokyo", false),
            ("TZ=UTC @daily", "UTC", false),
            ("TZ= @daily", "UTC", false),
            ("TZ=Local @daily", "Europe/Paris", true),
            ("@every 1h", "Europe/Paris", false),
        ] {
            let read = Spec::parse(spec).unwrap();
            assert_eq!(read.zone_or(&paris).as_str(), zone, "{spec}");
            assert_eq!(read.depends_on_zone(), depends, "{spec}");
        }
    }

    #[test]
    fn delays_that_robfig_rounds_are_parsed_and_not_exact() {
        for delay in ["500ms", "0s", "0", "-1h", "1500ms", "1m2.5s"] {
            let spec = Spec::parse(&format!("@every {delay}")).unwrap();
            let said = spec.exact().unwrap_err().to_string();
            let start = format!(
                "delay {delay:?} is not a whole number of seconds, at least 1 (character 8"
            );
            assert!(said.starts_with(&start), "{said}");
        }
        let bad = Spec::parse("TZ=UTC @every 0.5s")
            .unwrap()
            .exact()
            .unwrap_err();
        assert_eq!(bad.position, 15);
        for exact in [
            "@every 1s",
            "@every 90m",
            "@every 1000ms",
            "@daily",
            "0 3 * * *",
        ] {
            assert!(Spec::parse(exact).unwrap().exact().is_ok(), "{exact}");
        }
    }

    #[test]
    fn a_spec_of_six_fields_has_seconds() {
        for (spec, six) in [
            ("0 3 * * * *", true),
            ("TZ=UTC 0 3 * * * *", true),
            ("TZ= 0 3 * * *", false),
            ("0 3 * * *", false),
            ("@every 1s", false),
        ] {
            assert_eq!(Spec::parse(spec).unwrap().has_seconds(), six, "{spec}");
        }
    }

    #[test]
    fn ticks_of_every_hang_on_the_anchor() {
        let spec = Spec::parse("@every 90s").unwrap();
        let anchor = instant("2024-01-01T00:00:00.7Z");
        let next = |after: &str| {
            let next = spec.next(instant(after), &Zone::utc(), anchor).unwrap();
            next.format("%H:%M:%S%.f").to_string()
        };
        assert_eq!(next("2023-12-31T12:00:00Z"), "00:01:30");
        assert_eq!(next("2024-01-01T00:00:00Z"), "00:01:30");
        assert_eq!(next("2024-01-01T00:01:29.999Z"), "00:01:30");
        assert_eq!(next("2024-01-01T00:01:30Z"), "00:03:00");
        assert_eq!(next("2024-01-01T00:01:30.5Z"), "00:03:00");
        assert_eq!(next("2024-03-07T10:00:01Z"), "10:01:30");
    }

    #[test]
    fn what_never_comes_is_found_out_soon_enough() {
        let after = instant("2024-03-01T00:00:00Z");
        for spec in [
            "0 0 30 2 *",
            "59 59 23 31 2,4,6,9,11 *",
            "* * * 30 2 *",
            ", * * * * *",
            "* * , * *",
            "TZ=Africa/Casablanca * * 30 2 *",
        ] {
            let spec = Spec::parse(spec).unwrap();
            for _ in 0..1_000 {
                assert_eq!(spec.next(after, &Zone::utc(), after), None, "{spec}");
            }
        }
    }

    #[test]
    fn the_ends_of_time_are_not_passed() {
        let paris: Zone = "Europe/Paris".parse().unwrap();
        for after in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
            for zone in [&Zone::utc(), &Zone::local(), &paris] {
                for spec in ["* * * * *", "0 0 30 2 *", "@every 2540400h"] {
                    let next = Spec::parse(spec).unwrap().next(after, zone, after);
                    assert!(next.is_none_or(|next| next > after), "{spec}");
                }
            }
        }
    }
}
