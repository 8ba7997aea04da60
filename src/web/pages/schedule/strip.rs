//! The last ticks of a schedule as a strip of small bars, the oldest at the left.

use maud::{Markup, html};

use crate::document::serde_fmt::rfc3339;
use crate::document::tick::HistoryDocument;
use crate::web::parts::number::none;

/// The width of a tick, and its distance to the next.
const STEP: usize = 8;

/// The strip; `ticks` begin with the newest.
pub(crate) fn strip(ticks: &[HistoryDocument]) -> Markup {
    if ticks.is_empty() {
        return none();
    }
    let label = summary(ticks);
    let width = ticks.len() * STEP;
    html! {
        svg .strip width=(width) height="20" viewBox={ "0 0 " (width) " 20" } role="img" aria-label=(label) {
            @for (place, tick) in ticks.iter().rev().enumerate() {
                rect class=(fill(tick.outcome)) x=(place * STEP) width="6" height="20" rx="1" {
                    title { (rfc3339(tick.tick.unwrap_or(tick.at))) ": " (tick.outcome) }
                }
            }
        }
    }
}

/// `last 20 ticks: 18 enqueued, 2 failed`.
fn summary(ticks: &[HistoryDocument]) -> String {
    let outcomes = ["enqueued", "duplicate", "skipped", "failed"].map(|word| {
        let count = ticks.iter().filter(|tick| tick.outcome == word).count();
        (word, count)
    });
    let counted = outcomes.iter().filter(|(_, count)| *count > 0);
    let counted: Vec<_> = counted
        .map(|(word, count)| format!("{count} {word}"))
        .collect();
    format!("last {} ticks: {}", ticks.len(), counted.join(", "))
}

fn fill(outcome: &str) -> &'static str {
    match outcome {
        "enqueued" => "fill-completed",
        "failed" => "fill-archived",
        _ => "fill-retry",
    }
}
