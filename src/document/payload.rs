//! The free bytes of a task, its payload or its result, as they stand in a document.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::json;

/// What the bytes turned out to be.
#[derive(Debug, Clone)]
pub(crate) enum Payload {
    /// JSON, its text kept as it is: numbers of any length, order and repetition of keys.
    Json(Box<RawValue>),
    /// UTF-8.
    Text(String),
    /// Neither.
    Bytes(Vec<u8>),
}

/// How `Payload` stands in a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PayloadEncoding {
    /// As the JSON value.
    Json,
    /// As a string.
    Text,
    /// As a string of base64.
    Base64,
}

impl PayloadEncoding {
    /// The word in the document.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Text => "text",
            Self::Base64 => "base64",
        }
    }
}

impl Serialize for PayloadEncoding {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.name())
    }
}

impl Serialize for Payload {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Json(raw) => raw.serialize(to),
            Self::Text(text) => to.serialize_str(text),
            Self::Bytes(bytes) => to.serialize_str(&STANDARD.encode(bytes)),
        }
    }
}

impl Payload {
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
    pub(crate) const fn encoding(&self) -> PayloadEncoding {
        match self {
            Self::Json(_) => PayloadEncoding::Json,
            Self::Text(_) => PayloadEncoding::Text,
            Self::Bytes(_) => PayloadEncoding::Base64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(data: &Payload) -> (String, &'static str) {
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
                written(&Payload::new(bytes.to_vec())),
                (value.to_owned(), encoding)
            );
        }
    }

    #[test]
    fn depth_is_no_danger() {
        let deep = format!("{}{}", "[".repeat(300_000), "]".repeat(300_000));
        let data = Payload::new(deep.clone().into_bytes());
        assert_eq!(written(&data), (deep, "json"));
    }
}
