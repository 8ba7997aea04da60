//! Running, pausing, resuming and removing a schedule.

use axum::Extension;
use axum::extract::State;
use axum::response::Redirect;

use crate::document::change::Verb;
use crate::document::enqueued::EnqueuedDocument;
use crate::inspector::schedules::ChangedBy;
use crate::web::failure::Failure;
use crate::web::links;
use crate::web::received::Body;
use crate::web::state::Shared;
use crate::web::viewer::Viewer;

/// The form of a schedule.
#[derive(Debug, serde::Deserialize)]
pub(super) struct Named {
    name: String,
}

pub(super) async fn run(
    State(shared): State<Shared>,
    Extension(viewer): Extension<Viewer>,
    Body(named): Body<Named>,
) -> Result<Redirect, Failure> {
    let inspector = viewer.permitted(shared.inspector())?;
    let ran = inspector
        .run_schedule(&named.name, &viewer.name, inspector.now())
        .await?;
    let unrecorded = ran.unrecorded.is_some().then_some(("unrecorded", "1"));
    let task = EnqueuedDocument::from(ran.enqueued);
    let mut parameters = vec![
        ("name", &*named.name),
        ("queue", &*task.queue),
        ("id", &*task.id),
    ];
    parameters.extend(unrecorded);
    Ok(Redirect::to(&shared.link("/schedule", &parameters)))
}

pub(super) async fn pause(
    State(shared): State<Shared>,
    Extension(viewer): Extension<Viewer>,
    Body(named): Body<Named>,
) -> Result<Redirect, Failure> {
    set(&shared, &viewer, &named, Verb::Pause).await
}

pub(super) async fn resume(
    State(shared): State<Shared>,
    Extension(viewer): Extension<Viewer>,
    Body(named): Body<Named>,
) -> Result<Redirect, Failure> {
    set(&shared, &viewer, &named, Verb::Resume).await
}

async fn set(
    shared: &Shared,
    viewer: &Viewer,
    named: &Named,
    verb: Verb,
) -> Result<Redirect, Failure> {
    let inspector = viewer.permitted(shared.inspector())?;
    let only = std::slice::from_ref(&named.name);
    let found = inspector.stored_schedules(only, inspector.now()).await?;
    let by = ChangedBy::User(viewer.name.clone());
    inspector.pause_schedules(&found, verb, &by).await?;
    Ok(Redirect::to(&links::schedule(shared, &named.name)))
}

pub(super) async fn remove(
    State(shared): State<Shared>,
    Extension(viewer): Extension<Viewer>,
    Body(named): Body<Named>,
) -> Result<Redirect, Failure> {
    let inspector = viewer.permitted(shared.inspector())?;
    let only = std::slice::from_ref(&named.name);
    let found = inspector.stored_schedules(only, inspector.now()).await?;
    inspector.remove_schedules(&found, false).await?;
    Ok(Redirect::to(&shared.link("/schedules", &[])))
}
