//! Reads the text of a draft: what was changed in it, or the copy that it describes.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use serde_json::value::RawValue;

use super::Draft;
use super::text::encoding_name;
use super::typed::{Mistake, Typed};
use crate::document::json;
use crate::document::payload::PayloadEncoding;
use crate::inspector::edit::{Edit, NewPayload};
use crate::nearest::nearest;
use crate::task::NewTask;
use crate::task::options::MAX_PAYLOAD;

/// The key whose line ends the options.
const PAYLOAD: &str = "payload";

/// Why a text is not that of a draft.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DraftError {
    #[error("{0:?} is not a line of the form KEY: VALUE")]
    Line(String),
    #[error("unknown key {key:?}{}", .nearest.map(|known| format!("; did you mean {known:?}?")).unwrap_or_default())]
    UnknownKey {
        key: String,
        nearest: Option<&'static str>,
    },
    #[error("only scheduled tasks and retries have a start (\"at\")")]
    NoStart,
    #[error("the key {0:?} is given twice")]
    Twice(String),
    #[error("the line {0:?} is missing")]
    Missing(&'static str),
    #[error("{key}: {reason}")]
    Value { key: &'static str, reason: String },
    #[error("a move keeps the start: change either \"queue\" or \"at\"")]
    StartOfMove,
    #[error("payload: {0:?} is none of json, text and base64")]
    Encoding(String),
    #[error(
        "the payload is not JSON ({0} of the payload); for a payload of another kind, write \"payload: text\""
    )]
    NotJson(String),
    #[error("the payload is not base64 ({0})")]
    NotBase64(String),
    #[error("the payload is larger than Redis can store")]
    TooLarge,
    /// A mistake of the text as a whole.
    #[error("{0}")]
    Whole(String),
}

impl From<Mistake> for DraftError {
    fn from((key, reason): Mistake) -> Self {
        match key {
            "" => Self::Whole(reason),
            key => Self::Value { key, reason },
        }
    }
}

/// The encoding of a payload, and everything below its line.
type Body<'a> = (&'a str, &'a str);

/// What the lines of a text say.
struct Lines<'a> {
    options: HashMap<&'a str, &'a str>,
    payload: Option<Body<'a>>,
}

impl Draft {
    /// The edit that a text stands for, which applies only to the task as it was read; `None` if it changes nothing or is empty.
    pub(crate) fn read(&self, text: &str, now: DateTime<Utc>) -> Result<Option<Edit>, DraftError> {
        let Some((options, (encoding, body))) = self.lines(text)? else {
            return Ok(None);
        };
        let (mut edit, mistakes) = self.changes(&options, now);
        if let Some(mistake) = mistakes.into_iter().next() {
            return Err(mistake.into());
        }
        if edit.queue.is_some() && edit.start_at.is_some() {
            return Err(DraftError::StartOfMove);
        }
        edit.payload = self.payload(encoding, body)?.map(NewPayload::Bytes);
        Ok(self.only_if_the_same(edit))
    }

    /// The copy that a text stands for; `None` if it is empty.
    pub(crate) fn read_copy(
        &self,
        text: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<NewTask>, DraftError> {
        let Some((options, (encoding, body))) = self.lines(text)? else {
            return Ok(None);
        };
        let payload = self.payload(encoding, body)?;
        match self.copied(&options, Ok(payload), now) {
            Ok(copy) => Ok(Some(copy)),
            Err(mistakes) => Err(mistakes.into_iter().next().unwrap_or_default().into()),
        }
    }

    /// Each option of a text, and its payload; `None` if it is empty.
    fn lines<'a>(&self, text: &'a str) -> Result<Option<(Vec<Typed<'a>>, Body<'a>)>, DraftError> {
        let lines = Lines::of(text)?;
        if lines.options.is_empty() && lines.payload.is_none() {
            return Ok(None);
        }
        let shown = self.options();
        let known = || shown.iter().map(|(key, _)| *key);
        if let Some(key) = lines
            .options
            .keys()
            .find(|key| !known().any(|one| one == **key))
        {
            return Err(match *key {
                "at" => DraftError::NoStart,
                key => DraftError::UnknownKey {
                    nearest: nearest(key, known().chain([PAYLOAD])),
                    key: key.to_owned(),
                },
            });
        }
        let value = |key| match lines.options.get(key) {
            Some(value) => Ok((key, *value)),
            None => Err(DraftError::Missing(key)),
        };
        let options = known().map(value).collect::<Result<_, _>>()?;
        let payload = lines.payload.ok_or(DraftError::Missing(PAYLOAD))?;
        Ok(Some((options, payload)))
    }

    /// The new payload; `None` if it stays.
    pub(super) fn payload(
        &self,
        encoding: &str,
        body: &str,
    ) -> Result<Option<Vec<u8>>, DraftError> {
        let bytes = match encoding_of(encoding)? {
            PayloadEncoding::Json => {
                serde_json::from_str::<&RawValue>(body)
                    .map_err(|error| DraftError::NotJson(error.to_string()))?;
                let new = json::compact(body);
                // Another layout is not another payload.
                let (shown, before) = self.body();
                if shown == PayloadEncoding::Json && json::compact(&before) == new {
                    return Ok(None);
                }
                new.into_bytes()
            }
            // Editors end a file with a line break.
            PayloadEncoding::Text => body.strip_suffix('\n').unwrap_or(body).into(),
            PayloadEncoding::Base64 => {
                let digits: String = body.split_ascii_whitespace().collect();
                let decoded = STANDARD.decode(digits);
                decoded.map_err(|error| DraftError::NotBase64(error.to_string()))?
            }
        };
        self.new_payload(bytes)
    }

    /// These bytes, unless they are those of the task.
    pub(super) fn new_payload(&self, bytes: Vec<u8>) -> Result<Option<Vec<u8>>, DraftError> {
        if bytes.len() >= MAX_PAYLOAD {
            return Err(DraftError::TooLarge);
        }
        Ok((bytes != self.message.payload).then_some(bytes))
    }
}

impl<'a> Lines<'a> {
    fn of(text: &'a str) -> Result<Self, DraftError> {
        let mut lines = Self {
            options: HashMap::new(),
            payload: None,
        };
        // Some editors write a byte order mark.
        let mut rest = text.strip_prefix('\u{feff}').unwrap_or(text);
        while !rest.is_empty() {
            let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
            let line = line.trim();
            rest = after;
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let pair = line.split_once(':');
            let (key, value) = pair.ok_or_else(|| DraftError::Line(line.to_owned()))?;
            let (key, value) = (key.trim_end(), value.trim_start());
            if key == PAYLOAD {
                lines.payload = Some((value, rest));
                break;
            }
            if lines.options.insert(key, value).is_some() {
                return Err(DraftError::Twice(key.to_owned()));
            }
        }
        Ok(lines)
    }
}

fn encoding_of(name: &str) -> Result<PayloadEncoding, DraftError> {
    use PayloadEncoding::{Base64, Json, Text};
    let known = [Json, Text, Base64].into_iter();
    let mut named = known.filter(|encoding| encoding_name(*encoding) == name);
    named
        .next()
        .ok_or_else(|| DraftError::Encoding(name.to_owned()))
}
