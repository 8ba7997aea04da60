//! Answers to requests that failed: JSON for programs, a page for browsers.

use axum::extract::{Request, State};
use axum::http::uri::PathAndQuery;
use axum::http::{StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use maud::Markup;

use crate::web::failure::Failure;
use crate::web::pages::{self, Problem};
use crate::web::safety::Auth;
use crate::web::state::Shared;
use crate::web::viewer::Viewer;

/// Answers browsers with a page, and the API with JSON, whatever has refused the request.
pub(super) async fn render(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    let asked_for = request.uri().clone();
    let response = next.run(request).await;
    let failed = response.status().is_client_error() || response.status().is_server_error();
    if !failed {
        return response;
    }
    let known = response.extensions().get::<Failure>().cloned();
    let failure = known.unwrap_or_else(|| Failure::of(&response));
    let answer = if asked_for.path().starts_with("/api/") {
        failure.into_response()
    } else {
        let viewer = response.extensions().get::<Viewer>();
        (failure.status, page(&shared, viewer, &failure, &asked_for)).into_response()
    };
    let (mut parts, body) = answer.into_parts();
    // Such as Retry-After and WWW-Authenticate.
    for (name, value) in response.headers() {
        if *name != header::CONTENT_TYPE && *name != header::CONTENT_LENGTH {
            parts.headers.insert(name, value.clone());
        }
    }
    Response::from_parts(parts, body)
}

fn page(shared: &Shared, viewer: Option<&Viewer>, failure: &Failure, asked_for: &Uri) -> Markup {
    let reason = &failure.reason;
    let by_token = matches!(shared.settings().safety.auth, Auth::Token(_));
    if failure.status == StatusCode::UNAUTHORIZED && by_token {
        let tried = asked_for.path() == "/login";
        let next = asked_for.path_and_query().map_or("/", PathAndQuery::as_str);
        let next = if tried { "/" } else { next };
        return pages::login(shared, next, tried.then_some(reason.what.as_str()));
    }
    let problem = Problem {
        status: failure.status,
        what: &reason.what,
        hint: reason.hint.as_deref(),
    };
    pages::problem(shared, viewer, &problem)
}
