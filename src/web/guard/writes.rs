//! Requests that change something must come from the page itself.
//!
//! `CsrfLayer` refuses those that a browser marks as coming from another site (`Sec-Fetch-Site`, `Origin`). It lets pass
//! what has neither mark, which is right for programs with a token. What browsers add by themselves (cookies, passwords)
//! or what needs no credential at all could also come from an old browser, so there a mark is required.

use axum::extract::Request;
use axum::http::{HeaderName, StatusCode, header};

use crate::web::failure::Failure;
use crate::web::safety::single;
use crate::web::viewer::Credential;

/// Refuses a change without a mark of its origin, unless it carries a token.
pub(super) fn check(request: &Request, credential: Credential) -> Result<(), Failure> {
    let site = HeaderName::from_static("sec-fetch-site");
    let site = single(request.headers(), &site)?;
    let origin = single(request.headers(), &header::ORIGIN)?;
    let explicit = match credential {
        Credential::Bearer => true,
        Credential::Session | Credential::Basic | Credential::Proxy | Credential::Nothing => false,
    };
    if request.method().is_safe() || explicit || site.is_some() || origin.is_some() {
        return Ok(());
    }
    let what = "the request does not say which site it comes from (no Sec-Fetch-Site, no Origin)";
    let refused = Failure::refused(StatusCode::FORBIDDEN, what);
    Err(refused
        .with_hint("programs send a token as Authorization: Bearer, or add an Origin header"))
}
