//! The servers, and what they run.

mod cancel;
mod server;

use std::collections::HashMap;

use axum::extract::{Query, State};
use axum::routing::{get, post};
use axum::{Extension, Router};
use maud::{Markup, html};

use super::frame::{Frame, Tab, page};
use crate::document::server::{ServerDocument, WorkerDocument};
use crate::web::failure::Failure;
use crate::web::parts::absent::absent;
use crate::web::parts::command::command;
use crate::web::parts::notice::{Kind, notice};
use crate::web::parts::number::plural;
use crate::web::state::Shared;
use crate::web::viewer::Viewer;

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/workers", get(workers))
}

/// The routes that change something.
pub(super) fn changes() -> Router<Shared> {
    Router::new().route("/workers/cancel", post(cancel::cancel))
}

/// The parameters of the address.
#[derive(Debug, serde::Deserialize)]
struct Parameters {
    /// The task that was just asked to stop.
    cancelled: Option<String>,
    /// How many servers listened.
    listeners: Option<u64>,
}

async fn workers(
    State(shared): State<Shared>,
    Extension(viewer): Extension<Viewer>,
    Query(parameters): Query<Parameters>,
) -> Result<Markup, Failure> {
    let inspector = shared.inspector();
    let now = inspector.now();
    let servers = inspector.servers(&[], now).await?;
    let mut running: HashMap<String, Vec<WorkerDocument>> = HashMap::new();
    for task in inspector.workers(&[], now).await? {
        running
            .entry(task.server_id.clone())
            .or_default()
            .push(task);
    }
    let body = html! {
        section aria-labelledby="workers" {
            div .row {
                h1 #workers { "Workers" }
                @if !servers.is_empty() { span .dim { (summary(&servers)) } }
            }
            @if let Some(id) = &parameters.cancelled { (cancelled(id, parameters.listeners)) }
            @if servers.is_empty() { (first_worker()) }
            @for server in &servers {
                @let tasks = running.get(&server.server_id).map_or(&[][..], Vec::as_slice);
                (server::server(&shared, &viewer, server, tasks, now))
            }
        }
    };
    let frame = Frame {
        title: "Workers",
        tab: Some(Tab::Workers),
        command: "qctl ls workers",
        ..Frame::default()
    };
    Ok(page(&shared, &viewer, &frame, &body))
}

fn summary(servers: &[ServerDocument]) -> String {
    let sum = |figure: fn(&ServerDocument) -> i32| -> i64 {
        servers.iter().map(|server| i64::from(figure(server))).sum()
    };
    let busy = sum(|server| server.active_workers);
    let slots = sum(|server| server.concurrency);
    format!(
        "{}, {busy} of {slots} slots busy",
        plural(servers.len() as u64, "worker")
    )
}

fn cancelled(id: &str, listeners: Option<u64>) -> Markup {
    if listeners == Some(0) {
        return notice(
            Kind::Warning,
            &html! { "No worker listens for cancellations: task " code { (id) } " goes on" },
        );
    }
    notice(
        Kind::Good,
        &html! { "Asked the workers to stop task " code { (id) } ". A cancelled attempt counts as failed, and is retried." },
    )
}

/// What to do where no server runs.
fn first_worker() -> Markup {
    absent(
        "No worker is running",
        &html! {
            p { "Tasks wait until a worker takes them. This command starts one that runs a shell command for each task:" }
            (command("first-worker", "qctl work --queue default --handle 'email:*=./send-email'"))
        },
    )
}
