//! Answers to requests that failed: JSON for programs, a page for browsers.

use axum::extract::{Request, State};
use axum::http::uri::PathAndQuery;
use axum::http::{Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Redirect, Response};
use maud::Markup;

use super::login::next_page;
use crate::failure::Exit;
use crate::web::failure::{Failure, Finished};
use crate::web::pages::{self, Problem};
use crate::web::safety::Auth;
use crate::web::state::Shared;
use crate::web::viewer::Viewer;

/// Answers browsers with a page, and the API with JSON, whatever has refused the request.
pub(super) async fn render(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    let asked_for = request.uri().clone();
    let navigates = navigates(&request);
    let repeatable = request.method().is_safe();
    let response = next.run(request).await;
    let failed = response.status().is_client_error() || response.status().is_server_error();
    if !failed || response.extensions().get::<Finished>().is_some() {
        return response;
    }
    let known = response.extensions().get::<Failure>().cloned();
    let failure = known.unwrap_or_else(|| Failure::of(&response));
    if failure.status == StatusCode::UNAUTHORIZED && navigates && by_token(&shared) {
        let next = asked_for.path_and_query().map_or("/", PathAndQuery::as_str);
        return Redirect::to(&shared.link("/login", &[("next", next)])).into_response();
    }
    let answer = if asked_for.path().starts_with("/api/") {
        failure.into_response()
    } else {
        let viewer = response.extensions().get::<Viewer>();
        let page = page(&shared, viewer, &failure, (&asked_for, repeatable));
        (failure.status, page).into_response()
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

/// Whether a browser opens a page, other than that of the login.
fn navigates(request: &Request) -> bool {
    let accept = request.headers().get(header::ACCEPT);
    let html = accept.is_some_and(|accept| accept.as_bytes().starts_with(b"text/html"));
    html && request.method() == Method::GET && request.uri().path() != "/login"
}

fn by_token(shared: &Shared) -> bool {
    matches!(shared.settings().safety.auth, Auth::Token(_))
}

/// The page of a failure; `repeatable` says whether opening the address sends the same request.
fn page(
    shared: &Shared,
    viewer: Option<&Viewer>,
    failure: &Failure,
    (asked_for, repeatable): (&Uri, bool),
) -> Markup {
    let reason = &failure.reason;
    if failure.status == StatusCode::UNAUTHORIZED && by_token(shared) {
        let tried = asked_for.path() == "/login";
        let next = next_page(asked_for);
        return pages::login(shared, &next, tried.then_some(reason.what.as_str()));
    }
    let problem = Problem {
        status: failure.status,
        away: reason.code.exit() == Exit::Unreachable,
        repeatable,
        what: &reason.what,
        hint: reason.hint.as_deref(),
    };
    pages::problem(shared, viewer, &problem)
}
