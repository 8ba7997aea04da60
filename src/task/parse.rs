//! What users type: durations, times and headers.

use std::time::Duration;

use chrono::{DateTime, Days, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc};

/// A text that cannot be understood; says what would be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// Not a duration.
    #[error("not a duration, use one such as 90s, 5m, 2h, 3d or 1h30m")]
    Duration,
    /// Not a time.
    #[error(
        "not a time, use one such as 2026-12-01T09:00:00Z, \"2026-12-01 09:00\", now+10m or \"tomorrow 09:00\""
    )]
    Time,
    /// A local time that clocks skip when summer time begins.
    #[error("this local time does not exist: the clocks are put forward over it")]
    SkippedTime,
    /// Not `NAME=VALUE`.
    #[error("not of the form NAME=VALUE")]
    Header,
}

/// Reads `90s`, `5m`, `2h`, `3d`, `1h30m`, `500ms`. A unit is always needed.
pub fn duration(text: &str) -> Result<Duration, ParseError> {
    let mut rest = text.trim();
    let mut total = Duration::ZERO;
    if rest.is_empty() {
        return Err(ParseError::Duration);
    }
    while !rest.is_empty() {
        let digits = rest
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len());
        let (number, tail) = rest.split_at(digits);
        let letters = tail
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(letters);
        let number: u64 = number.parse().map_err(|_| ParseError::Duration)?;
        let milliseconds = match unit {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            "w" => 7 * 86_400_000,
            _ => return Err(ParseError::Duration),
        };
        let part = number
            .checked_mul(milliseconds)
            .ok_or(ParseError::Duration)?;
        total = total
            .checked_add(Duration::from_millis(part))
            .ok_or(ParseError::Duration)?;
        rest = tail;
    }
    Ok(total)
}

/// Reads RFC 3339, `2026-12-01 09:00[:00]` in `zone`, `now`, `now+10m`, `today 09:00`, `tomorrow 09:00`.
pub fn time<Tz: TimeZone>(
    text: &str,
    now: DateTime<Utc>,
    zone: &Tz,
) -> Result<DateTime<Utc>, ParseError> {
    let text = text.trim();
    if let Ok(exact) = DateTime::parse_from_rfc3339(text) {
        return Ok(exact.to_utc());
    }
    if text == "now" {
        return Ok(now);
    }
    if let Some(delay) = text.strip_prefix("now+") {
        let delay = duration(delay).map_err(|_| ParseError::Time)?;
        let delay = chrono::TimeDelta::from_std(delay).map_err(|_| ParseError::Time)?;
        return now.checked_add_signed(delay).ok_or(ParseError::Time);
    }
    let local = |date: NaiveDate, clock: &str| -> Result<NaiveDateTime, ParseError> {
        NaiveTime::parse_from_str(clock, "%H:%M:%S")
            .or_else(|_| NaiveTime::parse_from_str(clock, "%H:%M"))
            .map(|clock| date.and_time(clock))
            .map_err(|_| ParseError::Time)
    };
    let (day, clock) = text.split_once([' ', 'T']).ok_or(ParseError::Time)?;
    let today = now.with_timezone(zone).date_naive();
    let date = match day {
        "today" => today,
        "tomorrow" => today
            .checked_add_days(Days::new(1))
            .ok_or(ParseError::Time)?,
        date => NaiveDate::parse_from_str(date, "%Y-%m-%d").map_err(|_| ParseError::Time)?,
    };
    match zone.from_local_datetime(&local(date, clock.trim())?) {
        // A repeated hour: the first of the two, so that nothing starts later than asked.
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
    use chrono::FixedOffset;

    use super::*;

    #[test]
    fn durations() {
        let seconds = |text| duration(text).map(|d| d.as_secs());
        assert_eq!(seconds("90s"), Ok(90));
        assert_eq!(seconds("1h30m"), Ok(5_400));
        assert_eq!(seconds("3d"), Ok(259_200));
        assert_eq!(seconds("2w"), Ok(1_209_600));
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        for bad in [
            "",
            "5",
            "s",
            "-5s",
            "1.5h",
            "5 m",
            "5x",
            "99999999999999999999s",
            "9999999999999999999w",
        ] {
            assert_eq!(duration(bad), Err(ParseError::Duration), "{bad:?}");
        }
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
        for bad in [
            "",
            "soon",
            "now-5m",
            "now+5",
            "2026-13-01 09:00",
            "tomorrow",
            "tomorrow 25:00",
        ] {
            assert_eq!(read(bad), Err(ParseError::Time), "{bad:?}");
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
