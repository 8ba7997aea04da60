//! `/api/schedules`, and `/api/schedule` for changes of one.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::{Extension, Json};

use super::named::Named;
use super::warnings::warnings;
use crate::document::change::{ScheduleChange, Verb};
use crate::document::enqueued::EnqueuedDocument;
use crate::document::schedule::ScheduleDocument;
use crate::inspector::schedules::ChangedBy;
use crate::web::failure::Failure;
use crate::web::received::{Document, Parameters};
use crate::web::state::Shared;
use crate::web::viewer::Viewer;

pub(super) async fn schedules(
    State(shared): State<Shared>,
    Parameters(named): Parameters<Named>,
) -> Result<Json<Vec<ScheduleDocument>>, Failure> {
    let inspector = shared.inspector();
    let queues = named.queues()?;
    let found = inspector.schedules(&[], &queues, inspector.now()).await?;
    Ok(Json(found.schedules))
}

/// The schedule that is meant.
#[derive(Debug, serde::Deserialize)]
pub(super) struct One {
    name: String,
}

pub(super) async fn run(
    State(shared): State<Shared>,
    Extension(viewer): Extension<Viewer>,
    Document(one): Document<One>,
) -> Result<(HeaderMap, Json<EnqueuedDocument>), Failure> {
    let inspector = viewer.permitted(shared.inspector())?;
    let ran = inspector.run_schedule(&one.name, &viewer.name, inspector.now());
    let ran = ran.await?;
    let warnings = warnings(ran.warning().as_slice());
    Ok((warnings, Json(EnqueuedDocument::from(ran.enqueued))))
}

pub(super) async fn pause(
    State(shared): State<Shared>,
    Extension(viewer): Extension<Viewer>,
    Document(one): Document<One>,
) -> Result<Json<Vec<ScheduleChange>>, Failure> {
    set(&shared, &viewer, &one, Verb::Pause).await
}

pub(super) async fn resume(
    State(shared): State<Shared>,
    Extension(viewer): Extension<Viewer>,
    Document(one): Document<One>,
) -> Result<Json<Vec<ScheduleChange>>, Failure> {
    set(&shared, &viewer, &one, Verb::Resume).await
}

async fn set(
    shared: &Shared,
    viewer: &Viewer,
    one: &One,
    verb: Verb,
) -> Result<Json<Vec<ScheduleChange>>, Failure> {
    let inspector = viewer.permitted(shared.inspector())?;
    let only = std::slice::from_ref(&one.name);
    let found = inspector.stored_schedules(only, inspector.now()).await?;
    let by = ChangedBy::User(viewer.name.clone());
    Ok(Json(inspector.pause_schedules(&found, verb, &by).await?))
}
