//! In a protected context, each change repeats the name of the context: typed into a form, or in a header.
//!
//! Whoever sends a form without it gets a page that asks for the name, and holds the rest of what was sent.

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequest as _, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};

use super::MAX_BODY_BYTES;
use crate::failure::{self, Code};
use crate::web::failure::Failure;
use crate::web::pages::{self, Unconfirmed};
use crate::web::parts::context_name::FIELD;
use crate::web::received;
use crate::web::state::Shared;
use crate::web::viewer::Viewer;

/// The header with the name, for programs.
const HEADER: HeaderName = HeaderName::from_static("qctl-confirm");

/// Lets forms through to these routes that repeat the name of a protected context.
pub(crate) fn of_pages(routes: Router<Shared>, shared: &Shared) -> Router<Shared> {
    routes.route_layer(from_fn_with_state(shared.clone(), check_form))
}

/// Lets requests through to these routes that have the name of a protected context in their header.
pub(crate) fn of_api(routes: Router<Shared>, shared: &Shared) -> Router<Shared> {
    routes.route_layer(from_fn_with_state(shared.clone(), check_header))
}

async fn check_header(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    let Some(name) = asked_for(&shared, &request) else {
        return next.run(request).await;
    };
    match header_names(request.headers(), name) {
        Some(true) => next.run(request).await,
        Some(false) | None => refused(name).into_response(),
    }
}

async fn check_form(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    let Some(name) = asked_for(&shared, &request) else {
        return next.run(request).await;
    };
    match header_names(request.headers(), name) {
        Some(true) => return next.run(request).await,
        Some(false) => return refused(name).into_response(),
        None => {}
    }
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MAX_BODY_BYTES).await else {
        let what = "the request is too large";
        return Failure::refused(StatusCode::PAYLOAD_TOO_LARGE, what).into_response();
    };
    let fields = match fields(&parts, body.clone()).await {
        Ok(fields) => fields,
        Err(failure) => return failure.into_response(),
    };
    let typed = fields.iter().find(|(known, _)| known == FIELD);
    let typed = typed.map(|(_, typed)| typed.trim().to_owned());
    if typed.as_deref() == Some(name) {
        return next.run(Request::from_parts(parts, Body::from(body))).await;
    }
    let Some(viewer) = parts.extensions.get::<Viewer>() else {
        return refused(name).into_response();
    };
    let unconfirmed = Unconfirmed {
        name,
        typed: typed.as_deref(),
        action: parts.uri.path(),
        fields: &fields,
    };
    refused(name).shown_as(pages::unconfirmed(&shared, viewer, &unconfirmed))
}

/// The name that a request must have; `None` if it changes nothing, or the context is not protected.
fn asked_for<'a>(shared: &'a Shared, request: &Request) -> Option<&'a str> {
    let name = shared.settings().protected.as_deref();
    name.filter(|_| !request.method().is_safe())
}

/// Whether the header has the name; `None` without the header.
fn header_names(headers: &HeaderMap, name: &str) -> Option<bool> {
    let values = headers.get_all(HEADER);
    let mut values = values
        .iter()
        .map(|value| value.as_bytes() == name.as_bytes());
    values.next().map(|first| first && values.all(|same| same))
}

/// What a form has sent, read as its handler will read it.
async fn fields(parts: &Parts, body: Bytes) -> Result<Vec<(String, String)>, Failure> {
    let request = Request::from_parts(parts.clone(), Body::from(body));
    received::Body::from_request(request, &())
        .await
        .map(|received::Body(fields)| fields)
}

fn refused(name: &str) -> Failure {
    let what = format!("the context {name:?} is protected, and nothing was changed");
    let reason = failure::Failure::new(Code::NotConfirmed, what).with_hint(format!(
        "to change it, send its name in the header {HEADER}"
    ));
    Failure {
        status: StatusCode::FORBIDDEN,
        ..reason.into()
    }
}
