//! A file for each page, and the frame around them.

mod frame;
mod overview;
mod problem;
mod queue;
mod workers;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};

pub(super) use self::problem::{Problem, problem};
use super::state::Shared;
use super::viewer::Viewer;

/// With `--read-only` there are no routes that change anything.
pub(super) fn routes(shared: &Shared) -> Router<Shared> {
    let routes = Router::new()
        .route("/", get(overview::overview))
        .merge(queue::routes())
        .merge(workers::routes());
    if shared.settings().read_only {
        routes
    } else {
        routes.merge(queue::changes()).merge(workers::changes())
    }
}

pub(super) async fn not_found(
    State(shared): State<Shared>,
    Extension(viewer): Extension<Viewer>,
) -> Response {
    let status = StatusCode::NOT_FOUND;
    let found = Problem {
        status,
        what: "there is no such page",
        hint: None,
    };
    (status, problem(&shared, Some(&viewer), &found)).into_response()
}
