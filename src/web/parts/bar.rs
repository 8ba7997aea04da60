//! A bar of the tasks of a queue by state, and a meter.

use maud::{Markup, html};

use super::number::spaced;
use crate::document::queue::QueueDocument;
use crate::task::State;

/// The states from left to right: what runs, what waits, what failed, what is done.
pub(crate) const ORDER: [State; 8] = [
    State::Active,
    State::Pending,
    State::Aggregating,
    State::Scheduled,
    State::Retry,
    State::Archived,
    State::Completed,
    State::Aside,
];

/// The length of the bar. A state with tasks is never invisible: it has at least `SHORTEST`.
const LENGTH: u64 = 1_000;
const SHORTEST: u64 = 12;

/// The tasks of a queue in a state; absent if they cannot be counted.
pub(crate) const fn count(queue: &QueueDocument, state: State) -> Option<u64> {
    match state {
        State::Active => queue.active,
        State::Pending => queue.pending,
        State::Scheduled => queue.scheduled,
        State::Retry => queue.retry,
        State::Archived => queue.archived,
        State::Completed => queue.completed,
        State::Aggregating => queue.aggregating,
        State::Aside => queue.aside,
    }
}

/// The bar. The counts are its label.
pub(crate) fn bar(queue: &QueueDocument) -> Markup {
    let counts = ORDER.map(|state| (state, count(queue, state).unwrap_or(0)));
    let lengths = lengths(&counts.map(|(_, count)| count));
    let mut left = 0;
    let parts = counts.iter().zip(lengths).map(|((state, _), length)| {
        left += length;
        (state, left - length, length)
    });
    let label = counts.iter().filter(|(_, count)| *count > 0);
    let label: Vec<_> = label
        .map(|(state, count)| format!("{} {state}", spaced(*count)))
        .collect();
    let label = if label.is_empty() {
        "no tasks".to_owned()
    } else {
        label.join(", ")
    };
    html! {
        svg .bar viewBox={ "0 0 " (LENGTH) " 8" } preserveAspectRatio="none" role="img" aria-label=(label) {
            title { (label) }
            rect .fill-none width=(LENGTH) height="8" {}
            @for (state, left, length) in parts.filter(|(_, _, length)| *length > 0) {
                rect class={ "fill-" (state.name()) } x=(left) width=(length) height="8" {}
            }
        }
    }
}

/// The counts as lengths whose sum is `LENGTH`; all zero without tasks.
fn lengths(counts: &[u64; 8]) -> [u64; 8] {
    let total: u128 = counts.iter().map(|&count| u128::from(count)).sum();
    if total == 0 {
        return [0; 8];
    }
    let share = |count: u64| {
        let length = u128::from(count) * u128::from(LENGTH) / total;
        u64::try_from(length).unwrap_or(LENGTH).max(SHORTEST)
    };
    let mut lengths = counts.map(|count| if count > 0 { share(count) } else { 0 });
    let sum: u64 = lengths.iter().sum();
    // The longest gives or takes what rounding and the shortest have changed.
    if let Some(longest) = lengths.iter_mut().max() {
        *longest = (*longest + LENGTH).saturating_sub(sum);
    }
    lengths
}

/// How much of a span has passed, from 0 to 1; the color says whether it is over.
pub(crate) fn meter(share: f64, label: &str) -> Markup {
    let share = if share.is_finite() {
        share.clamp(0.0, 1.0)
    } else {
        0.0
    };
    let class = if share < 1.0 {
        "fill-active"
    } else {
        "fill-late"
    };
    html! {
        svg .meter viewBox="0 0 1 1" preserveAspectRatio="none" role="img" aria-label=(label) {
            title { (label) }
            rect .fill-none width="1" height="1" {}
            rect class=(class) width=(format!("{share:.3}")) height="1" {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_with_tasks_is_visible_and_the_bar_is_full() {
        for counts in [
            [1, 0, 0, 0, 0, 0, 0, 0],
            [1, 1_000_000, 0, 0, 1, 0, 0, 0],
            [1, 1, 1, 1, 1, 1, 1, 1],
            [u64::MAX, u64::MAX, 0, 0, 0, 0, 0, 1],
        ] {
            let lengths = lengths(&counts);
            assert_eq!(lengths.iter().sum::<u64>(), LENGTH, "{counts:?}");
            for (count, length) in counts.iter().zip(lengths) {
                assert_eq!(*count == 0, length == 0, "{counts:?}");
                assert!(length == 0 || length >= SHORTEST, "{counts:?}");
            }
        }
        assert_eq!(lengths(&[0; 8]), [0; 8]);
    }

    #[test]
    fn the_label_has_the_counts() {
        let queue = QueueDocument {
            pending: Some(12_431),
            retry: Some(2),
            ..QueueDocument::default()
        };
        let label = "aria-label=\"12\u{202f}431 pending, 2 retry\"";
        assert!(bar(&queue).0.contains(label), "{}", bar(&queue).0);
        assert!(bar(&QueueDocument::default()).0.contains("\"no tasks\""));
    }

    #[test]
    fn a_meter_stays_within_its_length() {
        let cases = [
            (0.25, "0.250"),
            (7.0, "1.000"),
            (-1.0, "0.000"),
            (f64::NAN, "0.000"),
        ];
        for (share, width) in cases {
            let drawn = meter(share, "deadline").0;
            assert!(drawn.contains(&format!("width=\"{width}\"")), "{drawn}");
        }
    }
}
