//! Requests that could not be answered.

use std::time::Duration;

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use tower_http::csrf::ProtectionError;

use crate::failure::{self, Code, Exit};
use crate::inspector::Error;

/// A request that could not be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(super) status: StatusCode,
    /// The reason, as the command line words it. In a box, because most functions of the page may return it.
    pub(super) reason: Box<failure::Failure>,
    /// When the same request may succeed.
    pub(super) retry_after: Option<Duration>,
}

/// Marks an answer that is a page of its own, although its status is that of a failure.
#[derive(Debug, Clone, Copy)]
pub(super) struct Finished;

/// How long clients wait before they ask again for a Redis that does not answer.
const OUTAGE_PAUSE: Duration = Duration::from_secs(5);

impl Failure {
    /// A request that is refused for what it is.
    pub(super) fn refused(status: StatusCode, what: impl Into<String>) -> Self {
        let code = match status {
            StatusCode::NOT_FOUND => Code::NotFound,
            StatusCode::CONFLICT => Code::Conflict,
            StatusCode::UNAUTHORIZED
            | StatusCode::FORBIDDEN
            | StatusCode::MISDIRECTED_REQUEST
            | StatusCode::TOO_MANY_REQUESTS => Code::NotAllowed,
            status if status.is_client_error() => Code::Usage,
            _ => Code::Failed,
        };
        Self {
            status,
            reason: Box::new(failure::Failure::new(code, what)),
            retry_after: None,
        }
    }

    /// The same failure with a hint.
    #[must_use]
    pub(super) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.reason.hint = Some(hint.into());
        self
    }

    /// With a page of its own: a form that was refused is shown again with what was typed and why, and has the status that the
    /// API answers for the same reason.
    pub(super) fn shown_as(&self, page: impl IntoResponse) -> Response {
        let mut response = (self.status, page).into_response();
        self.announce_pause(&mut response);
        response.extensions_mut().insert(Finished);
        response
    }

    fn announce_pause(&self, response: &mut Response) {
        if let Some(pause) = self.retry_after {
            let seconds = pause.as_secs().max(1);
            let headers = response.headers_mut();
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
    }

    /// A failed status that some layer has answered with, such as 405 or 413.
    pub(super) fn of(response: &Response) -> Self {
        let status = response.status();
        let what = match (status, response.extensions().get::<ProtectionError>()) {
            (_, Some(_)) => "the request comes from another site",
            (StatusCode::PAYLOAD_TOO_LARGE, _) => "the request is too large",
            (StatusCode::METHOD_NOT_ALLOWED, _) => "this address has no such action",
            (StatusCode::REQUEST_TIMEOUT, _) => "the request took too long",
            (status, _) => status.canonical_reason().unwrap_or("the request failed"),
        };
        Self::refused(status, what)
    }
}

impl From<failure::Failure> for Failure {
    fn from(reason: failure::Failure) -> Self {
        let status = match reason.code.exit() {
            Exit::Usage => StatusCode::BAD_REQUEST,
            Exit::NotFound => StatusCode::NOT_FOUND,
            Exit::NotAllowed => StatusCode::FORBIDDEN,
            Exit::Unreachable => StatusCode::SERVICE_UNAVAILABLE,
            Exit::Conflict => StatusCode::CONFLICT,
            Exit::TimedOut => StatusCode::GATEWAY_TIMEOUT,
            Exit::Done
            | Exit::Failed
            | Exit::Warning
            | Exit::Critical
            | Exit::Unknown
            | Exit::Partly
            | Exit::TaskFailed
            | Exit::Interrupted
            | Exit::Terminated
            | Exit::Command(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        let away = status == StatusCode::SERVICE_UNAVAILABLE;
        Self {
            status,
            reason: Box::new(reason),
            retry_after: away.then_some(OUTAGE_PAUSE),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        failure::Failure::from(error).into()
    }
}

/// As JSON. `guard` makes a page of it for browsers.
impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let document = Json(self.reason.document());
        let mut response = (self.status, document).into_response();
        self.announce_pause(&mut response);
        response.extensions_mut().insert(self);
        response
    }
}
