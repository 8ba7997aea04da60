//! A file for each page, and the frame around them.

mod audit;
mod change;
mod doctor;
mod frame;
mod login;
mod overview;
mod problem;
mod queue;
mod schedule;
mod schedules;
mod status;
mod task;
mod tasks;
mod workers;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;

pub(super) use self::login::login;
pub(super) use self::problem::{Problem, problem};
use super::failure::Failure;
use super::state::Shared;

/// With `--read-only` there are no routes that change anything.
pub(super) fn routes(shared: &Shared) -> Router<Shared> {
    let routes = Router::new()
        .route("/", get(overview::overview))
        .route("/live/overview", get(overview::updates))
        .merge(queue::routes())
        .merge(tasks::routes())
        .merge(task::routes())
        .merge(change::routes())
        .merge(schedules::routes())
        .merge(schedule::routes())
        .merge(workers::routes())
        .merge(doctor::routes())
        .merge(audit::routes());
    if shared.settings().read_only {
        routes
    } else {
        routes
            .merge(queue::changes())
            .merge(workers::changes())
            .merge(schedule::changes())
            .merge(change::changes())
    }
}

pub(super) async fn not_found() -> Failure {
    Failure::refused(StatusCode::NOT_FOUND, "there is no such page")
}
