//! The documents of the program as JSON, under the same keys as the command line prints them.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `queues` | figures, details, groups; pausing and resuming |
//! | `tasks` | the tasks of a selection, one task, payloads as files |
//! | `changes` | retrying, archiving, deleting, cancelling and moving tasks |
//! | `edits` | editing and copying one task |
//! | `run` | the way of a change from its count to its end |
//! | `servers` | servers and what they run |
//! | `schedules` | schedules; running, pausing and resuming them |
//! | `doctor` | looking for what is wrong in Redis |
//! | `audit` | the changes of operators |
//! | `trouble` | what is wrong, and all queues at a glance |
//! | `warnings` | what an answer leaves out, as headers |
//! | `named` | the parameter that names queues |

mod audit;
mod changes;
mod doctor;
mod edits;
mod named;
mod queues;
mod run;
mod schedules;
mod servers;
mod tasks;
mod trouble;
mod warnings;

use axum::Router;
use axum::routing::{get, post};

use super::state::Shared;

/// The routes that only show.
pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/stats", get(queues::stats))
        .route("/queues", get(queues::queues))
        .route("/queue", get(queues::queue))
        .route("/groups", get(queues::groups))
        .route("/tasks", get(tasks::tasks))
        .route("/task", get(tasks::task))
        .route("/task/logs", get(tasks::logs))
        .route("/task/payload", get(tasks::payload))
        .route("/task/result", get(tasks::result))
        .route("/servers", get(servers::servers))
        .route("/workers", get(servers::workers))
        .route("/schedules", get(schedules::schedules))
        .route("/audit", get(audit::audit))
        .route("/doctor", get(doctor::last))
        .route("/doctor/look", post(doctor::look))
        .route("/doctor/explain", get(doctor::explain))
        .route("/trouble", get(trouble::trouble))
        .route("/overview", get(trouble::overview))
}

/// Previews, for those who may change something.
pub(super) fn previews() -> Router<Shared> {
    Router::new()
        .route("/tasks/preview", post(changes::preview))
        .route("/doctor/preview", post(doctor::preview))
}

/// The routes that change something.
pub(super) fn changes() -> Router<Shared> {
    Router::new()
        .route("/queue/pause", post(queues::pause))
        .route("/queue/resume", post(queues::resume))
        .route("/tasks/run", post(changes::run))
        .route("/doctor/repair", post(doctor::repair))
        .route("/task/edit", post(edits::edit))
        .route("/task/copy", post(edits::copy))
        .route("/task/{action}", post(changes::one))
        .route("/schedule/run", post(schedules::run))
        .route("/schedule/pause", post(schedules::pause))
        .route("/schedule/resume", post(schedules::resume))
}
