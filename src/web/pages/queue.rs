//! One queue.

mod change;
mod figures;
mod heading;
mod lists;
mod live;
mod tasks;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Extension, Router};
use maud::{Markup, html};

use super::frame::{Frame, Tab, page};
use super::status;
use crate::document::queue::{DayDocument, QueueDetails};
use crate::view::command_line;
use crate::web::failure::Failure;
use crate::web::live::updates;
use crate::web::names;
use crate::web::parts::chart::{Point, chart};
use crate::web::parts::notice::{Kind, notice};
use crate::web::parts::text::line;
use crate::web::received::Parameters;
use crate::web::state::Shared;
use crate::web::viewer::Viewer;

/// The spans of the chart, in days.
const SPANS: [u32; 3] = [7, 30, 90];

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/queue", get(queue))
        .route("/live/queue", get(updates::<live::Live>))
}

/// The routes that change a queue.
pub(super) fn changes() -> Router<Shared> {
    Router::new()
        .route("/queue/pause", post(change::pause))
        .route("/queue/resume", post(change::resume))
        .route("/queue/drop", post(change::drop_queue))
}

/// The parameters of the address.
#[derive(Debug, serde::Deserialize)]
struct Asked {
    queue: String,
    days: Option<u32>,
    /// The state whose tasks are listed.
    state: Option<String>,
}

async fn queue(
    State(shared): State<Shared>,
    Extension(viewer): Extension<Viewer>,
    Parameters(parameters): Parameters<Asked>,
) -> Result<Markup, Failure> {
    let inspector = shared.inspector();
    let now = inspector.now();
    let days = parameters.days.unwrap_or(SPANS[1]);
    if !SPANS.contains(&days) {
        let what = format!("days: {days} is none of {SPANS:?}");
        return Err(Failure::refused(StatusCode::BAD_REQUEST, what));
    }
    let queue = names::existing(inspector, &parameters.queue).await?;
    let name = queue.as_str();
    let details = inspector.queue_details(&queue, days, now).await?;
    let state = tasks::chosen(parameters.state.as_deref(), &details.queue)?;
    let first = tasks::first(inspector, &queue, state).await?;
    shared.seen().note(&first);
    let sample = shared.sampler().fresh().await;
    let body = html! {
        (status::status(&sample, now))
        section {
            (heading::heading(&shared, &viewer, &details.queue, now))
            (notices(&details))
            (figures::figures(&details.queue))
        }
        section aria-labelledby="attempts" {
            div .row {
                h2 #attempts { "Attempts per day (UTC)" }
                (figures::legend())
                (spans(&shared, name, days))
            }
            div .panel.stack { (chart(&points(&details.history), "Attempts per day")) }
        }
        (lists::groups(&details))
        (lists::servers(&details, now))
        section #tasks aria-labelledby="tasks-title" {
            h2 #tasks-title { "Tasks" }
            (figures::states(&shared, &details.queue, state))
            (tasks::tasks(&shared, &details.queue, state, &first))
        }
    };
    let frame = Frame {
        title: name,
        tab: Some(Tab::Overview),
        command: &command_line::inspect_queue(&queue),
        live: &shared.link("/live/queue", &[("queue", name)]),
        ..Frame::default()
    };
    Ok(page(&shared, &viewer, &frame, &body))
}

fn notices(details: &QueueDetails) -> Markup {
    html! {
        @if details.unserved {
            (notice(Kind::Error, &html! { "Tasks are pending, and no worker serves this queue. Start one: "
                code { "qctl work" } }))
        }
        @for wrong in &details.unreadable {
            (notice(Kind::Warning, &html! { (line(wrong)) }))
        }
    }
}

/// The choice of how many days the chart has.
fn spans(shared: &Shared, name: &str, days: u32) -> Markup {
    html! {
        nav .segments.push aria-label="Days in the chart" {
            @for span in SPANS {
                @let text = span.to_string();
                a href=(shared.link("/queue", &[("queue", name), ("days", &text)]))
                    aria-current=[(span == days).then_some("true")] { (text) " days" }
            }
        }
    }
}

/// Days come with today first; charts begin with the oldest.
fn points(days: &[DayDocument]) -> Vec<Point> {
    let points = days.iter().rev().map(|day| Point {
        label: day.date.clone(),
        processed: day.processed,
        failed: day.failed,
    });
    points.collect()
}
