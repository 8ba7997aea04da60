//! Headers that decide about a request.

use axum::http::{HeaderMap, HeaderName, StatusCode};

use crate::web::failure::Failure;

/// The text of a header; `None` if it is absent.
///
/// # Errors
/// If it is repeated: a proxy in front may have looked at another of its values.
pub(crate) fn single<'a>(
    headers: &'a HeaderMap,
    name: &HeaderName,
) -> Result<Option<&'a str>, Failure> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let text = value.to_str().ok().filter(|_| values.next().is_none());
    let refused = || {
        let what = format!("the header {name} is repeated or not ASCII");
        Failure::refused(StatusCode::BAD_REQUEST, what)
    };
    text.map(Some).ok_or_else(refused)
}
