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
mod unconfirmed;
mod workers;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;

pub(super) use self::login::login;
pub(super) use self::problem::{Problem, problem};
pub(super) use self::unconfirmed::{Unconfirmed, unconfirmed};
use super::failure::Failure;
use super::guard::confirm;
use super::state::Shared;

/// With `--read-only` there are no routes that change anything. In a protected context, those that do ask for its name.
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
        return routes;
    }
    let changes = queue::changes()
        .merge(workers::changes())
        .merge(schedule::changes())
        .merge(change::starts());
    routes
        .merge(schedule::forms())
        .merge(change::previews())
        .merge(confirm::of_pages(changes, shared))
}

pub(super) async fn not_found() -> Failure {
    Failure::refused(StatusCode::NOT_FOUND, "there is no such page")
}
