//! How many attempts of a queue usually fail.

use chrono::{NaiveDate, TimeDelta};

use crate::document::overview::{Baseline, DayCount};
use crate::document::queue::rate;

/// Days that are read: a week, and another to see whether the queue was in use before it.
pub(in crate::inspector) const DAYS: u32 = 14;

/// Days of which the mean is taken.
const WEEK: TimeDelta = TimeDelta::days(7);

/// The share of attempts that failed on the seven days before today, all of them together.
pub(in crate::inspector) fn baseline(days: &[DayCount], today: NaiveDate) -> Baseline {
    let used = |day: &&DayCount| day.processed.is_some_and(|processed| processed > 0);
    let Some(first) = days.iter().filter(used).map(|day| day.date).min() else {
        let read = days.iter().any(|day| day.processed.is_some());
        return if read {
            Baseline::LearningUntil(today + WEEK)
        } else {
            Baseline::Unknown
        };
    };
    if first + WEEK > today {
        return Baseline::LearningUntil(first + WEEK);
    }
    // A day of which one counter cannot be read says nothing.
    let week = days
        .iter()
        .filter(|day| day.date < today && day.date >= today - WEEK);
    let counts = week.filter_map(|day| Some((day.failed?, day.processed?)));
    let (failed, processed) = counts.fold((0_u64, 0_u64), |sum, (failed, processed)| {
        (
            sum.0.saturating_add(failed),
            sum.1.saturating_add(processed),
        )
    });
    rate(Some(failed), Some(processed)).map_or(Baseline::Unknown, Baseline::Usual)
}
