//! Times as people write them, in the time zone of this machine.

use std::path::Path;

use chrono::{DateTime, FixedOffset, Local, Utc};

use super::parse::{ParseError, time};

/// Where systems keep their time zones.
const ZONES: [&str; 4] = [
    "/usr/share/zoneinfo",
    "/share/zoneinfo",
    "/etc/zoneinfo",
    "/usr/share/lib/zoneinfo",
];

/// Reads what [`time`] reads, in the zone of this machine, or the one in the variable TZ.
///
/// # Errors
/// Those of [`time`]; and [`ParseError::Zone`] if the time depends on a TZ that is unknown here: it would be taken as UTC
/// without a word.
#[expect(
    clippy::disallowed_methods,
    reason = "TZ is no setting of qctl: chrono reads it too"
)]
pub(crate) fn local_time(text: &str, now: DateTime<Utc>) -> Result<DateTime<Utc>, ParseError> {
    let read = time(text, now, &Local)?;
    let is_known = std::env::var("TZ").map_or(true, |zone| is_known(&zone));
    if is_known || !depends_on_zone(text, now) {
        Ok(read)
    } else {
        Err(ParseError::Zone)
    }
}

/// The offset of this machine's zone at a time whose text depends on the zone.
#[cfg(feature = "cli")]
pub(crate) fn local_offset(
    text: &str,
    now: DateTime<Utc>,
    at: DateTime<Utc>,
) -> Option<FixedOffset> {
    depends_on_zone(text, now).then(|| *at.with_timezone(&Local).offset())
}

fn depends_on_zone(text: &str, now: DateTime<Utc>) -> bool {
    let elsewhere = FixedOffset::east_opt(3600).map(|zone| time(text, now, &zone));
    elsewhere != Some(time(text, now, &Utc))
}

/// Whether it is a file of the system, or a rule such as `CET-1CEST`.
fn is_known(zone: &str) -> bool {
    let zone = zone.strip_prefix(':').unwrap_or(zone);
    let is_rule = zone.bytes().any(|byte| byte.is_ascii_digit()) && !zone.contains('/');
    let is_file = || {
        let mut folders = ZONES.iter();
        folders.any(|folder| Path::new(folder).join(zone).is_file())
    };
    zone.is_empty() || is_rule || is_file()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_is_a_file_a_rule_or_unknown() {
        for zone in ["", ":", "CET-1CEST", "UTC0", "<+03>-3"] {
            assert!(is_known(zone), "{zone}");
        }
        for zone in ["Europe/Berln", "Nowhere", "Etc/GMT+99"] {
            assert!(!is_known(zone), "{zone}");
        }
    }

    #[test]
    fn some_times_do_not_depend_on_the_zone() {
        let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        for (text, depends) in [
            ("2026-12-01T09:00:00Z", false),
            ("2026-12-01 09:00 +01:00", false),
            ("now+10m", false),
            ("1700000000", false),
            ("2026-12-01", true),
            ("tomorrow 09:00", true),
        ] {
            assert_eq!(depends_on_zone(text, now), depends, "{text}");
        }
    }
}
