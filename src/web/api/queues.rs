//! `/api/stats`, `/api/queues`, `/api/queue`, `/api/groups`.

use axum::Extension;
use axum::Json;
use axum::extract::State;

use super::named::Named;
use crate::document::change::QueueChange;
use crate::document::queue::{GroupDocument, QueueDetails, QueueDocument};
use crate::document::stats::Stats;
use crate::inspector::queues::{DETAILED_DAYS, StatsOptions};
use crate::web::failure::Failure;
use crate::web::names;
use crate::web::received::{Document, Parameters, within};
use crate::web::state::Shared;
use crate::web::viewer::Viewer;

/// Past days that are read for one request, as on the command line.
const MAX_DAYS: u32 = 90;
/// Groups in one answer; a queue may have any number of them.
const MAX_GROUPS: usize = 1_000;

#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct StatsParameters {
    queue: Option<String>,
    /// Include this many past days.
    history: Option<u32>,
}

pub(super) async fn stats(
    State(shared): State<Shared>,
    Parameters(parameters): Parameters<StatsParameters>,
) -> Result<Json<Stats>, Failure> {
    let queue = parameters.queue;
    let days = parameters.history;
    let days = days.map(|days| within("history", days, 1..=MAX_DAYS));
    let days = days.transpose()?;
    let options = StatsOptions {
        queues: Named { queue }.queues()?,
        memory: false,
        days,
    };
    let inspector = shared.inspector();
    Ok(Json(inspector.stats(&options, inspector.now()).await?))
}

pub(super) async fn queues(
    State(shared): State<Shared>,
    Parameters(named): Parameters<Named>,
) -> Result<Json<Vec<QueueDocument>>, Failure> {
    let inspector = shared.inspector();
    let queues = named.queues()?;
    let figures = inspector.figures(&queues, inspector.now());
    Ok(Json(figures.await?.queues))
}

#[derive(Debug, serde::Deserialize)]
pub(super) struct One {
    queue: String,
}

pub(super) async fn queue(
    State(shared): State<Shared>,
    Parameters(one): Parameters<One>,
) -> Result<Json<QueueDetails>, Failure> {
    let inspector = shared.inspector();
    let queue = names::existing(inspector, &one.queue).await?;
    let now = inspector.now();
    Ok(Json(
        inspector.queue_details(&queue, DETAILED_DAYS, now).await?,
    ))
}

pub(super) async fn groups(
    State(shared): State<Shared>,
    Parameters(one): Parameters<One>,
) -> Result<Json<Vec<GroupDocument>>, Failure> {
    let inspector = shared.inspector();
    let queue = names::existing(inspector, &one.queue).await?;
    let mut pages = inspector.groups(&queue);
    let mut found = Vec::new();
    while found.len() < MAX_GROUPS {
        let page = pages.next().await.map_err(crate::inspector::Error::from)?;
        let Some(page) = page else { break };
        found.extend(page.iter().map(GroupDocument::from));
    }
    found.truncate(MAX_GROUPS);
    Ok(Json(found))
}

pub(super) async fn pause(
    State(shared): State<Shared>,
    Extension(viewer): Extension<Viewer>,
    Document(one): Document<One>,
) -> Result<Json<Vec<QueueChange>>, Failure> {
    let inspector = viewer.permitted(shared.inspector())?;
    let queue = names::existing(&inspector, &one.queue).await?;
    let queues = std::slice::from_ref(&queue);
    Ok(Json(inspector.pause(queues, inspector.now()).await?))
}

pub(super) async fn resume(
    State(shared): State<Shared>,
    Extension(viewer): Extension<Viewer>,
    Document(one): Document<One>,
) -> Result<Json<Vec<QueueChange>>, Failure> {
    let inspector = viewer.permitted(shared.inspector())?;
    let queue = names::existing(&inspector, &one.queue).await?;
    let queues = std::slice::from_ref(&queue);
    Ok(Json(inspector.resume(queues).await?))
}
