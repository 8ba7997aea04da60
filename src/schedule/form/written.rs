//! From a schedule to text.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::Value;

use super::Form;
use crate::schedule::entry::{CatchUp, Schedule};
use crate::task::{TaskOptions, parse};

impl Form {
    /// The keys of a task that is enqueued `delay` after a tick. Defaults are left out.
    pub(crate) fn of_task(
        kind: String,
        payload: Option<Vec<u8>>,
        options: TaskOptions,
        delay: Duration,
    ) -> Self {
        let default = TaskOptions::default();
        let (payload, payload_base64) = match payload.map(String::from_utf8) {
            None => (None, None),
            Some(Ok(text)) => (Some(Value::String(text)), None),
            Some(Err(bytes)) => (None, Some(BASE64.encode(bytes.as_bytes()))),
        };
        Self {
            kind,
            payload,
            payload_base64,
            queue: Some(options.queue.to_string()).filter(|_| options.queue != default.queue),
            max_retry: Some(options.max_retry).filter(|retries| *retries != default.max_retry),
            timeout: options.timeout.map(written),
            deadline: options.deadline.map(instant),
            delay: some_span(delay),
            unique: options.unique_for.map(written),
            retention: some_span(options.retention),
            group: options.group,
            headers: options.headers,
            ..Self::default()
        }
    }
}

impl From<&Schedule> for Form {
    /// The canonical form: equal schedules give equal forms. Defaults are left out.
    fn from(schedule: &Schedule) -> Self {
        Self {
            name: Some(schedule.name.to_string()),
            spec: schedule.spec.as_str().to_owned(),
            tz: Some(schedule.zone.to_string()).filter(|zone| zone != "UTC"),
            catch_up: Some(schedule.catch_up)
                .filter(|policy| *policy != CatchUp::default())
                .map(|policy| policy.to_string()),
            jitter: some_span(schedule.jitter),
            start: schedule.start_at.map(instant),
            end: schedule.end_at.map(instant),
            note: schedule.note.clone(),
            ..Self::of_task(
                schedule.kind.to_string(),
                schedule.payload.clone(),
                schedule.options.clone(),
                schedule.delay,
            )
        }
    }
}

fn some_span(span: Duration) -> Option<String> {
    (!span.is_zero()).then(|| written(span))
}

fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// A duration in the notation that is parsed, such as `1h30m`, rounded up to milliseconds.
pub(super) fn written(span: Duration) -> String {
    let milliseconds = u64::try_from(span.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX);
    parse::duration_text(Duration::from_millis(milliseconds))
}
