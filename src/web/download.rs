//! Payloads and results as they are stored. They come from strangers: a browser must neither guess their type nor run them.

use axum::http::header;
use axum::response::{IntoResponse as _, Response};

/// A file to be kept, named after the task and what it holds: `payload.json`.
pub(super) fn file(id: &str, what: &str, bytes: Vec<u8>) -> Response {
    let place = format!("attachment; filename=\"{}-{what}\"", name_of(id));
    harmless("application/octet-stream", place, bytes)
}

/// To be shown as plain text.
pub(super) fn text(bytes: Vec<u8>) -> Response {
    harmless("text/plain; charset=utf-8", "inline".to_owned(), bytes)
}

fn harmless(kind: &'static str, place: String, bytes: Vec<u8>) -> Response {
    let policy = "sandbox; default-src 'none'; frame-ancestors 'none'";
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::CONTENT_DISPOSITION, place),
        (header::CONTENT_SECURITY_POLICY, policy.to_owned()),
    ];
    (headers, bytes).into_response()
}

/// The id as a part of a file name.
fn name_of(id: &str) -> String {
    let safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let name = id.chars().take(80).map(|c| if safe(c) { c } else { '_' });
    name.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_are_harmless() {
        assert_eq!(name_of("../../\"x\r\n: é.sh"), "_______x______sh");
        assert_eq!(name_of("0d9b2c7e-58d1"), "0d9b2c7e-58d1");
        assert_eq!(name_of(&"a".repeat(1000)).len(), 80);
    }
}
