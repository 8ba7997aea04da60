//! The payload or the result of a task in a document: arbitrary bytes.
//!
//! Invariant: whatever bytes [`Payload::new`] is given, it is written on one line and read back as the same bytes, whether
//! the document is indented or not.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use super::json;

/// The kind of the bytes.
#[derive(Debug, Clone)]
pub(crate) enum Payload {
    /// JSON, embedded in the document. Its text does not change: numbers of any length, the order and repetition of keys,
    /// spaces.
    Json(Box<RawValue>),
    /// JSON whose text would change if embedded, because of line breaks or spaces around it; written as a string.
    OddJson(String),
    /// Other UTF-8, written as a string.
    Text(String),
    /// Other bytes, written as base64.
    Bytes(Vec<u8>),
}

/// How a payload is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum PayloadEncoding {
    /// The payload is the text of the value.
    Json,
    /// The value is a string; the payload is its UTF-8.
    Text,
    /// The value is a string; the payload is what it encodes.
    Base64,
}

/// A value that is not what its encoding says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PayloadError {
    #[error("must be a string, because its encoding is {0:?}")]
    NotAString(&'static str),
    #[error("is not valid base64")]
    NotBase64,
    #[error("is missing, but its encoding is given")]
    NoValue,
}

impl Serialize for Payload {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Json(raw) => raw.serialize(to),
            Self::OddJson(text) | Self::Text(text) => to.serialize_str(text),
            Self::Bytes(bytes) => to.serialize_str(&STANDARD.encode(bytes)),
        }
    }
}

/// Any value, `null` included, before [`Payload::decode`].
pub(crate) fn any_value<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Payload>, D::Error> {
    Box::<RawValue>::deserialize(from).map(|raw| Some(Payload::Json(raw)))
}

impl Payload {
    /// Classifies bytes. JSON may be nested to any depth: it is validated without building a tree.
    pub(crate) fn new(bytes: Vec<u8>) -> Self {
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => return Self::Bytes(error.into_bytes()),
        };
        match serde_json::from_str::<Box<RawValue>>(&text) {
            Ok(_) if json::has_half_pair(&text) => Self::Text(text),
            // The parser drops white space at both ends; a line break would end the line.
            Ok(raw) if raw.get().len() == text.len() && !text.contains(['\n', '\r']) => {
                Self::Json(raw)
            }
            Ok(_) => Self::OddJson(text),
            Err(_) => Self::Text(text),
        }
    }

    /// Decodes a value that was read. A string without an encoding is the text itself, as after `--payload`;
    /// any other value without one is JSON.
    pub(crate) fn decode(
        value: Option<Self>,
        encoding: Option<PayloadEncoding>,
    ) -> Result<Option<Self>, PayloadError> {
        let raw = match (value, encoding) {
            (Some(Self::Json(raw)), _) => raw,
            (None, Some(_)) => return Err(PayloadError::NoValue),
            (decoded, _) => return Ok(decoded),
        };
        let text = |encoding| {
            serde_json::from_str::<String>(raw.get())
                .map_err(|_| PayloadError::NotAString(encoding))
        };
        let decoded = match encoding {
            None if raw.get() == "null" => return Ok(None),
            None if raw.get().starts_with('"') => Self::Text(text("text")?),
            None | Some(PayloadEncoding::Json) => Self::Json(raw),
            Some(PayloadEncoding::Text) => Self::Text(text("text")?),
            Some(PayloadEncoding::Base64) => {
                let bytes = STANDARD.decode(text("base64")?);
                Self::Bytes(bytes.map_err(|_| PayloadError::NotBase64)?)
            }
        };
        Ok(Some(decoded))
    }

    /// The bytes.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        match self {
            Self::Json(raw) => Box::<str>::from(raw).into_string().into_bytes(),
            Self::OddJson(text) | Self::Text(text) => text.into_bytes(),
            Self::Bytes(bytes) => bytes,
        }
    }

    /// The same payload; JSON of any layout is embedded.
    pub(super) fn into_json_value(self) -> Self {
        match self {
            Self::OddJson(text) => match RawValue::from_string(json::compact(&text)) {
                Ok(raw) => Self::Json(raw),
                Err(_) => Self::OddJson(text),
            },
            Self::Json(_) | Self::Text(_) | Self::Bytes(_) => self,
        }
    }

    /// The number of bytes.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Json(raw) => raw.get().len(),
            Self::OddJson(text) | Self::Text(text) => text.len(),
            Self::Bytes(bytes) => bytes.len(),
        }
    }

    /// Whether there are no bytes. A task without a payload is stored as one with an empty payload.
    pub(crate) const fn is_empty(&self) -> bool {
        matches!(self, Self::Text(text) if text.is_empty())
    }

    /// How it is written in a document.
    pub(crate) const fn encoding(&self) -> PayloadEncoding {
        match self {
            Self::Json(_) => PayloadEncoding::Json,
            Self::OddJson(_) | Self::Text(_) => PayloadEncoding::Text,
            Self::Bytes(_) => PayloadEncoding::Base64,
        }
    }
}

#[cfg(test)]
mod tests;
