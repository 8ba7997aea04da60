//! Free bytes of a task, its payload or its result, in the form in which they are shown.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::{json, text};

/// What the bytes turned out to be.
#[derive(Debug, Clone)]
pub(crate) enum Data {
    /// JSON, its text kept as it is: numbers of any length, order and repetition of keys.
    Json(Box<RawValue>),
    /// UTF-8.
    Text(String),
    /// Neither.
    Bytes(Vec<u8>),
}

/// How `Data` stands in a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// As the JSON value.
    Json,
    /// As a string.
    Text,
    /// As a string of base64.
    Base64,
}

impl Encoding {
    /// The word in the document.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Text => "text",
            Self::Base64 => "base64",
        }
    }
}

impl Serialize for Encoding {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.name())
    }
}

impl Serialize for Data {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Json(raw) => raw.serialize(to),
            Self::Text(text) => to.serialize_str(text),
            Self::Bytes(bytes) => to.serialize_str(&STANDARD.encode(bytes)),
        }
    }
}

/// A preview is enough to recognise a payload by; a table is no place for a megabyte.
const LONGEST_PREVIEW: usize = 500;

impl Data {
    /// Looks at the bytes. Depth is no danger: JSON is checked without being built.
    pub(crate) fn new(bytes: Vec<u8>) -> Self {
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => return Self::Bytes(error.into_bytes()),
        };
        match serde_json::from_str::<Box<RawValue>>(&text) {
            Ok(raw) if !json::has_half_pair(&text) => Self::Json(raw),
            Ok(_) | Err(_) => Self::Text(text),
        }
    }

    /// How it stands in a document.
    pub(crate) const fn encoding(&self) -> Encoding {
        match self {
            Self::Json(_) => Encoding::Json,
            Self::Text(_) => Encoding::Text,
            Self::Bytes(_) => Encoding::Base64,
        }
    }

    /// What to recognise it by, on one line.
    pub(crate) fn preview(&self) -> String {
        match self {
            Self::Json(raw) => json::compact(&start(raw.get())),
            Self::Text(text) => start(text).into_owned(),
            Self::Bytes(bytes) => format!("<{}>", text::plural(bytes.len() as u64, "byte")),
        }
    }

    /// All of it, JSON laid out for reading.
    pub(crate) fn pretty(&self) -> String {
        match self {
            Self::Json(raw) => json::pretty(raw.get()),
            Self::Text(text) => text.clone(),
            Self::Bytes(bytes) => STANDARD.encode(bytes),
        }
    }
}

/// The first characters, with an ellipsis where more follow.
fn start(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(LONGEST_PREVIEW) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(data: &Data) -> (String, &'static str) {
        (serde_json::to_string(data).unwrap(), data.encoding().name())
    }

    #[test]
    fn bytes_are_json_text_or_base64() {
        let cases: [(&[u8], &str, &str); 9] = [
            (
                br#"{"n":12345678901234567890123, "x": 1.0,"x":1e400}"#,
                r#"{"n":12345678901234567890123, "x": 1.0,"x":1e400}"#,
                "json",
            ),
            (b" null\n", "null", "json"),
            (b"\"a\"", r#""a""#, "json"),
            (b"", r#""""#, "text"),
            (b"{", r#""{""#, "text"),
            (b"1 2", r#""1 2""#, "text"),
            (b"a\0\x1b", r#""a\u0000\u001b""#, "text"),
            (b"\xff\x00", r#""/wA=""#, "base64"),
            (b"\"\xff\"", r#""Iv8i""#, "base64"),
        ];
        for (bytes, value, encoding) in cases {
            assert_eq!(
                written(&Data::new(bytes.to_vec())),
                (value.to_owned(), encoding)
            );
        }
    }

    #[test]
    fn depth_is_no_danger() {
        let deep = format!("{}{}", "[".repeat(300_000), "]".repeat(300_000));
        let data = Data::new(deep.clone().into_bytes());
        assert_eq!(written(&data), (deep, "json"));
        assert_eq!(data.preview().chars().count(), LONGEST_PREVIEW + 1);
        assert!(data.pretty().len() > 600_000);
    }

    #[test]
    fn previews() {
        let preview = |bytes: &[u8]| Data::new(bytes.to_vec()).preview();
        assert_eq!(preview(b"{ \"a\" : 1.0 }"), r#"{"a":1.0}"#);
        assert_eq!(preview(b"plain text"), "plain text");
        assert_eq!(preview(b"\xff\xfe"), "<2 bytes>");
    }
}
