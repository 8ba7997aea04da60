//! `/api/trouble`: what is wrong with queues and workers, worst first.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};

use crate::document::trouble::TroubleDocument;
use crate::web::failure::Failure;
use crate::web::state::Shared;

pub(super) async fn trouble(
    State(shared): State<Shared>,
) -> Result<Json<Vec<TroubleDocument>>, Failure> {
    let overview = shared.sampler().fresh().await.current()?;
    Ok(Json(overview.trouble.clone()))
}

/// All queues at a glance, as the page shows them.
pub(super) async fn overview(State(shared): State<Shared>) -> Result<Response, Failure> {
    let overview = shared.sampler().fresh().await.current()?;
    Ok(Json(&*overview).into_response())
}
