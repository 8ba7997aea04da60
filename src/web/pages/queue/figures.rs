//! The figures of a queue, and its tasks by state.

use maud::{Markup, html};

use crate::document::queue::QueueDocument;
use crate::task::State;
use crate::view::text::{bytes, percent};
use crate::web::links;
use crate::web::parts::bar::{ORDER, count as tasks_in};
use crate::web::parts::number::{count, none, unknown};
use crate::web::parts::state::state;
use crate::web::parts::time::span;
use crate::web::state::Shared;

pub(super) fn figures(queue: &QueueDocument) -> Markup {
    let latency = match queue.latency_seconds {
        Some(latency) => span(latency),
        None if queue.pending == Some(0) => none(),
        None => unknown(),
    };
    let rate = queue
        .error_rate
        .map_or_else(none, |rate| html! { (percent(rate)) });
    let memory = queue
        .memory_bytes
        .map_or_else(none, |size| html! { (bytes(size)) });
    let figures = [
        ("Latency", latency),
        ("Processed today", count(queue.processed_today)),
        ("Failed today", count(queue.failed_today)),
        ("Error rate today", rate),
        ("Processed ever", count(queue.processed_total)),
        ("Failed ever", count(queue.failed_total)),
        ("Memory, about", memory),
    ];
    html! {
        div #figures .figures {
            @for (label, figure) in figures {
                div {
                    span .label { (label) }
                    span .figure { (figure) }
                }
            }
        }
    }
}

/// The states with their counts. Each leads to its first tasks; those set aside are shown if there are any.
pub(super) fn states(shared: &Shared, queue: &QueueDocument, chosen: State) -> Markup {
    let name = queue.queue.as_deref().unwrap_or_default();
    html! {
        nav #states .segments aria-label="Tasks by state" {
            @for each in ORDER {
                @if each != State::Aside || tasks_in(queue, each) != Some(0) {
                    a href={ (links::queue(shared, name)) "&state=" (each.name()) "#tasks" }
                        aria-current=[(each == chosen).then_some("true")] { (state(each)) (tally(queue, each)) }
                }
            }
        }
    }
}

/// The id of the count of a state.
pub(super) fn tally_id(state: State) -> String {
    format!("count-{}", state.name())
}

/// The count of a state.
pub(super) fn tally(queue: &QueueDocument, state: State) -> Markup {
    html! { span id=(tally_id(state)) { (count(tasks_in(queue, state))) } }
}

pub(super) fn legend() -> Markup {
    let colors = [("fill-chart", "processed"), ("fill-archived", "failed")];
    html! {
        div .legend {
            @for (class, word) in colors {
                span {
                    svg width="8" height="8" aria-hidden="true" { rect class=(class) width="8" height="8" rx="1" {} }
                    (word)
                }
            }
        }
    }
}
