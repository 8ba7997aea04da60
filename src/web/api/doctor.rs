//! `/api/doctor`: the findings of the last look, new looks, repairs, and what the codes mean.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};

use super::run::{counted, ended, start};
use crate::document::doctor::{ExplanationDocument, LookDocument, RepairDocument};
use crate::inspector::doctor::{Explained, Looks};
use crate::web::changes::{Achieved, Change, Found, Refused};
use crate::web::failure::Failure;
use crate::web::names;
use crate::web::received::{Document, Parameters};
use crate::web::state::Shared;
use crate::web::viewer::Viewer;

/// How thorough a look is.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    /// Report what a running server may be about to resolve without a second look.
    #[serde(default)]
    quick: bool,
}

/// A repair of what was found at the last look.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ToRepair {
    code: String,
    /// Absent: wherever it was found.
    queue: Option<String>,
    /// The sum of what the preview would repair.
    count: Option<u64>,
}

/// The parameters of an explanation.
#[derive(Debug, serde::Deserialize)]
pub(super) struct Named {
    /// Absent: all codes.
    code: Option<String>,
}

/// What was found at the last look. It costs Redis nothing.
pub(super) async fn last(State(shared): State<Shared>) -> Result<Json<LookDocument>, Failure> {
    known(&shared)
}

/// Looks, and answers when the look is over. It goes on when the client is gone.
pub(super) async fn look(
    State(shared): State<Shared>,
    Document(asked): Document<Asked>,
) -> Result<Json<LookDocument>, Failure> {
    let examiner = shared.examiner();
    examiner.start(Looks::quick(asked.quick));
    examiner.ended().await;
    match examiner.examined().error {
        Some(error) => Err(error.into()),
        None => known(&shared),
    }
}

pub(super) async fn explain(Parameters(named): Parameters<Named>) -> Result<Response, Failure> {
    if let Some(code) = named.code {
        return Ok(Json(ExplanationDocument::from(names::explained(&code)?)).into_response());
    }
    let all = Explained::all().map(ExplanationDocument::from);
    Ok(Json(all.collect::<Vec<_>>()).into_response())
}

/// What a repair would do, as in a dry run.
pub(super) async fn preview(
    State(shared): State<Shared>,
    Extension(viewer): Extension<Viewer>,
    Document(asked): Document<ToRepair>,
) -> Result<Json<Vec<RepairDocument>>, Failure> {
    let change = made(&shared, &viewer, &asked)?;
    let preview = counted(&change).await?;
    change.stop();
    match &preview.found {
        Found::Findings { repairs, .. } => Ok(Json(repairs.clone())),
        Found::Tasks(_) => Err(Refused::Unknown.into()),
    }
}

/// Repairs as much as the preview would, and answers when that is done.
pub(super) async fn repair(
    State(shared): State<Shared>,
    Extension(viewer): Extension<Viewer>,
    Document(asked): Document<ToRepair>,
) -> Result<Json<Vec<RepairDocument>>, Failure> {
    let count = asked.count.ok_or_else(|| {
        let what = "the number of findings is missing (count)";
        let failure = Failure::refused(StatusCode::UNPROCESSABLE_ENTITY, what);
        failure.with_hint("send the sum of repaired in the answer of /api/doctor/preview")
    })?;
    let change = made(&shared, &viewer, &asked)?;
    counted(&change).await?;
    start(&shared, &change, count, None)?;
    match &ended(&change).await?.achieved {
        Achieved::Repairs(repairs) => Ok(Json(repairs.clone())),
        Achieved::Tasks(_) => Err(Refused::Unknown.into()),
    }
}

fn made(shared: &Shared, viewer: &Viewer, asked: &ToRepair) -> Result<Arc<Change>, Failure> {
    let inspector = viewer.permitted(shared.inspector())?;
    let repair = names::repair(&asked.code, asked.queue.as_deref())?;
    let (changes, examiner) = (shared.changes(), shared.examiner());
    Ok(changes.repair(&inspector, examiner, repair, &viewer.name)?)
}

fn known(shared: &Shared) -> Result<Json<LookDocument>, Failure> {
    let examined = shared.examiner().examined();
    match (&examined.last, &examined.error) {
        (None, Some(error)) => Err(error.clone().into()),
        (Some(_), _) | (None, None) => Ok(Json(examined.document(shared.inspector().now()))),
    }
}
