//! Tasks that a selection matches, page by page.

mod actions;
mod asked;
mod complete;
mod counted;
pub(super) mod list;

use std::time::Duration;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use maud::{Markup, html};

use asked::Asked;

use super::frame::{Frame, Tab, page};
use crate::inspector::browse::{Bounds, TaskPage};
use crate::inspector::query::{Query, QueryError};
use crate::view::command_line;
use crate::web::failure::Failure;
use crate::web::names;
use crate::web::parts::absent::absent;
use crate::web::parts::notice::{Kind, notice};
use crate::web::parts::number::plural;
use crate::web::parts::text::line;
use crate::web::received::Parameters;
use crate::web::remarks::remarks;
use crate::web::state::Shared;
use crate::web::viewer::Viewer;

/// What one request may cost. A filter that matches few tasks ends a page early, and a link goes on.
const BOUNDS: Bounds = Bounds {
    rows: 50,
    looks: 20_000,
    time: Duration::from_millis(800),
};

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/tasks", get(tasks))
        .route("/tasks/count", get(counted::counted))
        .route("/tasks/complete", get(complete::complete))
}

async fn tasks(
    State(shared): State<Shared>,
    Extension(viewer): Extension<Viewer>,
    Parameters(asked): Parameters<Asked>,
) -> Result<Response, Failure> {
    let query = match Query::parse(&asked.q) {
        Ok(query) => query,
        Err(error) => {
            let body = mistaken(&asked.q, &error);
            return Ok(whole(&shared, &viewer, &asked, ("", &body)).into_response());
        }
    };
    let from = names::position(asked.from.as_deref())?;
    let inspector = shared.inspector();
    let listed = inspector
        .page(query.selection(), from.as_ref(), BOUNDS)
        .await?;
    shared.seen().note(&listed.tasks);
    let first = from.as_ref().map_or(0, |from| from.shown);
    let body = html! {
        @for remark in remarks(&listed.judged) { (notice(Kind::Warning, &line(&remark))) }
        @if listed.tasks.is_empty() && listed.next.is_none() {
            (nothing(&asked, first))
        } @else {
            form #tasks method="post" action=(shared.link("/changes", &[])) {
                input type="hidden" name="q" value=(query.text());
                (list::list(&shared, &listed.tasks, viewer.may_change, inspector.now()))
                (further(&shared, &asked, &listed, first))
                (actions::bar(&shared, &viewer, &query))
            }
        }
    };
    let command = command_line::ls(query.selection());
    Ok(whole(&shared, &viewer, &asked, (&command, &body)).into_response())
}

fn whole(
    shared: &Shared,
    viewer: &Viewer,
    asked: &Asked,
    (command, body): (&str, &Markup),
) -> Markup {
    let all = html! {
        section {
            div .row {
                h1 { "Tasks" }
                @if !shared.changes().list().is_empty() {
                    a .push href=(shared.link("/changes", &[])) { "Changes" }
                }
            }
            (body)
        }
    };
    let frame = Frame {
        title: "Tasks",
        tab: Some(Tab::Tasks),
        command,
        selection: &asked.q,
        ..Frame::default()
    };
    page(shared, viewer, &frame, &all)
}

/// The selection again, with a mark under the mistake.
fn mistaken(text: &str, error: &QueryError) -> Markup {
    let before: String = text.chars().take(error.at.saturating_sub(1)).collect();
    let rest: String = text.chars().skip(error.at.saturating_sub(1)).collect();
    notice(
        Kind::Error,
        &html! {
            p #selection-error { (line(&error.what)) " (column " (error.at) ")" }
            @if !text.is_empty() {
                p .mistake { code { (line(&before)) mark { @if rest.is_empty() { " " } @else { (line(&rest)) } } } }
            }
            p .dim { (line(&error.hint)) }
        },
    )
}

fn nothing(asked: &Asked, first: u64) -> Markup {
    match (asked.q.trim().is_empty(), first) {
        (_, 1..) => absent(
            "No more tasks",
            &html! { p { "This is the end of the list." } },
        ),
        (true, 0) => absent(
            "No tasks yet",
            &html! { p { "Enqueue the first one: " code { "qctl enqueue email:welcome --payload '{\"user_id\":42}'" } } },
        ),
        (false, 0) => absent(
            "No task matches",
            &html! { p { "Remove a condition, or look at " code { "state:" } " and " code { "older:" } " again." } },
        ),
    }
}

/// Which rows these are, and the way to the next.
fn further(shared: &Shared, asked: &Asked, listed: &TaskPage, first: u64) -> Markup {
    let rows = listed.tasks.len() as u64;
    let looked = listed.judged.tasks;
    let next = listed.next.as_ref().map(ToString::to_string);
    html! {
        nav .row.further aria-label="Pages of the list" {
            @if rows > 0 {
                span .dim { "Tasks " (first + 1) "–" (first + rows) }
            }
            @if looked > rows {
                span .dim { "looked at " (plural(looked, "task")) }
            }
            @if asked.from.is_some() {
                a .button href=(shared.link("/tasks", &[("q", &asked.q)])) { "First page" }
            }
            @if let Some(next) = &next {
                a .button rel="next" href=(shared.link("/tasks", &[("q", &asked.q), ("from", next)])) {
                    @if rows < BOUNDS.rows { "Go on searching" } @else { "Next page" }
                }
            }
        }
    }
}
