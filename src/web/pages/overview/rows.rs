//! The row of a queue.

use maud::{Markup, html};

use crate::document::queue::QueueDocument;
use crate::task::State;
use crate::view::text::percent;
use crate::web::links;
use crate::web::parts::bar::bar;
use crate::web::parts::number::{count, none, unknown};
use crate::web::parts::text::short;
use crate::web::parts::time::span;
use crate::web::state::Shared;

/// A queue as a row.
pub(super) fn row(shared: &Shared, queue: &QueueDocument) -> Markup {
    let name = queue.queue.as_deref().unwrap_or_default();
    html! {
        tr role="row" data-name=(name) {
            td role="cell" .queue-name.clip title=(name) {
                a href=(links::queue(shared, name)) { (short(name, 80)) }
                @if queue.paused { " " span .tag.warning { "paused" } }
            }
            td role="cell" .queue-bar { (bar(queue)) }
            td role="cell" .number { (label("pending ")) (figure(queue.pending, State::Pending)) }
            td role="cell" .number { (label("active ")) (figure(queue.active, State::Active)) }
            td role="cell" .number { (label("retry ")) (figure(queue.retry, State::Retry)) }
            td role="cell" .number { (label("archived ")) (figure(queue.archived, State::Archived)) }
            td role="cell" .number { (label("latency ")) (latency(queue)) }
            td role="cell" .number { (label("errors ")) (errors(queue)) }
        }
    }
}

/// What the head says, on a narrow screen that has none.
fn label(text: &str) -> Markup {
    html! { span .label { (text) } }
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
