//! `GET /login` asks for the token, `POST /login` exchanges it for a cookie, `POST /logout` ends the session.

use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use maud::Markup;

use crate::web::failure::Failure;
use crate::web::pages;
use crate::web::received::Body;
use crate::web::safety::{Auth, Secret};
use crate::web::state::Shared;
use crate::web::viewer::Client;

pub(crate) fn routes() -> Router<Shared> {
    Router::new()
        .route("/login", get(ask).post(login))
        .route("/logout", post(logout))
}

/// What the form of the login page sends.
#[derive(Debug, serde::Deserialize)]
struct Login {
    token: String,
}

/// The parameters of the login page.
#[derive(Debug, Default, serde::Deserialize)]
struct Asked {
    /// The page that was asked for before the login.
    #[serde(default)]
    next: String,
}

/// The page of ours to which a login leads.
pub(super) fn next_page(uri: &Uri) -> String {
    let asked = Query::<Asked>::try_from_uri(uri).unwrap_or_default();
    own_path(&asked.next).to_owned()
}

async fn ask(State(shared): State<Shared>, uri: Uri) -> Result<Markup, Failure> {
    token(&shared)?;
    Ok(pages::login(&shared, &next_page(&uri), None))
}

/// The token that a login needs; other modes have no login page.
fn token(shared: &Shared) -> Result<&Secret, Failure> {
    match &shared.settings().safety.auth {
        Auth::Token(token) => Ok(token),
        Auth::Basic(_) | Auth::Proxy(_) | Auth::Nothing => {
            let what = "this page has no login of its own";
            Err(Failure::refused(StatusCode::NOT_FOUND, what))
        }
    }
}

async fn login(
    State(shared): State<Shared>,
    Extension(client): Extension<Client>,
    uri: Uri,
    headers: HeaderMap,
    Body(form): Body<Login>,
) -> Result<Response, Failure> {
    let token = token(&shared)?;
    let logins = shared.logins();
    logins.attempt(client.0, || token.is(form.token.trim()).then_some(()))?;
    let cookie = logins.begin(&headers, &shared.settings().safety.cookie)?;
    let next = shared.link(&next_page(&uri), &[]);
    Ok(with_cookie(&cookie, &next))
}

async fn logout(State(shared): State<Shared>, headers: HeaderMap) -> Response {
    let cookie = &shared.settings().safety.cookie;
    let cleared = shared.logins().end(&headers, cookie);
    with_cookie(&cleared, &shared.link("/", &[]))
}

fn with_cookie(cookie: &str, next: &str) -> Response {
    let mut response = Redirect::to(next).into_response();
    if let Ok(cookie) = HeaderValue::from_str(cookie) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

/// The path if it is one of this page, `/` otherwise. `//host` and `/\host` would lead elsewhere.
fn own_path(next: &str) -> &str {
    let plain = |byte: u8| byte.is_ascii_graphic() && byte != b'\\';
    let own = next.starts_with('/') && !next.starts_with("//") && next.bytes().all(plain);
    if own { next } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::own_path;

    #[test]
    fn a_login_leads_to_no_other_site() {
        assert_eq!(
            own_path("/tasks?q=queue%3Acritical"),
            "/tasks?q=queue%3Acritical"
        );
        for elsewhere in [
            "",
            "tasks",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/\nx",
            "/ x",
            "/\t/evil.example",
        ] {
            assert_eq!(own_path(elsewhere), "/", "{elsewhere:?}");
        }
    }
}
