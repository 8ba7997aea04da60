//! Time zones: UTC, the machine's own, or one of the IANA database that is built into the program.

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use chrono::{DateTime, FixedOffset, Utc};
use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};

use crate::nearest::nearest;

/// Not the database of the machine: the same program must find the same ticks everywhere.
static DATABASE: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// A time zone. Written as its IANA name, `UTC` or `Local`; case matters, as it does to Go on Linux.
///
/// ```
/// use qctl::schedule::spec::Zone;
///
/// let zone: Zone = "Europe/Paris".parse()?;
/// assert_eq!(zone.to_string(), "Europe/Paris");
/// # Ok::<(), qctl::schedule::spec::UnknownZone>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Zone(Kind);

#[derive(Debug, Clone, PartialEq, Eq, Default)]
enum Kind {
    #[default]
    Utc,
    Local,
    Named(String, TimeZone),
}

/// A name that is not in the IANA database.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown time zone {given:?}{}", .nearest.as_ref().map(|name| format!(", did you mean {name}?")).unwrap_or_default())]
pub struct UnknownZone {
    /// The given name, cut to 64 characters.
    pub given: String,
    /// The most similar known name, if one is similar.
    pub nearest: Option<String>,
}

/// The offsets of a zone; without rules, UTC.
pub(super) struct Clocks(Option<TimeZone>);

/// A span between two clock changes.
pub(super) struct Stretch {
    /// Seconds ahead of UTC.
    pub(super) offset: i64,
    /// The Unix second at which it ends.
    pub(super) until: Option<i64>,
}

impl Zone {
    /// UTC: no hour is skipped or repeated.
    pub const fn utc() -> Self {
        Self(Kind::Utc)
    }

    /// The zone of the machine at the time of use.
    pub const fn local() -> Self {
        Self(Kind::Local)
    }

    /// The name, as in a spec.
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Kind::Utc => "UTC",
            Kind::Local => "Local",
            Kind::Named(name, _) => name,
        }
    }

    /// The local time at an instant; UTC outside of the years -9999 to 9999.
    pub fn at(&self, instant: DateTime<Utc>) -> DateTime<FixedOffset> {
        let ahead = self.clocks().ahead(instant.timestamp()).unwrap_or(0);
        match FixedOffset::east_opt(ahead) {
            Some(offset) => instant.with_timezone(&offset),
            None => instant.fixed_offset(),
        }
    }

    pub(super) fn clocks(&self) -> Clocks {
        Clocks(match &self.0 {
            Kind::Utc => None,
            Kind::Local => Some(TimeZone::system()),
            Kind::Named(_, rules) => Some(rules.clone()),
        })
    }
}

impl Clocks {
    /// The span that contains a Unix second; `None` outside of the years -9999 to 9999.
    pub(super) fn stretch(&self, second: i64) -> Option<Stretch> {
        let until = self.0.as_ref().and_then(|rules| {
            rules
                .following(Timestamp::from_second(second).ok()?)
                .map(|change| change.timestamp().as_second())
                .find(|change| *change > second)
        });
        Some(Stretch {
            offset: self.ahead(second)?.into(),
            until,
        })
    }

    fn ahead(&self, second: i64) -> Option<i32> {
        let Some(rules) = &self.0 else {
            return Some(0);
        };
        let at = Timestamp::from_second(second).ok()?;
        Some(rules.to_offset(at).seconds())
    }
}

impl FromStr for Zone {
    type Err = UnknownZone;

    fn from_str(name: &str) -> Result<Self, UnknownZone> {
        match name {
            "UTC" => return Ok(Self::utc()),
            "Local" => return Ok(Self::local()),
            _ => {}
        }
        // The database ignores the case of names; Go on Linux does not.
        match DATABASE.get(name) {
            Ok(rules) if rules.iana_name() == Some(name) && !rules.is_unknown() => {
                Ok(Self(Kind::Named(name.to_owned(), rules)))
            }
            Ok(_) | Err(_) => Err(unknown(name)),
        }
    }
}

/// Longer than any name; bounds the search for the most similar one.
const MAX_NAME_CHARS: usize = 64;

fn unknown(name: &str) -> UnknownZone {
    let given: String = name.chars().take(MAX_NAME_CHARS).collect();
    let known = DATABASE.available().map(|known| known.as_str().to_owned());
    let mut known: Vec<String> = known
        .chain(["UTC".to_owned(), "Local".to_owned()])
        .collect();
    known.sort();
    let whole = nearest(&given, known.iter().map(String::as_str)).map(str::to_owned);
    // People often write the city alone.
    let city = |zone: &String| zone.rsplit('/').next().unwrap_or_default().to_owned();
    let cities: Vec<String> = known.iter().map(city).collect();
    let by_city = || {
        let meant = nearest(&given, cities.iter().map(String::as_str))?;
        let at = cities.iter().position(|city| city == meant)?;
        Some(known.swap_remove(at))
    };
    UnknownZone {
        nearest: whole.or_else(by_city),
        given,
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kept_and_known_without_the_machine() {
        for name in [
            "UTC",
            "Local",
            "Europe/Paris",
            "Australia/Lord_Howe",
            "US/Eastern",
            "Etc/GMT+5",
        ] {
            let zone: Zone = name.parse().unwrap();
            assert_eq!(zone.to_string(), name);
            assert_eq!(zone, name.parse().unwrap());
        }
        assert_eq!(Zone::default(), Zone::utc());
        assert_ne!(Zone::local(), Zone::utc());
    }

    #[test]
    fn unknown_names_lead_to_the_nearest() {
        let told = |name: &str| name.parse::<Zone>().unwrap_err().to_string();
        assert_eq!(
            told("Europe/Pariss"),
            "unknown time zone \"Europe/Pariss\", did you mean Europe/Paris?"
        );
        assert_eq!(
            told("europe/paris"),
            "unknown time zone \"europe/paris\", did you mean Europe/Paris?"
        );
        assert_eq!(
            told("berlin"),
            "unknown time zone \"berlin\", did you mean Europe/Berlin?"
        );
        assert_eq!(told("utc"), "unknown time zone \"utc\", did you mean UTC?");
        assert_eq!(
            told("x\u{1b}[31mqqqqqqq"),
            "unknown time zone \"x\\u{1b}[31mqqqqqqq\""
        );
        assert!(told("Etc/Unknown").contains("unknown time zone"));
        assert!(told(&"a/../".repeat(100_000)).len() < 100);
    }

    #[test]
    fn clocks_show_what_holds_at_the_instant() {
        let paris: Zone = "Europe/Paris".parse().unwrap();
        let at = |zone: &Zone, second| {
            zone.at(DateTime::from_timestamp(second, 0).unwrap())
                .to_rfc3339()
        };
        assert_eq!(at(&paris, 1_704_067_200), "2024-01-01T01:00:00+01:00");
        assert_eq!(at(&paris, 1_719_792_000), "2024-07-01T02:00:00+02:00");
        // Rules go on where the table of changes ends.
        assert_eq!(at(&paris, 4_118_083_200), "2100-07-01T02:00:00+02:00");
        assert_eq!(at(&Zone::utc(), 0), "1970-01-01T00:00:00+00:00");
        assert_eq!(
            paris
                .at(DateTime::<Utc>::MAX_UTC)
                .offset()
                .local_minus_utc(),
            0
        );
    }
}
