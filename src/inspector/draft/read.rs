//! Reads the text of a draft: what was changed in it.

use std::collections::HashMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Local, Utc};
use serde_json::value::RawValue;

use super::Draft;
use super::text::{NONE, encoding_name};
use crate::document::json;
use crate::document::payload::PayloadEncoding;
use crate::inspector::edit::{Edit, NewPayload};
use crate::nearest::nearest;
use crate::task::options::MAX_PAYLOAD;
use crate::task::{QueueName, parse};

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
}

/// What the lines of a text say.
struct Lines<'a> {
    options: HashMap<&'a str, &'a str>,
    /// The encoding, and everything below its line.
    payload: Option<(&'a str, &'a str)>,
}

impl Draft {
    /// The edit that a text stands for, which applies only to the task as it was read; `None` if it changes nothing or is empty.
    pub(crate) fn read(&self, text: &str, now: DateTime<Utc>) -> Result<Option<Edit>, DraftError> {
        let lines = Lines::of(text)?;
        if lines.options.is_empty() && lines.payload.is_none() {
            return Ok(None);
        }
        let shown = self.options();
        for key in lines.options.keys() {
            if *key == "at" && !self.has_start() {
                return Err(DraftError::NoStart);
            }
            if !shown.iter().any(|(known, _)| known == key) {
                return Err(DraftError::UnknownKey {
                    key: (*key).to_owned(),
                    nearest: nearest_key(key),
                });
            }
        }
        let mut edit = Edit::default();
        for (key, before) in &shown {
            let value = lines.options.get(key).ok_or(DraftError::Missing(key))?;
            if *value != before.trim() {
                set(&mut edit, key, value, now)
                    .map_err(|reason| DraftError::Value { key, reason })?;
            }
        }
        if edit.queue.is_some() && edit.start_at.is_some() {
            return Err(DraftError::StartOfMove);
        }
        let (encoding, body) = lines.payload.ok_or(DraftError::Missing(PAYLOAD))?;
        edit.payload = self.payload(encoding, body)?.map(NewPayload::Bytes);
        if edit.is_empty() {
            return Ok(None);
        }
        edit.only_if = Some(self.version.clone());
        Ok(Some(edit))
    }

    /// The new payload; `None` if it stays.
    pub(super) fn payload(
        &self,
        encoding: &str,
        body: &str,
    ) -> Result<Option<Vec<u8>>, DraftError> {
        let old = &self.message.payload;
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
        if bytes.len() >= MAX_PAYLOAD {
            return Err(DraftError::TooLarge);
        }
        Ok((bytes != *old).then_some(bytes))
    }
}

impl<'a> Lines<'a> {
    fn of(text: &'a str) -> Result<Self, DraftError> {
        let mut lines = Self {
            options: HashMap::new(),
            payload: None,
        };
        let mut rest = text;
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

const KEYS: [&str; 7] = [
    "queue",
    "at",
    "max-retry",
    "timeout",
    "deadline",
    "retention",
    PAYLOAD,
];

fn nearest_key(key: &str) -> Option<&'static str> {
    let near = nearest(key, KEYS)?;
    KEYS.into_iter().find(|known| *known == near)
}

fn encoding_of(name: &str) -> Result<PayloadEncoding, DraftError> {
    use PayloadEncoding::{Base64, Json, Text};
    let known = [Json, Text, Base64].into_iter();
    let mut named = known.filter(|encoding| encoding_name(*encoding) == name);
    named
        .next()
        .ok_or_else(|| DraftError::Encoding(name.to_owned()))
}

pub(super) fn set(
    edit: &mut Edit,
    key: &str,
    value: &str,
    now: DateTime<Utc>,
) -> Result<(), String> {
    match key {
        "queue" => edit.queue = Some(value.parse::<QueueName>().map_err(text)?),
        "at" => edit.start_at = Some(time(value, now)?),
        "max-retry" => {
            let retries = value.parse().ok().filter(|retries| *retries >= 0);
            edit.max_retry = Some(retries.ok_or("not a number of retries, from 0")?);
        }
        "timeout" => edit.timeout = Some(timeout(value)?),
        "retention" => edit.retention = Some(optional(value, seconds)?),
        "deadline" => {
            let second = |value: &str| time(value, now).map(|at| at.timestamp());
            edit.deadline = Some(optional(value, second)?);
        }
        _ => {}
    }
    Ok(())
}

fn optional(value: &str, read: impl Fn(&str) -> Result<i64, String>) -> Result<i64, String> {
    if value == NONE { Ok(0) } else { read(value) }
}

/// To Asynq a timeout of zero is none, and then it sets thirty minutes.
fn timeout(value: &str) -> Result<i64, String> {
    match optional(value, seconds)? {
        0 => Err("every attempt needs a time limit; the default is 30m".to_owned()),
        limit => Ok(limit),
    }
}

/// Whole seconds: Asynq has no others.
fn seconds(value: &str) -> Result<i64, String> {
    let span: Duration = parse::duration(value).map_err(text)?;
    let whole = span.as_secs() + u64::from(span.subsec_nanos() > 0);
    i64::try_from(whole).map_err(|_| "too long".to_owned())
}

fn time(value: &str, now: DateTime<Utc>) -> Result<DateTime<Utc>, String> {
    parse::time(value, now, &Local).map_err(text)
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
