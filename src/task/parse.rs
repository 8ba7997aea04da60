//! What users type: durations, times and headers.

use std::time::Duration;

use chrono::{
    DateTime, FixedOffset, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone,
    Utc,
};

use super::options::{MAX_DAYS, SECONDS_A_DAY};
use super::time::{END, from_second};

/// Why a text cannot be read, with examples that can.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// Not a duration.
    #[error("not a duration; use for example 90s, 5m, 1.5h, 3d, 1w or 1h30m")]
    Duration,
    /// A duration that Go programs cannot hold.
    #[error("too long (at most {MAX_DAYS}d)")]
    TooLong,
    /// Not a time.
    #[error(
        "not a time; use for example 2026-12-01T09:00:00Z, \"2026-12-01 09:00\", 2026-12-01, \"tomorrow 09:00\", now+10m or a Unix time in seconds"
    )]
    Time,
    /// A time that cannot be written as RFC 3339.
    #[error("after the year 9999")]
    TooLate,
    /// A Unix time in milliseconds or a smaller unit.
    #[error("a Unix time is in seconds; did you mean {0}?")]
    NotSeconds(i64),
    /// A local time that clocks skip when summer time begins.
    #[error("this local time does not exist: clocks skip it when summer time begins")]
    SkippedTime,
    /// A local time, but the variable TZ names no time zone of this machine.
    #[error(
        "a local time, and the time zone in TZ is unknown on this machine; set TZ to one such as Europe/Berlin, or write an offset, as in 2026-12-01T09:00:00+01:00"
    )]
    Zone,
    /// Not a size in bytes.
    #[error("not a size; use for example 512MB or 1.5GB")]
    Size,
    /// Not `NAME=VALUE`.
    #[error("not of the form NAME=VALUE")]
    Header,
}

/// Reads `90s`, `5m`, `1.5h`, `3d`, `1w`, `500ms`, `1h30m`. Each number needs a unit. The sum is limited to what Go can hold.
pub fn duration(text: &str) -> Result<Duration, ParseError> {
    let mut rest = text.trim();
    let mut total = Duration::ZERO;
    if rest.is_empty() {
        return Err(ParseError::Duration);
    }
    while !rest.is_empty() {
        let (part, tail) = first_part(rest).ok_or(ParseError::Duration)?;
        total = total.checked_add(part).ok_or(ParseError::Duration)?;
        rest = tail;
    }
    limited(total)
}

/// A duration, unless a Go program could not hold it: it may be stored, and such programs would read another one.
pub(crate) fn limited(span: Duration) -> Result<Duration, ParseError> {
    let max = Duration::from_secs(MAX_DAYS.unsigned_abs() * SECONDS_A_DAY.unsigned_abs());
    if span > max {
        return Err(ParseError::TooLong);
    }
    Ok(span)
}

/// The number with its unit at the start of a text, and the rest.
fn first_part(text: &str) -> Option<(Duration, &str)> {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, tail) = text.split_at(digits);
    let letters = tail.find(|c: char| !c.is_ascii_alphabetic());
    let (unit, tail) = tail.split_at(letters.unwrap_or(tail.len()));
    let unit: u64 = match unit {
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        "d" => 86_400_000_000_000,
        "w" => 7 * 86_400_000_000_000,
        _ => return None,
    };
    let nanoseconds = fractional(number, unit)?;
    let seconds = u64::try_from(nanoseconds / 1_000_000_000).ok()?;
    let rest = u32::try_from(nanoseconds % 1_000_000_000).ok()?;
    Some((Duration::new(seconds, rest), tail))
}

/// Reads `64KB`, `512MB`, `1.5GB`, in units of 1024. The unit is required.
#[cfg(feature = "cli")]
pub(crate) fn size(text: &str) -> Result<u64, ParseError> {
    let units = [
        ("KB", 1 << 10),
        ("MB", 1 << 20),
        ("GB", 1 << 30),
        ("TB", 1 << 40),
    ];
    let read = units.iter().find_map(|&(name, unit)| {
        let number = text.trim().strip_suffix(name)?.trim();
        fractional(number, unit)
    });
    let bytes = read.and_then(|bytes| u64::try_from(bytes).ok());
    bytes.ok_or(ParseError::Size)
}

