//! Pausing, resuming and deleting a queue.

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Redirect;

use crate::task::QueueName;
use crate::web::failure::Failure;
use crate::web::links;
use crate::web::names;
use crate::web::received::Body;
use crate::web::state::Shared;
use crate::web::viewer::Viewer;

/// The form of a queue.
#[derive(Debug, serde::Deserialize)]
pub(super) struct Named {
    queue: String,
}

pub(super) async fn pause(
    State(shared): State<Shared>,
    Extension(viewer): Extension<Viewer>,
    Body(named): Body<Named>,
) -> Result<Redirect, Failure> {
    let inspector = viewer.permitted(shared.inspector())?;
    let queue = names::existing(&inspector, &named.queue).await?;
    inspector
        .pause(std::slice::from_ref(&queue), inspector.now())
        .await?;
    Ok(back(&shared, &queue))
}

pub(super) async fn resume(
    State(shared): State<Shared>,
    Extension(viewer): Extension<Viewer>,
    Body(named): Body<Named>,
) -> Result<Redirect, Failure> {
    let inspector = viewer.permitted(shared.inspector())?;
    let queue = names::existing(&inspector, &named.queue).await?;
    inspector.resume(std::slice::from_ref(&queue)).await?;
    Ok(back(&shared, &queue))
}

/// The form that deletes a queue.
#[derive(Debug, serde::Deserialize)]
pub(super) struct Drop {
    queue: String,
    /// The name again, typed.
    confirm: String,
    /// How many tasks the page has shown; absent if they could not be counted.
    tasks: Option<u64>,
}

/// Goes on if the browser goes away: half a queue helps nobody.
pub(super) async fn drop_queue(
    State(shared): State<Shared>,
    Extension(viewer): Extension<Viewer>,
    Body(form): Body<Drop>,
) -> Result<Redirect, Failure> {
    let inspector = viewer.permitted(shared.inspector())?;
    let queue = names::existing(&inspector, &form.queue).await?;
    if form.confirm.trim() != queue.as_str() {
        let what = format!("the typed name is not {:?}", queue.as_str());
        return Err(refused(what, "go back, and type the name of the queue"));
    }
    let now = inspector.now();
    let preview = inspector
        .drop_preview(std::slice::from_ref(&queue), true, now)
        .await?;
    let held = preview
        .iter()
        .filter_map(|change| change.tasks)
        .sum::<u64>();
    if form.tasks.is_some_and(|shown| held > shown) {
        let what = format!(
            "queue {:?} holds more tasks than the page showed",
            queue.as_str()
        );
        return Err(refused(what, "go back, and load the page again"));
    }
    let dropped =
        tokio::spawn(async move { inspector.drop_queue(&queue, true, now, |_| ()).await });
    match dropped.await {
        Ok(dropped) => dropped?,
        Err(panicked) => return Err(failed(&panicked)),
    };
    Ok(Redirect::to(&shared.link("/", &[])))
}

fn back(shared: &Shared, queue: &QueueName) -> Redirect {
    Redirect::to(&links::queue(shared, queue.as_str()))
}

fn refused(what: String, hint: &str) -> Failure {
    Failure::refused(StatusCode::CONFLICT, what).with_hint(hint)
}

fn failed(panicked: &tokio::task::JoinError) -> Failure {
    Failure::refused(StatusCode::INTERNAL_SERVER_ERROR, panicked.to_string())
}
