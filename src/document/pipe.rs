//! The messages between a worker and a process of a `pipe` handler, one JSON document a line. `docs/pipe-protocol.md`
//! is their specification.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use super::payload::{Payload, PayloadEncoding, PayloadError};
use crate::task::{Message, parse};

/// The version of the protocol.
pub(crate) const VERSION: u32 = 1;

/// What a worker says.
#[derive(Serialize)]
#[serde(tag = "message", rename_all = "lowercase")]
pub(crate) enum ToProcess<'a> {
    Hello {
        program: &'a str,
        versions: &'a [u32],
        capabilities: &'a [&'a str],
    },
    Task(TaskMessage<'a>),
    Cancel {
        attempt_id: u64,
        reason: &'a str,
    },
    Drain,
}

impl ToProcess<'_> {
    /// The line, with its line break.
    pub(crate) fn line(&self) -> serde_json::Result<Vec<u8>> {
        let mut line = serde_json::to_vec(self)?;
        line.push(b'\n');
        Ok(line)
    }
}

/// A task: what its document says of it while it runs, and the attempt.
#[derive(Serialize)]
pub(crate) struct TaskMessage<'a> {
    attempt_id: u64,
    /// 1 for the first attempt. Attempts that were not counted have the number of the next one.
    attempt_number: i64,
    attempt_deadline: DateTime<Utc>,
    id: &'a str,
    queue: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    payload_encoding: PayloadEncoding,
    payload: Payload,
    headers: &'a BTreeMap<String, String>,
    /// The trace context of the enqueuer, from the header of that name.
    traceparent: Option<&'a str>,
    max_retry: i32,
    retried: i32,
    last_error: Option<&'a str>,
    group: Option<&'a str>,
    retention_seconds: i64,
}

impl<'a> TaskMessage<'a> {
    pub(crate) fn new(message: &'a Message, attempt_id: u64, deadline: DateTime<Utc>) -> Self {
        let some = |text: &'a str| Some(text).filter(|text| !text.is_empty());
        let payload = Payload::new(message.payload.clone());
        Self {
            attempt_id,
            attempt_number: i64::from(message.retried) + 1,
            attempt_deadline: deadline,
            id: &message.id,
            queue: &message.queue,
            kind: &message.kind,
            payload_encoding: payload.encoding(),
            payload,
            headers: &message.headers,
            traceparent: message.headers.get("traceparent").map(String::as_str),
            max_retry: message.max_retry,
            retried: message.retried,
            last_error: some(&message.last_error),
            group: some(&message.group),
            retention_seconds: message.retention,
        }
    }
}

/// What a process says. Which keys count depends on `message`; others are ignored.
#[derive(Deserialize)]
pub(crate) struct FromProcess<'a> {
    #[serde(borrow)]
    pub message: Cow<'a, str>,
    pub attempt_id: Option<u64>,
    pub version: Option<u32>,
    pub capabilities: Option<Vec<String>>,
    pub concurrency: Option<usize>,
    result: Option<Box<RawValue>>,
    result_encoding: Option<PayloadEncoding>,
    pub error: Option<String>,
    pub then: Option<Then>,
    pub after: Option<After>,
    pub level: Option<LogLevel>,
    pub text: Option<String>,
    pub percent: Option<f64>,
}

impl FromProcess<'_> {
    /// The bytes of the result; none: empty.
    pub(crate) fn into_result(self) -> Result<Vec<u8>, PayloadError> {
        let value = self.result.map(Payload::Json);
        let decoded = Payload::decode(value, self.result_encoding)?;
        Ok(decoded.map(Payload::into_bytes).unwrap_or_default())
    }
}

/// Of a message whose other keys cannot be read.
#[derive(Deserialize)]
pub(crate) struct Addressed {
    pub attempt_id: u64,
}

/// What follows a failure.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Then {
    #[default]
    Retry,
    Skip,
    Release,
}

/// How much a line of a process matters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogLevel {
    Debug,
    #[default]
    Info,
    #[serde(alias = "warning")]
    Warn,
    Error,
}

/// When to try again: a number of seconds, or a duration such as `"10m"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct After(pub Duration);

impl<'de> Deserialize<'de> for After {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(
            untagged,
            expecting = "expected a number of seconds, or a duration such as \"10m\""
        )]
        enum Written {
            Seconds(f64),
            Duration(String),
        }
        let after = match Written::deserialize(from)? {
            Written::Seconds(seconds) => {
                let span = Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string());
                span.and_then(|span| parse::limited(span).map_err(|error| error.to_string()))
            }
            Written::Duration(text) => parse::duration(&text).map_err(|error| error.to_string()),
        };
        after.map(Self).map_err(D::Error::custom)
    }
}
