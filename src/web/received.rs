//! What requests carry: parameters of the address, forms, JSON. One that is missing or of another kind is named.

use std::fmt::Display;
use std::ops::RangeInclusive;

use axum::extract::rejection::{FormRejection, JsonRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts};
use axum::http::StatusCode;

use super::failure::Failure;

/// The parameters of the address.
#[derive(Debug, Clone, Copy, FromRequestParts)]
#[from_request(via(axum::extract::Query), rejection(Failure))]
pub(super) struct Parameters<T>(pub(super) T);

/// The fields of a form.
#[derive(Debug, Clone, Copy, FromRequest)]
#[from_request(via(axum::extract::Form), rejection(Failure))]
pub(super) struct Body<T>(pub(super) T);

/// A JSON document.
#[derive(Debug, Clone, Copy, FromRequest)]
#[from_request(via(axum::Json), rejection(Failure))]
pub(super) struct Document<T>(pub(super) T);

/// A number of the address that must be within bounds.
///
/// # Errors
/// If it is not.
pub(super) fn within<T: PartialOrd + Display>(
    name: &str,
    number: T,
    bounds: RangeInclusive<T>,
) -> Result<T, Failure> {
    if bounds.contains(&number) {
        return Ok(number);
    }
    let (least, most) = bounds.into_inner();
    let what = format!("{name}: {number} is not between {least} and {most}");
    Err(Failure::refused(StatusCode::BAD_REQUEST, what))
}

/// The reason without the words in front of it, which are about our own program.
fn reason(text: &str) -> &str {
    text.split_once(": ").map_or(text, |(_, reason)| reason)
}

fn refused(part: &str, status: StatusCode, text: &str) -> Failure {
    Failure::refused(status, format!("{part} cannot be read ({})", reason(text)))
}

impl From<QueryRejection> for Failure {
    fn from(rejection: QueryRejection) -> Self {
        refused(
            "the parameters of the address",
            rejection.status(),
            &rejection.body_text(),
        )
    }
}

impl From<FormRejection> for Failure {
    fn from(rejection: FormRejection) -> Self {
        refused("the form", rejection.status(), &rejection.body_text())
    }
}

impl From<JsonRejection> for Failure {
    fn from(rejection: JsonRejection) -> Self {
        refused(
            "the JSON document",
            rejection.status(),
            &rejection.body_text(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::reason;

    #[test]
    fn a_reason_has_no_words_about_the_program() {
        let text = "Failed to deserialize query string: missing field `queue`";
        assert_eq!(reason(text), "missing field `queue`");
        let text = "Failed to deserialize query string: limit: invalid digit found in string";
        assert_eq!(reason(text), "limit: invalid digit found in string");
        assert_eq!(reason("Body too large"), "Body too large");
    }
}
