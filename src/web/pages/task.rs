//! One task: its payload and result, its facts, what its attempts have printed, and what can be done to it.

mod actions;
mod attempts;
mod copy;
mod data;
mod download;
mod edit;
mod form;
mod live;
mod panels;
mod shown;
mod typed;

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Extension, Router};
use maud::{Markup, html};

use self::shown::Shown;
use super::frame::{Frame, Tab, page};
use super::status;
use crate::view::command_line;
use crate::view::outcome::OutcomeView;
use crate::web::changes::{Achieved, Change, ChangeId, Phase};
use crate::web::failure::Failure;
use crate::web::links;
use crate::web::live::updates;
use crate::web::names;
use crate::web::parts::notice::{Kind, notice};
use crate::web::parts::text::line;
use crate::web::received::Parameters;
use crate::web::state::Shared;
use crate::web::viewer::Viewer;

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/task", get(task))
        .route("/task/data", get(download::send))
        .route("/task/log", get(attempts::text))
        .route("/live/task", get(updates::<live::Live>))
}

/// The forms that edit and copy a task.
pub(super) fn forms() -> Router<Shared> {
    Router::new()
        .route("/task/edit", get(edit::form))
        .route("/task/preview", post(edit::preview))
        .route("/task/clone", get(copy::form))
        .route("/task/enqueue/preview", post(copy::preview))
}

/// The routes that save and enqueue a task.
pub(super) fn changes() -> Router<Shared> {
    Router::new()
        .route("/task/save", post(edit::save))
        .route("/task/enqueue", post(copy::enqueue))
}

/// The parameters of the address.
#[derive(Debug, serde::Deserialize)]
struct Asked {
    queue: String,
    id: String,
    /// The change that led here.
    change: Option<String>,
    /// The form that led here.
    done: Option<Done>,
}

/// What a form has done.
#[derive(Debug, Clone, Copy, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
enum Done {
    Saved,
    Enqueued,
}

async fn task(
    State(shared): State<Shared>,
    Extension(viewer): Extension<Viewer>,
    Parameters(asked): Parameters<Asked>,
) -> Result<Markup, Failure> {
    let inspector = shared.inspector();
    let found = names::task(inspector, &asked.queue, &asked.id).await?;
    let shown = Shown::new(&shared, found).await?;
    let task = &shown.task;
    let body = html! {
        (status::status(&shared.sampler().latest(), shown.now))
        div #task-gone hidden {}
        @match asked.done {
            Some(Done::Saved) => { (notice(Kind::Good, &html! { "Saved." })) }
            Some(Done::Enqueued) => { (notice(Kind::Good, &html! { "Enqueued this task." })) }
            None => {}
        }
        @if let Some(change) = change(&shared, &asked) { (outcome(&shared, &change)) }
        section {
            (panels::heading(&shared, viewer.may_change, &shown))
            @if viewer.may_change { (actions::delete_form(&shared, &shown.found)) }
        }
        div .task {
            div .stack {
                (panels::last_error(task))
                (data::data(&shared, task, data::Part::Payload))
                (panels::result(&shared, task))
            }
            section .panel aria-labelledby="facts" {
                h2 #facts { "Facts" }
                (panels::facts(&shared, &shown))
            }
        }
        (attempts::attempts(&shared, &shown))
    };
    let address = [("queue", &*task.queue), ("id", &*task.id)];
    let frame = Frame {
        title: task.kind.as_deref().unwrap_or("Task"),
        tab: Some(Tab::Tasks),
        command: &command_line::inspect(&shown.found.queue, &shown.found.id),
        live: &shared.link("/live/task", &address),
        ..Frame::default()
    };
    Ok(page(&shared, &viewer, &frame, &body))
}

fn change(shared: &Shared, asked: &Asked) -> Option<std::sync::Arc<Change>> {
    let id: ChangeId = asked.change.as_ref()?.parse().ok()?;
    shared.changes().get(id).ok()
}

/// How the change went that led to this page.
fn outcome(shared: &Shared, change: &Change) -> Markup {
    let Phase::Over(ended) = change.phase() else {
        let address = links::change(shared, change.id);
        return notice(
            Kind::Warning,
            &html! { "A change is under way: " a href=(address) { "look at it" } },
        );
    };
    let Achieved::Tasks(outcome) = &ended.achieved else {
        return html! {};
    };
    match outcome.failures.first() {
        Some(failed) => notice(Kind::Error, &line(&failed.error.to_string())),
        None => notice(Kind::Good, &line(&OutcomeView::new(outcome).sentence())),
    }
}