/// So many units, rounded down: `1.5` of 1024 are 1536.
fn fractional(number: &str, unit: u64) -> Option<u128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |text: &str| {
        let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| text.parse::<u128>().ok()).flatten()
    };
    let tenths = 10_u128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let part = digits(fraction)?.checked_mul(unit.into())? / tenths;
    digits(whole)?.checked_mul(unit.into())?.checked_add(part)
}

/// A duration in the notation that [`duration`] reads, such as `1h30m`; nothing is rounded.
pub(crate) fn duration_text(span: Duration) -> String {
    let units = [
        ("d", 86_400_000_000_000),
        ("h", 3_600_000_000_000),
        ("m", 60_000_000_000),
        ("s", 1_000_000_000),
    ];
    let mut rest = span.as_nanos();
    let mut text = String::new();
    for (unit, size) in units {
        if rest >= size {
            text += &(rest / size).to_string();
            text += unit;
            rest %= size;
        }
    }
    let (whole, fraction) = (rest / 1_000_000, rest % 1_000_000);
    if fraction > 0 {
        let fraction = format!("{fraction:06}");
        text += &[
            &whole.to_string(),
            ".",
            fraction.trim_end_matches('0'),
            "ms",
        ]
        .concat();
    } else if whole > 0 {
        text += &(whole.to_string() + "ms");
    }
    if text.is_empty() {
        "0s".to_owned()
    } else {
        text
    }
}

/// Reads RFC 3339, `2026-12-01 09:00[:00]` with or without a UTC offset, `2026-12-01`, `today 18:00`, `tomorrow`,
/// `tomorrow 09:00`, `now`, `now+10m`, `now-10m`, and Unix times in seconds. Times without an offset are in `zone`; a
/// date alone is midnight. The year is 9999 at most.
pub fn time<Tz: TimeZone>(
    text: &str,
    now: DateTime<Utc>,
    zone: &Tz,
) -> Result<DateTime<Utc>, ParseError> {
    let at = time_of_any_year(text.trim(), now, zone)?;
    if at >= END {
        return Err(ParseError::TooLate);
    }
    Ok(at)
}

fn time_of_any_year<Tz: TimeZone>(
    text: &str,
    now: DateTime<Utc>,
    zone: &Tz,
) -> Result<DateTime<Utc>, ParseError> {
    if let Ok(exact) = DateTime::parse_from_rfc3339(text) {
        return Ok(exact.to_utc());
    }
    if let Some(distance) = text.strip_prefix("now") {
        return from_now(distance, now);
    }
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return unix(text);
    }
    let (day, clock) = text.split_once([' ', 'T']).unwrap_or((text, ""));
    let today = now.with_timezone(zone).date_naive();
    let date = match day {
        "today" if !clock.is_empty() => Some(today),
        "tomorrow" => today.succ_opt(),
        date => NaiveDate::parse_from_str(date, "%Y-%m-%d").ok(),
    };
    let date = date.ok_or(ParseError::Time)?;
    let (clock, offset) = clock.split_at(clock.find(['Z', '+', '-']).unwrap_or(clock.len()));
    let clock = clock.trim();
    let time = NaiveTime::parse_from_str(clock, "%H:%M:%S")
        .or_else(|_| NaiveTime::parse_from_str(clock, "%H:%M"));
    let local = match time {
        Ok(time) => date.and_time(time),
        Err(_) if clock.is_empty() && offset.is_empty() => date.and_time(NaiveTime::MIN),
        Err(_) => return Err(ParseError::Time),
    };
    if offset.is_empty() {
        return first_moment(local, zone);
    }
    let offset = match offset {
        "Z" => FixedOffset::east_opt(0),
        offset => offset.parse().ok(),
    };
    first_moment(local, &offset.ok_or(ParseError::Time)?)
}

