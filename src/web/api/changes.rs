//! `/api/tasks/preview`, `/api/tasks/run`, and the changes of one task.
//!
//! They go through the same registry as those of the page: the limits are the same, they are listed on the page, and
//! they go on when the client is gone.

use std::num::NonZeroU32;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::{Extension, Json};

use super::tasks::unreadable;
use crate::document::outcome::ChangeDocument;
use crate::inspector::query::Query;
use crate::inspector::{Outcome, Selection};
use crate::task::transition::Action;
use crate::web::changes::{Change, Phase, Preview, Refused, Request, Whole};
use crate::web::failure::Failure;
use crate::web::names;
use crate::web::received::Document;
use crate::web::state::Shared;
use crate::web::viewer::Viewer;

/// A change of all tasks that match.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OfSelection {
    action: String,
    /// The selection, as in the box of the page.
    q: String,
    /// Allow an archive that overflows to delete its oldest tasks.
    #[serde(default)]
    allow_trim: bool,
    /// Tasks per second at most.
    rate: Option<NonZeroU32>,
    /// The number of tasks that the preview has counted.
    count: Option<u64>,
}

/// A change of one task.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OfTask {
    queue: String,
    id: String,
    #[serde(default)]
    allow_trim: bool,
}

impl OfSelection {
    fn request(&self, viewer: &Viewer) -> Result<Request, Failure> {
        let query = Query::parse(&self.q).map_err(unreadable)?;
        Ok(Request {
            action: action(&self.action)?,
            selection: query.selection().clone(),
            allow_trim: self.allow_trim,
            by: viewer.name.clone(),
        })
    }
}

/// What a change would do, as in a dry run.
pub(super) async fn preview(
    State(shared): State<Shared>,
    Extension(viewer): Extension<Viewer>,
    Document(asked): Document<OfSelection>,
) -> Result<Json<ChangeDocument>, Failure> {
    let (change, preview) = counted(&shared, &viewer, asked.request(&viewer)?).await?;
    change.stop();
    let outcome = Outcome {
        dry_run: true,
        would_change: preview.total,
        ..preview.outcome.clone()
    };
    Ok(Json(ChangeDocument::from(&outcome)))
}

/// Makes a change of as many tasks as the preview has counted, and answers when it is over.
pub(super) async fn run(
    State(shared): State<Shared>,
    Extension(viewer): Extension<Viewer>,
    Document(asked): Document<OfSelection>,
) -> Result<Json<ChangeDocument>, Failure> {
    let count = asked.count.ok_or_else(|| {
        let what = "the number of tasks is missing (count)";
        let failure = Failure::refused(StatusCode::UNPROCESSABLE_ENTITY, what);
        failure.with_hint("send what would_change of /api/tasks/preview has said")
    })?;
    let (change, _) = counted(&shared, &viewer, asked.request(&viewer)?).await?;
    if let Err(refused) = shared.changes().start(&change, count, asked.rate) {
        change.stop();
        return Err(refused.into());
    }
    Ok(Json(ChangeDocument::from(&ended(&change).await?)))
}

/// Changes one task.
pub(super) async fn one(
    State(shared): State<Shared>,
    Extension(viewer): Extension<Viewer>,
    Path(named): Path<String>,
    Document(asked): Document<OfTask>,
) -> Result<Json<ChangeDocument>, Failure> {
    let action = action(&named)?;
    let found = names::task(shared.inspector(), &asked.queue, &asked.id).await?;
    let request = Request {
        action,
        selection: Selection::of_tasks(&[(found.queue, found.id)]),
        allow_trim: asked.allow_trim,
        by: viewer.name.clone(),
    };
    let (change, preview) = counted(&shared, &viewer, request).await?;
    if let Err(refused) = shared.changes().start(&change, preview.total, None) {
        change.stop();
        return Err(refused.into());
    }
    let outcome = ended(&change).await?;
    match outcome.failures.first() {
        Some(failed) => Err(failed.error.clone().into()),
        None => Ok(Json(ChangeDocument::from(&outcome))),
    }
}

/// A change whose tasks are counted.
async fn counted(
    shared: &Shared,
    viewer: &Viewer,
    request: Request,
) -> Result<(Arc<Change>, Arc<Preview>), Failure> {
    let inspector = viewer.permitted(shared.inspector())?;
    let change = shared.changes().make(&inspector, request).await?;
    let counting = |phase: &Phase| matches!(phase, Phase::Counting { .. });
    change.wait_for(|phase| !counting(phase)).await;
    match change.phase() {
        Phase::Ready(preview) => Ok((change, preview)),
        Phase::Refused(error) => Err(error.into()),
        // It was dropped for newer ones.
        Phase::Counting { .. }
        | Phase::Running(_)
        | Phase::Paused(_)
        | Phase::Away(..)
        | Phase::Over(_)
        | Phase::Dropped => Err(Refused::Unknown.into()),
    }
}

/// The outcome of a change that was started.
async fn ended(change: &Change) -> Result<Outcome, Failure> {
    change.wait_for(Phase::is_final).await;
    let Phase::Over(ended) = change.phase() else {
        return Err(Refused::Unknown.into());
    };
    let stopped = |why: &str| {
        let done = ended.outcome.done();
        let what = format!("the change was stopped {why}, after {done} tasks");
        Failure::refused(StatusCode::CONFLICT, what)
    };
    match &ended.whole {
        Whole::Done => Ok(ended.outcome.clone()),
        Whole::Stopped => Err(stopped("on the page")),
        Whole::Interrupted => Err(stopped("with the server")),
        Whole::Failed(error) => Err(error.clone().into()),
    }
}

fn action(named: &str) -> Result<Action, Failure> {
    let action = Action::ALL.into_iter().find(|one| one.verb() == named);
    let unknown = || {
        Failure::refused(
            StatusCode::NOT_FOUND,
            format!("there is no action {named:?}"),
        )
    };
    action
        .filter(|action| *action != Action::Edit)
        .ok_or_else(unknown)
}
