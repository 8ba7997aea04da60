//! The documents of the program as JSON.

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Json, Router};

use super::failure::Failure;
use super::state::Shared;
use crate::document::stats::Stats;
use crate::inspector::queues::StatsOptions;

/// The routes below `/api`.
pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/overview", get(overview))
        .route("/stats", get(stats))
}

async fn stats(State(shared): State<Shared>) -> Result<Json<Stats>, Failure> {
    let inspector = shared.inspector();
    let options = StatsOptions::default();
    Ok(Json(inspector.stats(&options, inspector.now()).await?))
}

/// All queues at a glance, as the page shows them.
async fn overview(State(shared): State<Shared>) -> Result<Response, Failure> {
    let sample = shared.sampler().fresh().await;
    Ok(Json(&*sample.current()?).into_response())
}