/// The time that `now` and this distance mean: nothing, or `+` or `-` and a duration.
fn from_now(distance: &str, now: DateTime<Utc>) -> Result<DateTime<Utc>, ParseError> {
    let span = |text| match duration(text) {
        Err(ParseError::Duration) => Err(ParseError::Time),
        read => TimeDelta::from_std(read?).map_err(|_| ParseError::TooLong),
    };
    let at = match (distance.strip_prefix('+'), distance.strip_prefix('-')) {
        _ if distance.is_empty() => Some(now),
        (Some(after), _) => now.checked_add_signed(span(after)?),
        (_, Some(before)) => now.checked_sub_signed(span(before)?),
        (None, None) => None,
    };
    at.ok_or(ParseError::Time)
}

fn unix(digits: &str) -> Result<DateTime<Utc>, ParseError> {
    let number: i64 = digits.parse().map_err(|_| ParseError::Time)?;
    if let Some(at) = from_second(number) {
        return Ok(at);
    }
    let smaller_units = [1_000, 1_000_000, 1_000_000_000];
    let mut seconds = smaller_units.iter().map(|unit| number / unit);
    let meant = seconds.find(|&second| from_second(second).is_some());
    Err(meant.map_or(ParseError::Time, ParseError::NotSeconds))
}

/// The instant of a local time; the first one if it occurs twice, so that nothing starts later than asked for.
fn first_moment<Tz: TimeZone>(
    local: NaiveDateTime,
    zone: &Tz,
) -> Result<DateTime<Utc>, ParseError> {
    match zone.from_local_datetime(&local) {
        LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => Ok(at.to_utc()),
        LocalResult::None => Err(ParseError::SkippedTime),
    }
}

