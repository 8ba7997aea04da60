//! `/api/tasks/preview`, `/api/tasks/run`, and the changes of one task.
//!
//! They go through the same registry as those of the page: the limits are the same, they are listed on the page, and
//! they go on when the client is gone.

use std::num::NonZeroU32;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::{Extension, Json};

use super::run::{counted, ended, start};
use super::tasks::unreadable;
use crate::document::outcome::ChangeDocument;
use crate::inspector::query::Query;
use crate::inspector::{Outcome, Selection};
use crate::task::transition::Action;
use crate::web::changes::{Achieved, Change, Found, Refused, TaskChange};
use crate::web::failure::Failure;
use crate::web::names;
use crate::web::received::Document;
use crate::web::state::Shared;
use crate::web::viewer::Viewer;

/// A change of all tasks that match, or of those that are named.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OfSelection {
    action: String,
    /// The selection, as in the box of the page.
    q: Option<String>,
    tasks: Option<Vec<Named>>,
    /// The queue where the tasks go; to edit tasks.
    move_to: Option<String>,
    /// Allow an archive that overflows to delete its oldest tasks.
    #[serde(default)]
    allow_trim: bool,
    /// Tasks per second at most.
    rate: Option<NonZeroU32>,
    /// The number of tasks that the preview has counted.
    count: Option<u64>,
}

/// A task.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    queue: String,
    id: String,
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
    fn change(&self) -> Result<TaskChange, Failure> {
        let action = action(&self.action)?;
        if (action == Action::Edit) != self.move_to.is_some() {
            let what = "\"edit\" needs \"move_to\", and no other action has it";
            return Err(Failure::refused(StatusCode::BAD_REQUEST, what));
        }
        let move_to = self.move_to.as_deref().map(names::any);
        Ok(TaskChange {
            action,
            selection: self.selection()?,
            move_to: move_to.transpose()?,
            allow_trim: self.allow_trim,
        })
    }

    fn selection(&self) -> Result<Selection, Failure> {
        match (&self.q, self.tasks.as_deref()) {
            (Some(q), None) => {
                let query = Query::parse(q).map_err(unreadable)?;
                Ok(query.selection().clone())
            }
            (None, Some(tasks @ [_, ..])) => {
                let task = |task: &Named| Ok((names::any(&task.queue)?, names::id(&task.id)));
                let tasks: Result<Vec<_>, Failure> = tasks.iter().map(task).collect();
                Ok(Selection::of_tasks(&tasks?))
            }
            (_, _) => {
                let what = "either \"q\" or \"tasks\" says which tasks";
                Err(Failure::refused(StatusCode::BAD_REQUEST, what))
            }
        }
    }
}

/// What a change would do, as in a dry run.
pub(super) async fn preview(
    State(shared): State<Shared>,
    Extension(viewer): Extension<Viewer>,
    Document(asked): Document<OfSelection>,
) -> Result<Json<ChangeDocument>, Failure> {
    let change = made(&shared, &viewer, asked.change()?).await?;
    let preview = counted(&change).await?;
    change.stop();
    let Found::Tasks(found) = &preview.found else {
        return Err(Refused::Unknown.into());
    };
    let outcome = Outcome {
        dry_run: true,
        would_change: preview.total,
        ..found.outcome.clone()
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
    let change = made(&shared, &viewer, asked.change()?).await?;
    counted(&change).await?;
    start(&shared, &change, count, asked.rate)?;
    Ok(Json(ChangeDocument::from(&outcome(&change).await?)))
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
    let one = TaskChange {
        action,
        selection: Selection::of_tasks(&[(found.queue, found.id)]),
        move_to: None,
        allow_trim: asked.allow_trim,
    };
    let change = made(&shared, &viewer, one).await?;
    let preview = counted(&change).await?;
    start(&shared, &change, preview.total, None)?;
    let outcome = outcome(&change).await?;
    match outcome.failures.first() {
        Some(failed) => Err(failed.error.clone().into()),
        None => Ok(Json(ChangeDocument::from(&outcome))),
    }
}

async fn made(
    shared: &Shared,
    viewer: &Viewer,
    change: TaskChange,
) -> Result<Arc<Change>, Failure> {
    let inspector = viewer.permitted(shared.inspector())?;
    let changes = shared.changes();
    Ok(changes.make(&inspector, change, &viewer.name).await?)
}

async fn outcome(change: &Change) -> Result<Outcome, Failure> {
    match &ended(change).await?.achieved {
        Achieved::Tasks(outcome) => Ok(outcome.clone()),
        Achieved::Repairs(_) => Err(Refused::Unknown.into()),
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
    action.ok_or_else(unknown)
}
