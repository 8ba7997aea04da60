//! The forms that make, start, pause, resume and stop changes. Each answers with the page to go to.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::post;
use axum::{Extension, Router};
use tokio::time::timeout;

use super::destination;
use crate::task::transition::Action;
use crate::task::{QueueName, TaskId};
use crate::web::changes::{Change, ChangeId, Form, Phase, Refused};
use crate::web::failure::Failure;
use crate::web::received::Body;
use crate::web::state::Shared;
use crate::web::viewer::Viewer;
use crate::web::{links, names};

/// How long an answer waits for a change that may be quick.
const QUICK: Duration = Duration::from_secs(2);

/// The routes that make previews, and those that hold changes up or let them go on.
pub(crate) fn previews() -> Router<Shared> {
    Router::new()
        .route("/changes", post(make))
        .route("/doctor/repair", post(repair))
        .route("/change/pause", post(pause))
        .route("/change/resume", post(resume))
        .route("/change/stop", post(stop))
}

/// The route that starts what was previewed.
pub(crate) fn starts() -> Router<Shared> {
    Router::new().route("/change/start", post(start))
}

/// The form of a change: which one, and what its preview has shown.
#[derive(Debug, serde::Deserialize)]
struct Named {
    id: String,
    /// The number of tasks in the preview.
    count: Option<u64>,
    /// The largest number of tasks per second; empty for as many as possible.
    #[serde(default)]
    rate: String,
}

/// The form of a repair.
#[derive(Debug, serde::Deserialize)]
struct ToRepair {
    code: String,
    /// Absent: wherever it was found.
    queue: Option<String>,
}

async fn make(
    State(shared): State<Shared>,
    Extension(viewer): Extension<Viewer>,
    Body(fields): Body<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    let inspector = viewer.permitted(shared.inspector())?;
    if let Some(page) = destination::asking(&shared, &viewer, &fields) {
        return Ok(page);
    }
    let form = Form::read(&fields)?;
    let (changes, action) = (shared.changes(), form.change.action);
    let change = match changes.make(&inspector, form.change, &viewer.name).await {
        Ok(change) => change,
        Err(why) => return Ok(destination::refused(&shared, &viewer, &fields, why.into())),
    };
    quickly(&change, |phase| !matches!(phase, Phase::Counting { .. })).await;
    // In a protected context, the preview asks for its name.
    if let Some((queue, id)) = form.only
        && shared.settings().protected.is_none()
        && let Phase::Ready(preview) = change.phase()
    {
        changes.start(&change, preview.total, None)?;
        quickly(&change, Phase::is_final).await;
        if change.phase().is_final() && action != Action::Delete {
            return Ok(to_task(&shared, &queue, &id, &change).into_response());
        }
    }
    Ok(to(&shared, &change).into_response())
}

/// Begins a repair of what was found at the last look.
async fn repair(
    State(shared): State<Shared>,
    Extension(viewer): Extension<Viewer>,
    Body(asked): Body<ToRepair>,
) -> Result<Redirect, Failure> {
    let inspector = viewer.permitted(shared.inspector())?;
    let repair = names::repair(&asked.code, asked.queue.as_deref())?;
    let (changes, examiner) = (shared.changes(), shared.examiner());
    let change = changes.repair(&inspector, examiner, repair, &viewer.name)?;
    quickly(&change, |phase| !matches!(phase, Phase::Counting { .. })).await;
    Ok(to(&shared, &change))
}

async fn start(
    State(shared): State<Shared>,
    Extension(viewer): Extension<Viewer>,
    Body(named): Body<Named>,
) -> Result<Redirect, Failure> {
    let change = named.change(&shared, &viewer)?;
    let rate = named.rate()?;
    let count = named.count.ok_or_else(|| {
        Failure::refused(StatusCode::BAD_REQUEST, "the number of tasks is missing")
    })?;
    shared.changes().start(&change, count, rate)?;
    quickly(&change, |phase| !matches!(phase, Phase::Ready(_))).await;
    Ok(to(&shared, &change))
}

async fn pause(
    State(shared): State<Shared>,
    Extension(viewer): Extension<Viewer>,
    Body(named): Body<Named>,
) -> Result<Redirect, Failure> {
    let change = named.change(&shared, &viewer)?;
    change.pause();
    quickly(&change, |phase| !matches!(phase, Phase::Running(_))).await;
    Ok(to(&shared, &change))
}

async fn resume(
    State(shared): State<Shared>,
    Extension(viewer): Extension<Viewer>,
    Body(named): Body<Named>,
) -> Result<Redirect, Failure> {
    let change = named.change(&shared, &viewer)?;
    change.resume();
    quickly(&change, |phase| !matches!(phase, Phase::Paused(_))).await;
    Ok(to(&shared, &change))
}

async fn stop(
    State(shared): State<Shared>,
    Extension(viewer): Extension<Viewer>,
    Body(named): Body<Named>,
) -> Result<Redirect, Failure> {
    let change = named.change(&shared, &viewer)?;
    change.stop();
    quickly(&change, Phase::is_final).await;
    Ok(to(&shared, &change))
}

impl Named {
    fn change(&self, shared: &Shared, viewer: &Viewer) -> Result<Arc<Change>, Failure> {
        viewer.permitted(shared.inspector())?;
        let id: ChangeId = self.id.parse().map_err(|_| Refused::Unknown)?;
        Ok(shared.changes().get(id)?)
    }

    fn rate(&self) -> Result<Option<NonZeroU32>, Failure> {
        let text = self.rate.trim();
        if text.is_empty() {
            return Ok(None);
        }
        text.parse().map(Some).map_err(|_| {
            let what = format!("the rate {text:?} is not a whole number above 0");
            Failure::refused(StatusCode::BAD_REQUEST, what)
        })
    }
}

/// Waits until the change is in such a phase, but not for long: its page shows how it goes on.
async fn quickly(change: &Change, fits: impl FnMut(&Phase) -> bool) {
    timeout(QUICK, change.wait_for(fits)).await.ok();
}

fn to(shared: &Shared, change: &Change) -> Redirect {
    Redirect::to(&links::change(shared, change.id))
}

/// Back to the task.
fn to_task(shared: &Shared, queue: &QueueName, id: &TaskId, change: &Change) -> Redirect {
    let change = change.id.to_string();
    let parameters = [
        ("queue", queue.as_str()),
        ("id", id.as_str()),
        ("change", &change),
    ];
    Redirect::to(&shared.link("/task", &parameters))
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        let what = refused.to_string();
        match refused {
            Refused::Inspector(error) => error.into(),
            Refused::TooMany => Self::refused(StatusCode::TOO_MANY_REQUESTS, what)
                .with_hint("wait for one of them, or stop one, on the page of changes"),
            Refused::Closed => Self::refused(StatusCode::SERVICE_UNAVAILABLE, what),
            Refused::Unknown => Self::refused(StatusCode::NOT_FOUND, what)
                .with_hint("begin again; changes that were made are in the audit log"),
            Refused::NotLooked => Self::refused(StatusCode::CONFLICT, what)
                .with_hint("look first, and wait until the look is over"),
            Refused::Stale { .. } => Self::refused(StatusCode::CONFLICT, what)
                .with_hint("go back to the preview, load it again, and look at the new number"),
            Refused::Counting => {
                Self::refused(StatusCode::CONFLICT, what).with_hint("wait for the preview")
            }
        }
    }
}
