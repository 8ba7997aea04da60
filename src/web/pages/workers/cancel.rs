//! Asking the servers to stop a task.

use axum::Extension;
use axum::extract::State;
use axum::response::Redirect;

use crate::inspector::{Options, Selection};
use crate::task::transition::Action;
use crate::web::failure::Failure;
use crate::web::names;
use crate::web::received::Body;
use crate::web::state::Shared;
use crate::web::viewer::Viewer;

/// The form of a running task.
#[derive(Debug, serde::Deserialize)]
pub(super) struct RunningTask {
    queue: String,
    id: String,
}

pub(super) async fn cancel(
    State(shared): State<Shared>,
    Extension(viewer): Extension<Viewer>,
    Body(task): Body<RunningTask>,
) -> Result<Redirect, Failure> {
    let inspector = viewer.permitted(shared.inspector())?;
    let queue = names::existing(&inspector, &task.queue).await?;
    let id = names::id(&task.id);
    let selection = Selection {
        queues: vec![queue],
        ..Selection::ids([id])
    };
    let options = Options::default();
    let mut plan = inspector.plan(Action::Cancel, &selection, options).await?;
    while plan.step(inspector.now()).await?.is_some() {}
    let outcome = plan.outcome();
    if let Some(failed) = outcome.failures.first() {
        return Err(failed.error.clone().into());
    }
    let listeners = outcome.listeners.map(|count| count.to_string());
    let mut parameters = vec![("cancelled", task.id.as_str())];
    parameters.extend(listeners.as_deref().map(|count| ("listeners", count)));
    Ok(Redirect::to(&shared.link("/workers", &parameters)))
}
