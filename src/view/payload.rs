//! Payloads and results for people: a preview in tables, all of it on a page.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::text;
use crate::document::json;
use crate::document::payload::Payload;

/// The length of a preview in characters: enough to recognize a payload, and a bound for tables.
const MAX_PREVIEW: usize = 500;

impl Payload {
    /// The beginning of the payload, on one line.
    pub(crate) fn preview(&self) -> String {
        self.on_one_line(start)
    }

    /// The whole payload on one line, JSON without white space.
    #[cfg(feature = "cli")]
    pub(super) fn line(&self) -> String {
        self.on_one_line(|text| Cow::Borrowed(text))
    }

    /// As much of the payload as `cut` leaves.
    fn on_one_line(&self, cut: impl Fn(&str) -> Cow<'_, str>) -> String {
        match self {
            Self::Json(raw) => json::compact(&cut(raw.get())),
            Self::OddJson(text) => json::compact(&cut(text)),
            Self::Text(text) => cut(text).into_owned(),
            Self::Bytes(bytes) => format!("<{}>", text::plural(bytes.len() as u64, "byte")),
        }
    }

    /// The whole payload, with JSON indented.
    pub(crate) fn pretty(&self) -> String {
        match self {
            Self::Json(raw) => json::pretty(raw.get()),
            Self::OddJson(text) => json::pretty(text),
            Self::Text(text) => text.clone(),
            Self::Bytes(bytes) => STANDARD.encode(bytes),
        }
    }
}

/// The first characters, followed by `…` if there are more.
fn start(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(MAX_PREVIEW) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_is_no_danger() {
        let deep = format!("{}{}", "[".repeat(300_000), "]".repeat(300_000));
        let payload = Payload::new(deep.into_bytes());
        assert_eq!(payload.preview().chars().count(), MAX_PREVIEW + 1);
        assert!(payload.pretty().len() > 600_000);
    }

    #[test]
    fn previews() {
        let preview = |bytes: &[u8]| Payload::new(bytes.to_vec()).preview();
        assert_eq!(preview(b"{ \"a\" : 1.0 }"), r#"{"a":1.0}"#);
        assert_eq!(preview(b"plain text"), "plain text");
        assert_eq!(preview(b"\xff\xfe"), "<2 bytes>");
    }
}
