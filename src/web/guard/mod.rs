//! What every request passes through: limits, host, sender, origin; and what is added to every answer.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `login` | the routes that begin and end a session |
//! | `confirm` | changes in a protected context repeat its name |
//! | `writes` | changes come from the page itself |
//! | `response` | headers of every response |
//! | `render` | answers to requests that failed |
//!
//! Invariant: all routes but the stylesheet, `/healthz` and `/readyz` are behind [`protect`].

pub(super) mod confirm;
mod login;
mod render;
mod response;
mod writes;

use std::any::Any;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header as names};
use axum::middleware::{Next, from_fn_with_state, map_response};
use axum::response::{IntoResponse as _, Response};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::csrf::CsrfLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;

use super::failure::Failure;
use super::safety::{Auth, Claim, Ends, authorization};
use super::state::Shared;
use super::viewer::{Client, Credential, Viewer};

pub(super) use self::login::routes as login_routes;
pub(super) use self::response::harden;

/// The largest body of a request: a payload of a new task, and little else.
const MAX_BODY_BYTES: usize = 1 << 20;
/// How long a request may take, a slow body included. Event streams begin within that time and go on.
const MAX_DURATION: Duration = Duration::from_secs(60);

/// Lets only permitted requests through to these routes, and says who sent them.
pub(super) fn protect(routes: Router, shared: &Shared) -> Router {
    // From the inside out: the last layer sees a request first.
    routes
        .layer(CsrfLayer::new())
        .layer(from_fn_with_state(shared.clone(), check))
        .layer(RequestBodyLimitLayer::new(MAX_BODY_BYTES))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::REQUEST_TIMEOUT,
            MAX_DURATION,
        ))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(shared.clone(), render::render))
        .layer(map_response(harden))
}

/// The same headers and limits for routes that anybody may use: the stylesheet, `/healthz` and `/readyz`.
pub(super) fn open(routes: Router) -> Router {
    routes
        .layer(RequestBodyLimitLayer::new(0))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(map_response(harden))
}

/// Checks what a request says about itself, in this order: its length, its host, its sender, its origin.
async fn check(State(shared): State<Shared>, mut request: Request, next: Next) -> Response {
    // An application mounts the page before its runtime may have started.
    shared.keep_time();
    let safety = &shared.settings().safety;
    match admit(&shared, &mut request) {
        Ok(()) => {
            let viewer = request.extensions().get::<Viewer>().cloned();
            let client = viewer.as_ref().and_then(|viewer| viewer.address);
            let mut response = shared.streams().count(next.run(request).await, client);
            // For the page of a failure.
            viewer.and_then(|viewer| response.extensions_mut().insert(viewer));
            response
        }
        Err(failure) => {
            let status = failure.status;
            let mut response = failure.into_response();
            let headers = response.headers_mut();
            if let (StatusCode::UNAUTHORIZED, Some(challenge)) = (status, safety.auth.challenge()) {
                let challenge = HeaderValue::from_static(challenge);
                headers.insert(names::WWW_AUTHENTICATE, challenge);
            }
            // What follows on this connection may belong to somebody else.
            if status == StatusCode::LENGTH_REQUIRED || status == StatusCode::BAD_REQUEST {
                headers.insert(names::CONNECTION, HeaderValue::from_static("close"));
            }
            response
        }
    }
}

fn admit(shared: &Shared, request: &mut Request) -> Result<(), Failure> {
    let safety = &shared.settings().safety;
    // A proxy and this program could disagree about where a body of pieces ends. No browser sends one.
    if request.headers().contains_key(names::TRANSFER_ENCODING) {
        let what = "a body needs a Content-Length";
        return Err(Failure::refused(StatusCode::LENGTH_REQUIRED, what));
    }
    let ends = Ends::of(request.extensions()).ok_or_else(unknown_peer)?;
    safety.hosts.check(request, ends.local)?;
    if safety
        .peers
        .as_ref()
        .is_some_and(|peers| !peers.contain(ends.peer))
    {
        let what = "this page is not open to this address";
        return Err(Failure::refused(StatusCode::FORBIDDEN, what));
    }
    let client = safety.proxies.client(ends.peer, request.headers());
    request.extensions_mut().insert(Client(client));
    let path = request.uri().path();
    if path == "/login" || path == "/logout" {
        return Ok(());
    }
    let claim = Claim {
        headers: request.headers(),
        peer: ends.peer,
        client,
    };
    let (name, credential) = match metrics_reader(shared, path, &claim)? {
        Some(reader) => reader,
        None => shared
            .logins()
            .recognize(&claim, &safety.auth, &safety.cookie, &safety.proxies)?,
    };
    writes::check(request, credential)?;
    let viewer = Viewer {
        name,
        address: client,
        may_change: !shared.settings().read_only,
        credential,
    };
    request.extensions_mut().insert(viewer);
    Ok(())
}

/// Whoever reads `/metrics` with the token for it. The token of the page is good for it as well.
fn metrics_reader(
    shared: &Shared,
    path: &str,
    claim: &Claim<'_>,
) -> Result<Option<(String, Credential)>, Failure> {
    let token = shared.settings().safety.metrics_token.as_ref();
    let Some(token) = token.filter(|_| path == "/metrics") else {
        return Ok(None);
    };
    let Some(shown) = authorization(claim.headers, "bearer")? else {
        return Ok(None);
    };
    if let Auth::Token(page) = &shared.settings().safety.auth
        && page.is(shown)
    {
        return Ok(None);
    }
    let attempt = || token.is(shown).then_some(());
    shared.logins().attempt(claim.client, attempt)?;
    Ok(Some(("metrics".to_owned(), Credential::Bearer)))
}

/// An application that mounts the page has not passed on who connects.
fn unknown_peer() -> Failure {
    let what = "the address of the peer is unknown";
    let failure = Failure::refused(StatusCode::INTERNAL_SERVER_ERROR, what);
    failure.with_hint("serve the router with into_make_service_with_connect_info::<SocketAddr>()")
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the layer passes the panic by value"
)]
fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    tracing::error!(
        panic = text.unwrap_or("unknown"),
        "a request panicked, please report"
    );
    let what = "this is a bug in qctl, please report it";
    Failure::refused(StatusCode::INTERNAL_SERVER_ERROR, what).into_response()
}
