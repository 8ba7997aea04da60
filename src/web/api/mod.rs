//! The documents of the program as JSON.

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};

use super::failure::Failure;
use super::state::Shared;
use crate::document::stats::Stats;
use crate::inspector::queues::StatsOptions;

/// The routes below `/api`.
pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/stats", get(stats))
}

async fn stats(State(shared): State<Shared>) -> Result<Json<Stats>, Failure> {
    let inspector = shared.inspector();
    let options = StatsOptions::default();
    Ok(Json(inspector.stats(&options, inspector.now()).await?))
}
