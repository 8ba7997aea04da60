//! All queues.

mod order;
mod rows;

use axum::Extension;
use axum::extract::{Query, State};
use maud::{Markup, html};

use self::order::{Key, Order};
use super::frame::{Frame, Tab, page};
use crate::document::queue::QueueDocument;
use crate::inspector::queues::StatsOptions;
use crate::web::failure::Failure;
use crate::web::parts::absent::absent;
use crate::web::parts::command::command;
use crate::web::parts::notice::{Kind, notice};
use crate::web::parts::number::{count, none, plural};
use crate::web::parts::sort::head;
use crate::web::state::Shared;
use crate::web::viewer::Viewer;

/// The parameters of the address.
#[derive(Debug, Default, serde::Deserialize)]
pub(super) struct Parameters {
    #[serde(default)]
    sort: String,
    #[serde(default)]
    dir: String,
    /// A part of the names of queues.
    #[serde(default)]
    name: String,
}

pub(super) async fn overview(
    State(shared): State<Shared>,
    Extension(viewer): Extension<Viewer>,
    Query(parameters): Query<Parameters>,
) -> Result<Markup, Failure> {
    let inspector = shared.inspector();
    let mut stats = inspector
        .stats(&StatsOptions::default(), inspector.now())
        .await?;
    let order = Order::new(&parameters.sort, &parameters.dir);
    order.sort(&mut stats.queues);
    let wanted = parameters.name.to_lowercase();
    let named = |queue: &&QueueDocument| {
        let name = queue.queue.as_deref().unwrap_or_default();
        name.to_lowercase().contains(&wanted)
    };
    let queues: Vec<_> = stats.queues.iter().filter(named).collect();
    let body = html! {
        @if !stats.unserved.is_empty() {
            section aria-labelledby="trouble" {
                h2 #trouble { "Trouble" }
                @for name in &stats.unserved {
                    (notice(Kind::Error, &html! { (name) ": tasks are pending, and no worker serves the queue" }))
                }
            }
        }
        section aria-labelledby="queues-title" {
            div .row {
                h1 #queues-title { "Queues" }
                @if !stats.queues.is_empty() {
                    span .dim { (plural(stats.queues.len() as u64, "queue")) }
                    form .push {
                        input type="search" name="name" value=(parameters.name) data-narrow="queues" autocomplete="off"
                            aria-label="Narrow the queues by name" placeholder="Narrow by name";
                    }
                }
            }
            @if stats.queues.is_empty() { (first_task()) } @else {
                (figures(&stats.total))
                (table(&shared, order, &parameters.name, &queues))
                p #queues-none .absent hidden[!queues.is_empty()] { "No queue has this name." }
            }
        }
    };
    let frame = Frame {
        title: "Overview",
        tab: Some(Tab::Overview),
        command: "qctl stats",
        ..Frame::default()
    };
    Ok(page(&shared, &viewer, &frame, &body))
}

/// What to do where there are no queues.
fn first_task() -> Markup {
    absent(
        "No queues yet",
        &html! {
            p { "A queue exists from its first task on. This command enqueues one:" }
            (command("first-task", "qctl enqueue email:welcome --payload '{\"user\": 42}'"))
        },
    )
}

/// The sum of all queues.
fn figures(total: &QueueDocument) -> Markup {
    let figures = [
        ("Active", total.active),
        ("Pending", total.pending),
        ("Scheduled", total.scheduled),
        ("Retry", total.retry),
        ("Archived", total.archived),
        ("Completed", total.completed),
        ("Processed today", total.processed_today),
        ("Failed today", total.failed_today),
    ];
    html! {
        div .figures {
            @for (label, figure) in figures {
                div {
                    span .label { (label) }
                    span .figure { (count(figure)) }
                }
            }
        }
    }
}

fn table(shared: &Shared, order: Order, name: &str, queues: &[&QueueDocument]) -> Markup {
    html! {
        table #queues .rows.queues role="table" aria-label="Queues" {
            thead role="rowgroup" {
                tr role="row" {
                    @for key in Key::ALL {
                        (head(key.title(), key.is_number(), order.direction_of(key), &order.link(shared, key, name)))
                        @if key == Key::Name { th role="columnheader" scope="col" { "Tasks" } }
                    }
                }
            }
            tbody role="rowgroup" {
                @for queue in queues { (rows::row(shared, queue)) }
                @if queues.is_empty() { tr hidden { td { (none()) } } }
            }
        }
    }
}
