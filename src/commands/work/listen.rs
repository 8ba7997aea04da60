//! `work --listen`: whether the worker is alive (`/healthz`) and takes tasks (`/readyz`), and its figures (`/metrics`).

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use prometheus_client::encoding::prometheus_text;

use super::health::Health;
use super::metrics::Metrics;
use crate::commands::serve::open;
use crate::config::Listen;
use crate::web::{Listener, serve_routes};
use crate::worker::event::Report;

/// What the worker has reported so far, for whoever asks.
#[derive(Clone)]
pub(super) struct Observed {
    pub(super) health: Arc<Health>,
    pub(super) metrics: Arc<Metrics>,
}

impl Observed {
    pub(super) fn observe(&self, report: &Report) {
        self.health.observe(report);
        self.metrics.observe(report);
    }
}

/// Opens the address, before the worker starts.
pub(super) async fn opened(listen: Option<&Listen>) -> anyhow::Result<Vec<Listener>> {
    match listen {
        Some(listen) => Ok(vec![open(listen).await?]),
        None => Ok(Vec::new()),
    }
}

/// Answers until `stop` ends.
pub(super) async fn answer(
    listeners: Vec<Listener>,
    observed: Observed,
    stop: impl Future<Output = ()> + Send,
) {
    if listeners.is_empty() {
        return;
    }
    let routes = Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .with_state(observed);
    serve_routes(listeners, None, routes, (stop, async {})).await;
}

async fn ready(State(observed): State<Observed>) -> (StatusCode, String) {
    match observed.health.trouble() {
        None => (StatusCode::OK, "ok\n".to_owned()),
        Some(trouble) => (
            StatusCode::SERVICE_UNAVAILABLE,
            format!("not ready: {trouble}\n"),
        ),
    }
}

async fn metrics(State(observed): State<Observed>) -> impl IntoResponse {
    (
        [(CONTENT_TYPE, prometheus_text::CONTENT_TYPE)],
        observed.metrics.text(),
    )
}
