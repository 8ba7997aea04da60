//! A schedule as text: in `[[cron]]` of a file, and in Redis as JSON. [`Form::check`] turns it into a
//! [`Schedule`](super::entry::Schedule).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

mod check;
mod mistake;
mod scalar;
mod written;

#[cfg(test)]
mod tests;

pub use check::timing;
pub use mistake::Mistake;

/// A schedule as text. Files of Asynq's periodic task manager have `cronspec` and `task_type`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Form {
    /// If absent, the name is derived from spec, type and payload.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(alias = "cronspec")]
    pub spec: String,
    /// UTC if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tz: Option<String>,
    #[serde(rename = "type", alias = "task_type")]
    pub kind: String,
    /// A string is used as text; a table or a list becomes JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payload: Option<Value>,
    /// A payload that is not UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payload_base64: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_retry: Option<i32>,
    /// Duration: limit of one attempt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<String>,
    /// Time: no attempt runs past it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deadline: Option<String>,
    /// Duration from the tick to the start of the task.
    #[serde(rename = "in", skip_serializing_if = "Option::is_none")]
    pub delay: Option<String>,
    /// Duration of the unique lock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unique: Option<String>,
    /// Duration for which a task is kept after success.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retention: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// `none`, `latest`, `all` or `all:N`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub catch_up: Option<String>,
    /// Duration: a task starts up to this long after its tick.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jitter: Option<String>,
    /// Time: there are no ticks before it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<String>,
    /// Time: there are no ticks after it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<String>,
    /// A note for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// If absent, a stored schedule stays paused or active.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paused: Option<bool>,
}

impl Form {
    /// The given name, or one that is derived from type, spec and payload.
    pub fn name(&self) -> String {
        self.name.clone().unwrap_or_else(|| self.default_name())
    }

    /// The type, and six digits of a hash.
    fn default_name(&self) -> String {
        use md5::Digest as _;
        let mut hash = md5::Md5::new();
        let payload = self.payload.as_ref().map(Value::to_string);
        for part in [&self.spec, &self.kind, &payload.unwrap_or_default()] {
            hash.update(part.len().to_le_bytes());
            hash.update(part);
        }
        let bytes = hash.finalize();
        let visible = |c: char| {
            if c.is_whitespace() || c.is_control() {
                '-'
            } else {
                c
            }
        };
        let kind: String = self.kind.chars().take(100).map(visible).collect();
        format!("{kind}-{:02x}{:02x}{:02x}", bytes[0], bytes[1], bytes[2])
    }
}
