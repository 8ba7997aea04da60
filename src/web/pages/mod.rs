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
use super::live::updates;
use super::state::Shared;

/// The routes that only show.
pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/", get(overview::overview))
        .route("/live/overview", get(updates::<overview::Live>))
        .merge(queue::routes())
        .merge(tasks::routes())
        .merge(task::routes())
        .merge(change::routes())
        .merge(schedules::routes())
        .merge(schedule::routes())
        .merge(workers::routes())
        .merge(doctor::routes())
        .merge(audit::routes())
}

/// Forms and previews, for those who may change something.
pub(super) fn previews() -> Router<Shared> {
    task::forms()
        .merge(schedule::forms())
        .merge(change::previews())
}

/// The routes that change something.
pub(super) fn changes() -> Router<Shared> {
    queue::changes()
        .merge(workers::changes())
        .merge(task::changes())
        .merge(schedule::changes())
        .merge(change::starts())
}

pub(super) async fn not_found() -> Failure {
    Failure::refused(StatusCode::NOT_FOUND, "there is no such page")
}
