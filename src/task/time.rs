//! Times read from Redis, and whether they are plausible.
//!
//! Units are a convention: seconds in messages and scores, nanoseconds in `pending_since`. Some ports of Asynq write other
//! units, so an implausible time is treated as unknown: never shown, never compared.

use chrono::{DateTime, TimeDelta, Utc};

/// 2010-01-01: Asynq is younger, and seconds read as nanoseconds are in 1970.
const EARLIEST: DateTime<Utc> = DateTime::from_timestamp(1_262_304_000, 0).expect("in range");

/// 10000-01-01: RFC 3339 has no later years, and milliseconds read as seconds are later.
pub(crate) const END: DateTime<Utc> =
    DateTime::from_timestamp(253_402_300_800, 0).expect("in range");

/// How far the clocks of two machines may differ.
const CLOCK_DISTANCE: TimeDelta = TimeDelta::days(1);

/// The time, if it is in the years 2010 to 9999.
pub fn plausible(at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    (EARLIEST <= at && at < END).then_some(at)
}

/// The time of a past event: plausible, and at most a day ahead of `now`.
pub fn plausible_past(at: DateTime<Utc>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    plausible(at).filter(|&at| at <= now + CLOCK_DISTANCE)
}

/// The time of a Unix second, if it is plausible. 0 means "not set" in a message.
pub fn from_second(second: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(second, 0).and_then(plausible)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_times_of_use_are_plausible() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        for fine in [
            "2010-01-01T00:00:00Z",
            "2026-11-26T12:00:00Z",
            "9999-12-31T23:59:59.999Z",
        ] {
            assert_eq!(plausible(at(fine)), Some(at(fine)));
        }
        for wrong in [
            "1970-01-01T00:00:01.7Z",
            "2009-12-31T23:59:59Z",
            "+10000-01-01T00:00:00Z",
        ] {
            assert_eq!(plausible(at(wrong)), None, "{wrong}");
        }
        let now = at("2026-11-26T12:00:00Z");
        assert!(plausible_past(at("2026-11-27T12:00:00Z"), now).is_some());
        assert_eq!(plausible_past(at("2026-11-27T12:00:01Z"), now), None);
        assert_eq!(plausible_past(at("1999-01-01T00:00:00Z"), now), None);
    }

    #[test]
    fn seconds_in_another_unit_are_no_time() {
        let second = 1_795_000_000;
        assert_eq!(from_second(second).unwrap().timestamp(), second);
        for wrong in [
            0,
            -1,
            second * 1_000,
            second * 1_000_000,
            i64::MAX,
            i64::MIN,
        ] {
            assert_eq!(from_second(wrong), None, "{wrong}");
        }
        for nanoseconds in [second, second * 1_000, second * 1_000_000] {
            assert_eq!(plausible(DateTime::from_timestamp_nanos(nanoseconds)), None);
        }
    }
}
