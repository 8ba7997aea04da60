//! What an answer leaves out, or what did not succeed beside it, as headers.

use axum::http::{HeaderMap, HeaderName, HeaderValue};

use crate::view::text::{escape, truncate};

/// A header for each. Clients bound the heads of answers.
const WARNING: HeaderName = HeaderName::from_static("qctl-warning");
const MAX_WARNINGS: usize = 20;
const MAX_COLUMNS: usize = 200;

pub(super) fn warnings(texts: &[String]) -> HeaderMap {
    let shown = texts.iter().take(MAX_WARNINGS);
    let shown = shown.map(|text| truncate(&escape(text), MAX_COLUMNS).into_owned());
    let more = texts.len().saturating_sub(MAX_WARNINGS);
    let more = (more > 0).then(|| format!("and {more} more warnings"));
    let values = shown.chain(more);
    let values = values.filter_map(|text| HeaderValue::from_str(&text).ok());
    values.map(|value| (WARNING, value)).collect()
}
