//! One task: its payload and result, its facts, and what can be done to it.

mod actions;
mod data;
mod download;

use axum::extract::State;
use axum::routing::get;
use axum::{Extension, Router};
use chrono::{DateTime, Utc};
use maud::{Markup, html};

use super::frame::{Frame, Tab, page};
use super::tasks::list::word;
use crate::document::task::TaskDocument;
use crate::inspector::FoundTask;
use crate::task::State as TaskState;
use crate::view::command_line;
use crate::view::outcome::OutcomeView;
use crate::web::changes::{Achieved, Change, ChangeId, Phase};
use crate::web::failure::Failure;
use crate::web::links;
use crate::web::names;
use crate::web::parts::cell::cell;
use crate::web::parts::command::copy;
use crate::web::parts::notice::{Kind, notice};
use crate::web::parts::text::line;
use crate::web::received::Parameters;
use crate::web::state::Shared;
use crate::web::viewer::Viewer;

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/task", get(task))
        .route("/task/data", get(download::send))
}

/// The parameters of the address.
#[derive(Debug, serde::Deserialize)]
struct Asked {
    queue: String,
    id: String,
    /// The change that led here.
    change: Option<String>,
}

async fn task(
    State(shared): State<Shared>,
    Extension(viewer): Extension<Viewer>,
    Parameters(asked): Parameters<Asked>,
) -> Result<Markup, Failure> {
    let inspector = shared.inspector();
    let found = names::task(inspector, &asked.queue, &asked.id).await?;
    let now = inspector.now();
    let command = command_line::inspect(&found.queue, &found.id);
    let mut task = TaskDocument::new(found.clone(), now);
    if task.state == TaskState::Active {
        inspector.running(now).await?.describe(&mut task);
    }
    let body = html! {
        @if let Some(change) = change(&shared, &asked) { (outcome(&shared, &change)) }
        section {
            (heading(&shared, &viewer, &found, &task, now))
            @if viewer.may_change { (actions::delete_form(&shared, &found)) }
        }
        div .task {
            div .stack {
                @if let Some(error) = &task.last_error { (last_error(error)) }
                (data::data(&shared, &task, data::Part::Payload))
                @if task.result.is_some() { (data::data(&shared, &task, data::Part::Result)) }
            }
            section .panel aria-labelledby="facts" {
                h2 #facts { "Facts" }
                (facts(&shared, &task, now))
            }
        }
    };
    let frame = Frame {
        title: task.kind.as_deref().unwrap_or("Task"),
        tab: Some(Tab::Tasks),
        command: &command,
        ..Frame::default()
    };
    Ok(page(&shared, &viewer, &frame, &body))
}

fn heading(
    shared: &Shared,
    viewer: &Viewer,
    found: &FoundTask,
    task: &TaskDocument,
    now: DateTime<Utc>,
) -> Markup {
    html! {
        div .row {
            h1 .mono-title {
                @match &task.kind {
                    Some(kind) => { (line(kind)) }
                    None => { "Unreadable task" }
                }
            }
            (word(task))
            @if viewer.may_change { (actions::actions(shared, found, now)) }
        }
        div .row.dim {
            span { code #task-id { (line(&task.id)) } (copy("task-id", "Copy the id")) }
            span { "in " a href=(links::queue(shared, &task.queue)) { (line(&task.queue)) } }
        }
    }
}

/// What is not in the heading, from the view of the terminal.
fn facts(shared: &Shared, task: &TaskDocument, now: DateTime<Utc>) -> Markup {
    html! {
        dl .facts {
            @for (label, value) in task.facts() {
                dt { (label) }
                dd {
                    @match label {
                        "Queue" => { a href=(links::queue(shared, &task.queue)) { (line(&task.queue)) } }
                        _ => { (cell(&value, now)) }
                    }
                }
            }
        }
    }
}

fn last_error(error: &str) -> Markup {
    html! {
        section .panel.stack aria-labelledby="last-error" {
            div .row {
                h2 #last-error { "Last error" }
                span .push { (copy("error-text", "Copy the error")) }
            }
            pre #error-text .data.error { (data::plain(error)) }
        }
    }
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
