//! Finds the next tick: the first second at which a clock shows a time that the fields contain.
//!
//! This settles daylight saving time: a time that a clock skips is never due, and one that it shows twice is
//! due twice. The search runs separately in each span between two clock changes. robfig's
//! `SpecSchedule.Next` steps through the changes instead, and sometimes misses a tick; see
//! [`super::referee`].

use chrono::{DateTime, Datelike as _, Months, NaiveDate, NaiveDateTime, Timelike as _, Utc};

use super::rule::Fields;
use super::zone::Zone;

/// As in robfig/cron: the last year to search is the fifth after the current one.
const YEARS: i32 = 5;

pub(super) fn next(fields: &Fields, after: DateTime<Utc>, zone: &Zone) -> Option<DateTime<Utc>> {
    if fields.never() {
        return None;
    }
    let clocks = zone.clocks();
    let mut second = after.timestamp().checked_add(1)?;
    let mut last_year = None;
    loop {
        let stretch = clocks.stretch(second)?;
        let shown = |second: i64| {
            let shown = DateTime::from_timestamp(second.checked_add(stretch.offset)?, 0)?;
            Some(shown.naive_utc())
        };
        let from = shown(second)?;
        let last_year = *last_year.get_or_insert(from.year() + YEARS);
        if from.year() > last_year {
            return None;
        }
        let until = stretch.until.and_then(shown);
        if let Some(found) = fields.first_between(from, until, last_year) {
            let instant = found.and_utc().timestamp() - stretch.offset;
            return DateTime::from_timestamp(instant, 0);
        }
        second = stretch.until?;
    }
}

impl Fields {
    /// Whether a required field has no values.
    pub(super) fn never(&self) -> bool {
        [self.second, self.minute, self.hour, self.month]
            .iter()
            .any(|field| field.is_empty())
    }

    /// The first match at or after `from` and before `until`.
    fn first_between(
        &self,
        from: NaiveDateTime,
        until: Option<NaiveDateTime>,
        last_year: i32,
    ) -> Option<NaiveDateTime> {
        let mut date = from.date();
        let mut earliest = (from.hour(), from.minute(), from.second());
        let is_open = |date: NaiveDate| until.is_none_or(|until| date <= until.date());
        while date.year() <= last_year && is_open(date) {
            if !self.month.contains(date.month()) {
                date = date.with_day(1)?.checked_add_months(Months::new(1))?;
                earliest = (0, 0, 0);
                continue;
            }
            if self.includes(date)
                && let Some((hour, minute, second)) = self.first_clock(earliest)
            {
                let found = date.and_hms_opt(hour, minute, second)?;
                return Some(found).filter(|found| until.is_none_or(|until| *found < until));
            }
            date = date.succ_opt()?;
            earliest = (0, 0, 0);
        }
        None
    }

    /// How the two day fields combine: with a star in one of them, both must match; without, either.
    fn includes(&self, date: NaiveDate) -> bool {
        let day = self.day.contains(date.day());
        let weekday = self.weekday.contains(date.weekday().num_days_from_sunday());
        if self.day.starred || self.weekday.starred {
            day && weekday
        } else {
            day || weekday
        }
    }

    /// The first matching hour, minute and second of a day, at or after `earliest`.
    fn first_clock(&self, earliest: (u32, u32, u32)) -> Option<(u32, u32, u32)> {
        for hour in self.hour.values(earliest.0) {
            let least = if hour == earliest.0 { earliest.1 } else { 0 };
            for minute in self.minute.values(least) {
                let is_first = (hour, minute) == (earliest.0, earliest.1);
                let least = if is_first { earliest.2 } else { 0 };
                if let Some(second) = self.second.values(least).next() {
                    return Some((hour, minute, second));
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::spec::Spec;

    /// Three ticks as the clocks of the zone show them.
    fn shown(spec: &str, zone: &str, after: &str) -> Vec<String> {
        let (spec, zone) = (Spec::parse(spec).unwrap(), zone.parse::<Zone>().unwrap());
        let start: DateTime<Utc> = after.parse().unwrap();
        let ticks = std::iter::successors(Some(start), |at| spec.next(*at, &zone, start));
        let shown = ticks.skip(1).take(3).map(|at| zone.at(at));
        shown
            .map(|at| at.format("%d %H:%M %:z").to_string())
            .collect()
    }

    #[test]
    fn a_skipped_time_is_not_due_that_day() {
        assert_eq!(
            shown("30 2 * * *", "Europe/Paris", "2024-03-29T12:00:00Z"),
            ["30 02:30 +01:00", "01 02:30 +02:00", "02 02:30 +02:00"]
        );
    }

    #[test]
    fn a_repeated_time_is_due_twice() {
        assert_eq!(
            shown("30 2 * * *", "Europe/Paris", "2024-10-26T12:00:00Z"),
            ["27 02:30 +02:00", "27 02:30 +01:00", "28 02:30 +01:00"]
        );
    }

    /// The library takes the tick at 01:00 of the day without a midnight for one of the day before.
    #[test]
    fn a_day_without_a_midnight_is_a_day_of_its_own() {
        assert_eq!(
            shown("0 1 * * sat", "America/Sao_Paulo", "2018-11-02T12:00:00Z"),
            ["03 01:00 -03:00", "10 01:00 -02:00", "17 01:00 -02:00"]
        );
        assert_eq!(
            shown("0 5 * * sun", "America/Sao_Paulo", "2018-11-03T12:00:00Z"),
            ["04 05:00 -02:00", "11 05:00 -02:00", "18 05:00 -02:00"]
        );
    }

    /// The library leaves out 03:00 on both days: it looks for minute 0 of hours that begin at minute 30.
    #[test]
    fn a_change_by_half_an_hour_loses_nothing_else() {
        assert_eq!(
            shown("0 3 * * *", "Australia/Lord_Howe", "2023-09-30T03:00:00Z"),
            ["01 03:00 +11:00", "02 03:00 +11:00", "03 03:00 +11:00"]
        );
        assert_eq!(
            shown("45 1 * * *", "Australia/Lord_Howe", "2024-04-06T03:00:00Z"),
            ["07 01:45 +11:00", "07 01:45 +10:30", "08 01:45 +10:30"]
        );
    }
}
