//! The row of a queue.

use chrono::{DateTime, TimeDelta, Utc};
use maud::{Markup, html};

use crate::document::overview::{DayCount, MinuteCount, QueueRow};
use crate::document::queue::QueueDocument;
use crate::task::State;
use crate::view::text::{ago, percent};
use crate::web::links;
use crate::web::parts::bar::bar;
use crate::web::parts::chart::{Point, spark};
use crate::web::parts::number::{count, none, unknown};
use crate::web::parts::text::short;
use crate::web::parts::time::span;
use crate::web::state::Shared;

/// Figures that are older are marked: the sampler has not had the time to read them, or could not.
const OLD: TimeDelta = TimeDelta::seconds(60);

/// Minutes of the last hour in one bar of its chart.
const MINUTES_PER_BAR: i64 = 3;

/// The id of a row.
pub(super) fn id(row: &QueueRow) -> String {
    format!("queue:{}", row.name.as_str())
}

/// A queue as a row.
pub(super) fn row(shared: &Shared, row: &QueueRow, now: DateTime<Utc>) -> Markup {
    let name = row.name.as_str();
    let queue = &row.figures;
    html! {
        tr role="row" id=(id(row)) data-name=(name) data-within="queues-rows" {
            td role="cell" .queue-name.clip title=(name) {
                a href=(links::queue(shared, name)) { (short(name, 80)) }
                @if queue.paused { " " span .tag.warning { "paused" } }
                (age(row, now))
            }
            td role="cell" .queue-bar { (bar(queue)) }
            td role="cell" .number { (label("pending ")) (figure(queue.pending, State::Pending)) }
            td role="cell" .number { (label("active ")) (figure(queue.active, State::Active)) }
            td role="cell" .number { (label("retry ")) (figure(queue.retry, State::Retry)) }
            td role="cell" .number { (label("archived ")) (figure(queue.archived, State::Archived)) }
            td role="cell" .number { (label("latency ")) (latency(queue)) }
            td role="cell" .queue-spark { (spark(&days(&row.days), "14 days")) }
            td role="cell" .queue-spark { (spark(&hour(&row.minutes, now), "last hour")) }
            td role="cell" .number { (label("errors ")) (errors(queue)) }
            td role="cell" .number { (label("workers ")) (count(row.servers)) }
        }
    }
}

/// What the head says, on a narrow screen that has none.
fn label(text: &str) -> Markup {
    html! { span .label { (text) } }
}

/// A mark on figures that are old, with the reason.
fn age(row: &QueueRow, now: DateTime<Utc>) -> Markup {
    match (&row.error, row.sampled_at) {
        (Some(error), _) => html! { " " span .tag.error title=(error) { "cannot be read" } },
        (None, None) => html! { " " span .tag { "not read yet" } },
        (None, Some(at)) if now - at > OLD => {
            html! { " " span .tag title="when the figures were read" { (ago(at, now)) } }
        }
        (None, Some(_)) => html! {},
    }
}

fn figure(figure: Option<u64>, state: State) -> Markup {
    match figure {
        Some(1..) => html! { span class={ "state-" (state.name()) } { (count(figure)) } },
        Some(0) | None => count(figure),
    }
}

fn latency(queue: &QueueDocument) -> Markup {
    match queue.latency_seconds {
        Some(latency) => span(latency),
        None if queue.pending == Some(0) => none(),
        None => unknown(),
    }
}

/// The share of failures today; red from 10 %, as in the terminal.
fn errors(queue: &QueueDocument) -> Markup {
    match (queue.error_rate, queue.processed_today) {
        (Some(0.0), _) => html! { span .zero { "0%" } },
        (Some(rate), _) => {
            let class = if rate >= 0.1 { "error" } else { "warning" };
            html! { span class=(class) { (percent(rate)) } }
        }
        (None, Some(0)) => none(),
        (None, _) => unknown(),
    }
}

/// Days come with today first; charts begin with the oldest.
fn days(days: &[DayCount]) -> Vec<Point> {
    let point = |day: &DayCount| Point {
        label: day.date.to_string(),
        processed: day.processed,
        failed: day.failed,
    };
    days.iter().rev().map(point).collect()
}

/// The last hour, in bars of a few minutes. Minutes in which nothing was read count as nothing.
fn hour(minutes: &[MinuteCount], now: DateTime<Utc>) -> Vec<Point> {
    let bars = 60 / MINUTES_PER_BAR;
    let mut sums = vec![(0_u64, 0_u64); usize::try_from(bars).unwrap_or_default()];
    for minute in minutes {
        let back = (now - minute.at).num_minutes() / MINUTES_PER_BAR;
        let place = usize::try_from(bars - 1 - back).ok();
        if let Some((processed, failed)) = place.and_then(|place| sums.get_mut(place)) {
            *processed = processed.saturating_add(minute.processed);
            *failed = failed.saturating_add(minute.failed);
        }
    }
    let point = |(processed, failed)| Point {
        label: String::new(),
        processed: Some(processed),
        failed: Some(failed),
    };
    sums.into_iter().map(point).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_become_bars_of_the_last_hour() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let minute = |back: i64| MinuteCount {
            at: now - TimeDelta::minutes(back),
            processed: 2,
            failed: 1,
        };
        let points = hour(
            &[minute(500), minute(59), minute(1), minute(0), minute(-500)],
            now,
        );
        let processed: Vec<_> = points.iter().filter_map(|point| point.processed).collect();
        assert_eq!(processed.len(), 20);
        assert_eq!((processed[0], processed[19]), (2, 4));
        assert_eq!(processed.iter().sum::<u64>(), 6);
    }
}
