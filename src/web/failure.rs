//! Errors of the inspector as responses: a page for browsers, JSON for the API.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::inspector::Error;

/// A request that could not be answered.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) status: StatusCode,
    /// What went wrong, as one sentence.
    pub(super) what: String,
    /// What to do.
    pub(super) hint: Option<String>,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let status = if error.is_not_found() {
            StatusCode::NOT_FOUND
        } else if error.passing() {
            StatusCode::SERVICE_UNAVAILABLE
        } else {
            StatusCode::INTERNAL_SERVER_ERROR
        };
        Self {
            status,
            what: error.to_string(),
            hint: None,
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let body = serde_json::json!({ "message": self.what, "hint": self.hint });
        (self.status, Json(body)).into_response()
    }
}