/// Reads `NAME=VALUE`; the value may be empty and may contain `=`.
pub fn header(text: &str) -> Result<(String, String), ParseError> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.to_owned(), value.to_owned())),
        Some(_) | None => Err(ParseError::Header),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(feature = "cli")]
    fn sizes() {
        for (text, bytes) in [
            ("64KB", 64 << 10),
            ("1.5 GB", 3 << 29),
            ("0MB", 0),
            (" 2TB ", 2 << 40),
        ] {
            assert_eq!(size(text), Ok(bytes), "{text:?}");
        }
        for text in [
            "",
            "5",
            "GB",
            "-1MB",
            "1,5GB",
            "1.MB",
            ".5MB",
            "99999999999999TB",
            "1mb",
        ] {
            assert_eq!(size(text), Err(ParseError::Size), "{text:?}");
        }
    }

    #[test]
    fn durations() {
        let seconds = |text| duration(text).map(|d| d.as_secs());
        assert_eq!(seconds("90s"), Ok(90));
        assert_eq!(seconds("1h30m"), Ok(5_400));
        assert_eq!(seconds("3d"), Ok(259_200));
        assert_eq!(seconds("2w"), Ok(1_209_600));
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        for text in [
            "0s",
            "1h30m",
            "1d1ms",
            "8d",
            "1.5ms",
            "0.000001ms",
            "59s999.999999ms",
        ] {
            assert_eq!(duration_text(duration(text).unwrap()), text);
        }
        assert_eq!(seconds("1.5h"), Ok(5_400));
        assert_eq!(seconds("0.5d12h"), Ok(86_400));
        assert_eq!(duration("0.25s"), Ok(Duration::from_millis(250)));
        for bad in [
            "",
            "5",
            "s",
            "-5s",
            "1.h",
            ".5h",
            "1.2.3h",
            "1.5",
            "5 m",
            "5x",
            "99999999999999999999s",
            "9999999999999999999w",
            "0.99999999999999999999999999999999999999w",
        ] {
            assert_eq!(duration(bad), Err(ParseError::Duration), "{bad:?}");
        }
    }

    #[test]
    fn what_a_program_could_not_hold_is_refused() {
        assert!(duration("106751d").is_ok());
        for long in ["106751d1ms", "106752d", "200000d", "9999999999w"] {
            assert_eq!(duration(long), Err(ParseError::TooLong), "{long}");
        }
        let now = "2026-11-26T12:00:00Z".parse().unwrap();
        let read = |text| time(text, now, &Utc);
        assert!(read("9999-12-31 23:59:59").is_ok());
        assert_eq!(read("+10000-01-01"), Err(ParseError::TooLate));
        let late = "9999-12-31T23:00:00-05:00";
        assert_eq!(read(late), Err(ParseError::TooLate));
        assert_eq!(read("now+200000d"), Err(ParseError::TooLong));
    }

    #[test]
    fn times() {
        let now = DateTime::parse_from_rfc3339("2026-11-30T23:30:00Z")
            .unwrap()
            .to_utc();
        let paris = FixedOffset::east_opt(3600).unwrap();
        let read = |text| time(text, now, &paris).map(|at| at.to_rfc3339());
        let ok = |text: &str| Ok(text.to_owned());
        assert_eq!(
            read("2026-12-01T09:00:00+02:00"),
            ok("2026-12-01T07:00:00+00:00")
        );
        assert_eq!(read("2026-12-01 09:00"), ok("2026-12-01T08:00:00+00:00"));
        assert_eq!(read("2026-12-01T09:00:30"), ok("2026-12-01T08:00:30+00:00"));
        assert_eq!(read("now+10m"), ok("2026-11-30T23:40:00+00:00"));
        // In this zone it is already December.
        assert_eq!(read("today 09:00"), ok("2026-12-01T08:00:00+00:00"));
        assert_eq!(read("tomorrow 09:00"), ok("2026-12-02T08:00:00+00:00"));
        assert_eq!(read("tomorrow"), ok("2026-12-01T23:00:00+00:00"));
        assert_eq!(read("2026-12-24"), ok("2026-12-23T23:00:00+00:00"));
        assert_eq!(read("now"), ok("2026-11-30T23:30:00+00:00"));
        assert_eq!(read("now-90m"), ok("2026-11-30T22:00:00+00:00"));
        for east in [
            "2026-12-01T09:00:00+0900",
            "2026-12-01 09:00 +0900",
            "2026-12-01 09:00:00+09:00",
            "2026-12-01T00:00Z",
            "2026-12-01 00:00 Z",
            "1796083200",
        ] {
            assert_eq!(read(east), ok("2026-12-01T00:00:00+00:00"), "{east:?}");
        }
        for finer in ["1796083200000", "1796083200999000", "1796083200000000001"] {
            assert_eq!(read(finer), Err(ParseError::NotSeconds(1_796_083_200)));
        }
        for bad in [
            "",
            "soon",
            "nowadays",
            "now+5",
            "now 5m",
            "2026-13-01 09:00",
            "2026-12-01 +0900",
            "2026-12-01 09:00+9",
            "2026-12-01 09:00 Paris",
            "today",
            "tomorrow 25:00",
            "5",
            "2026",
            "20261201",
        ] {
            assert_eq!(read(bad), Err(ParseError::Time), "{bad:?}");
        }
    }

    #[test]
    fn now_is_followed_by_a_distance_or_by_nothing() {
        for bad in ["now\u{e9}", "now\u{20ac}5m", "now5m", "now+"] {
            assert_eq!(
                time(bad, DateTime::UNIX_EPOCH, &Utc),
                Err(ParseError::Time),
                "{bad:?}"
            );
        }
    }

    #[test]
    fn headers() {
        assert_eq!(header("a=b=c"), Ok(("a".into(), "b=c".into())));
        assert_eq!(header("a="), Ok(("a".into(), String::new())));
        assert_eq!(header("a"), Err(ParseError::Header));
        assert_eq!(header("=b"), Err(ParseError::Header));
    }
}
