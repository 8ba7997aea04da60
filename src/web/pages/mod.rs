//! A file for each page, and the frame around them.

mod frame;
mod overview;

use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::state::Shared;

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/", get(overview::overview))
}

pub(super) async fn not_found() -> Response {
    StatusCode::NOT_FOUND.into_response()
}
