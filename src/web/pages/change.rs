//! One change of many tasks: its preview, its progress, its result. The same address shows all three.

mod destination;
mod post;
mod preview;
mod progress;
mod repair;

pub(super) use post::{previews, starts};

use std::sync::Arc;

use axum::extract::State;
use axum::routing::get;
use axum::{Extension, Router};
use maud::{Markup, html};

use super::frame::{Frame, Tab, page};
use crate::web::changes::{Change, ChangeId, Phase, Refused, What};
use crate::web::failure::Failure;
use crate::web::links;
use crate::web::parts::absent::absent;
use crate::web::parts::command::command;
use crate::web::parts::number::none;
use crate::web::parts::text::{line, short};
use crate::web::parts::time::ago;
use crate::web::received::Parameters;
use crate::web::state::Shared;
use crate::web::viewer::Viewer;

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/changes", get(list))
        .route("/change", get(change))
        .route("/change/progress", get(fragment))
}

/// The parameters of the address.
#[derive(Debug, serde::Deserialize)]
struct Asked {
    id: String,
}

impl Asked {
    fn change(&self, shared: &Shared) -> Result<Arc<Change>, Failure> {
        let id: ChangeId = self.id.parse().map_err(|_| Refused::Unknown)?;
        Ok(shared.changes().get(id)?)
    }
}

async fn change(
    State(shared): State<Shared>,
    Extension(viewer): Extension<Viewer>,
    Parameters(asked): Parameters<Asked>,
) -> Result<Markup, Failure> {
    let change = asked.change(&shared)?;
    let what = &change.request.what;
    let body = html! {
        section {
            div .row {
                h1 { (what.title()) }
                a .push href=(shared.link("/changes", &[])) { "All changes" }
            }
            dl .facts {
                @match what {
                    What::Tasks(tasks) => {
                        @let text = tasks.text();
                        dt { "Selection" }
                        dd { a .mono href=(links::selected(&shared, &text)) { (short(&text, 400)) } }
                    },
                    What::Repair(repair) => {
                        dt { "Code" }
                        dd { a .mono href=(links::explanation(&shared, repair.code)) { (repair.code.name()) } }
                        @if let Some(queue) = &repair.queue {
                            dt { "Queue" }
                            dd { a href=(links::queue(&shared, queue.as_str())) { (line(queue.as_str())) } }
                        }
                    },
                }
                dt { "Asked for" }
                dd { "by " (line(&change.request.by)) ", " (ago(Some(change.made_at), shared.inspector().now())) }
                dt { "Command" }
                dd { (command("equivalent", &what.command())) }
            }
            (phase(&shared, &change))
        }
    };
    let frame = Frame {
        title: "Change",
        tab: Some(match what {
            What::Tasks(_) => Tab::Tasks,
            What::Repair(_) => Tab::Doctor,
        }),
        ..Frame::default()
    };
    Ok(page(&shared, &viewer, &frame, &body))
}

/// What the page of a change shows anew while it runs.
async fn fragment(
    State(shared): State<Shared>,
    Parameters(asked): Parameters<Asked>,
) -> Result<Markup, Failure> {
    Ok(phase(&shared, &*asked.change(&shared)?))
}

fn phase(shared: &Shared, change: &Change) -> Markup {
    let phase = change.phase();
    let id = change.id.to_string();
    let poll = phase
        .is_active()
        .then(|| shared.link("/change/progress", &[("id", &id)]));
    html! {
        div #phase .stack data-poll=[poll] {
            @match &phase {
                Phase::Counting { seen, total } => (progress::counting(shared, change, *seen, *total)),
                Phase::Ready(shown) => (preview::ready(shared, change, shown)),
                Phase::Refused(error) => (preview::refused(shared, change, error)),
                Phase::Running(at) => (progress::running(shared, change, at)),
                Phase::Paused(at) => (progress::paused(shared, change, at)),
                Phase::Away(at, error) => (progress::away(shared, change, at, error)),
                Phase::Over(ended) => (progress::over(shared, &change.request.what, ended)),
                Phase::Dropped => (preview::dropped(shared, change)),
            }
        }
    }
}

async fn list(
    State(shared): State<Shared>,
    Extension(viewer): Extension<Viewer>,
) -> Result<Markup, Failure> {
    let changes = shared.changes().list();
    let body = html! {
        section {
            h1 { "Changes" }
            @if changes.is_empty() {
                (absent("No changes", &html! {
                    p { "Changes of tasks and repairs that are made on this page are listed here until the server restarts." }
                }))
            } @else {
                div .scroll { table .plain {
                    thead { tr {
                        th scope="col" { "Change" } th scope="col" { "Where" } th scope="col" { "By" }
                        th scope="col" { "When" } th scope="col" { "Result" }
                    } }
                    tbody { @for change in &changes { (row(&shared, change)) } }
                } }
            }
        }
    };
    let frame = Frame {
        title: "Changes",
        tab: Some(Tab::Tasks),
        ..Frame::default()
    };
    Ok(page(&shared, &viewer, &frame, &body))
}

fn row(shared: &Shared, change: &Change) -> Markup {
    let result = match change.phase() {
        Phase::Counting { .. } => html! { "counting" },
        Phase::Running(at) => html! { "running, " (at.percent()) " %" },
        Phase::Paused(at) => html! { span .warning { "paused at " (at.percent()) " %" } },
        Phase::Away(at, _) => {
            html! { span .warning { "waiting for Redis at " (at.percent()) " %" } }
        }
        Phase::Over(ended) => html! {
            (progress::sentence(&ended.achieved))
            @if let Some(word) = progress::unfinished(&ended.whole) { " " span .tag.warning { (word) } }
        },
        Phase::Ready(_) | Phase::Refused(_) | Phase::Dropped => none(),
    };
    let what = &change.request.what;
    html! {
        tr {
            td { a href=(links::change(shared, change.id)) { (what.title()) } }
            td .mono { (short(&what.text(), 120)) }
            td { (line(&change.request.by)) }
            td { (ago(Some(change.made_at), shared.inspector().now())) }
            td { (result) }
        }
    }
}
