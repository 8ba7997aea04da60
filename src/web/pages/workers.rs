//! The servers, and what they run.

mod cancel;
mod server;

use std::collections::HashMap;

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Extension, Router};
use maud::{Markup, html};

use super::frame::{Frame, Tab, page};
use super::status;
use crate::document::server::{ServerDocument, WorkerDocument};
use crate::inspector::Error;
use crate::inspector::overview::Sample;
use crate::web::failure::Failure;
use crate::web::live::{LivePage, updates};
use crate::web::parts::absent::absent;
use crate::web::parts::command::command;
use crate::web::parts::notice::{Kind, notice};
use crate::web::parts::number::plural;
use crate::web::received::Parameters;
use crate::web::renderings::{Fragment, Subject};
use crate::web::state::Shared;
use crate::web::viewer::Viewer;

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/workers", get(workers))
        .route("/live/workers", get(updates::<Live>))
}

/// The routes that change something.
pub(super) fn changes() -> Router<Shared> {
    Router::new().route("/workers/cancel", post(cancel::cancel))
}

/// The parameters of the address.
#[derive(Debug, serde::Deserialize)]
struct Asked {
    /// The task that was just asked to stop.
    cancelled: Option<String>,
    /// How many servers listened.
    listeners: Option<u64>,
}

async fn workers(
    State(shared): State<Shared>,
    Extension(viewer): Extension<Viewer>,
    Parameters(parameters): Parameters<Asked>,
) -> Result<Markup, Failure> {
    let sample = shared.sampler().fresh().await;
    let now = shared.inspector().now();
    let servers = match (&sample.overview, &sample.outage) {
        (Some(overview), _) => overview.servers.as_deref(),
        (None, Some(outage)) => return Err((*outage.error).clone().into()),
        (None, None) => None,
    };
    let servers = servers.unwrap_or_default();
    let silent = sample.overview.iter().flat_map(|overview| &overview.silent);
    // While Redis does not answer, the servers that were last known are shown, without their tasks.
    let running = running(&shared, sample.outage.is_some()).await?;
    let body = html! {
        (status::status(&sample, now))
        section aria-labelledby="workers" {
            div .row {
                h1 #workers { "Workers" }
                (summary(servers))
            }
            @if let Some(id) = &parameters.cancelled { (cancelled(id, parameters.listeners)) }
            @if servers.is_empty() { (first_worker()) }
            div #servers .stack {
                @for server in servers {
                    (server::server(&shared, viewer.may_change, server, tasks(&running, server), now))
                }
                @for server in silent { (server::silent(server, now)) }
            }
        }
    };
    let frame = Frame {
        title: "Workers",
        tab: Some(Tab::Workers),
        command: "qctl ls workers",
        live: &shared.link("/live/workers", &[]),
        ..Frame::default()
    };
    Ok(page(&shared, &viewer, &frame, &body))
}

/// The running tasks by the id of their server.
type Running = HashMap<String, Vec<WorkerDocument>>;

async fn running(shared: &Shared, away: bool) -> Result<Running, Error> {
    let mut running = Running::new();
    if !away {
        for task in shared.running().await?.iter() {
            let tasks = running.entry(task.server_id.clone()).or_default();
            tasks.push(task.clone());
        }
    }
    Ok(running)
}

fn tasks<'a>(running: &'a Running, server: &ServerDocument) -> &'a [WorkerDocument] {
    running.get(&server.server_id).map_or(&[], Vec::as_slice)
}

struct Live;

impl LivePage for Live {
    const PAGE: &'static str = "workers";

    async fn fragments(shared: &Shared, subject: &Subject, sample: &Sample) -> Vec<Fragment> {
        let now = shared.inspector().now();
        let mut fragments = vec![status::fragment(sample, now)];
        let overview = sample.overview.as_ref();
        let servers = overview.and_then(|overview| overview.servers.as_deref());
        // While Redis does not answer, the page stays as it is.
        let Some(servers) = servers.filter(|_| sample.outage.is_none()) else {
            return fragments;
        };
        fragments.push(Fragment::new("workers-summary", summary(servers)));
        // The servers stay as they are if what they run cannot be read.
        let Ok(running) = running(shared, false).await else {
            return fragments;
        };
        for server in servers {
            let tasks = tasks(&running, server);
            let html = server::server(shared, subject.may_change, server, tasks, now);
            fragments.push(Fragment::new(server::id(&server.server_id), html));
        }
        for server in overview.iter().flat_map(|overview| &overview.silent) {
            let html = server::silent(server, now);
            fragments.push(Fragment::new(server::id(&server.server_id), html));
        }
        fragments
    }
}

fn summary(servers: &[ServerDocument]) -> Markup {
    let sum = |figure: fn(&ServerDocument) -> i32| -> i64 {
        servers.iter().map(|server| i64::from(figure(server))).sum()
    };
    let busy = sum(|server| server.active_workers);
    let slots = sum(|server| server.concurrency);
    html! {
        span #workers-summary .dim {
            @if !servers.is_empty() {
                (plural(servers.len() as u64, "worker")) ", " (busy) " of " (slots) " slots busy"
            }
        }
    }
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
