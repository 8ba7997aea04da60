//! `logs` in `[worker]` and of a handler: which attempts leave a log of what they print, and how much is kept.

use std::time::Duration;

use serde::Deserialize;
use serde::de::Deserializer;

use super::checked::{self, one_of};
use crate::broker::LogLimits;
use crate::worker::{DEFAULT_LOG_LIMITS, KeepLogs};

/// `logs = { … }` in `[worker]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct LogsConfig {
    /// Which attempts leave a log, for handlers that do not say it.
    #[serde(deserialize_with = "when")]
    when: Option<KeepLogs>,
    /// How much is kept of an attempt.
    #[serde(deserialize_with = "checked::size")]
    attempt: Option<u64>,
    /// How much is kept of a task.
    #[serde(deserialize_with = "checked::size")]
    task: Option<u64>,
    /// How much is kept of all tasks of a queue.
    #[serde(deserialize_with = "checked::size")]
    queue: Option<u64>,
    /// How long after the last attempt.
    #[serde(deserialize_with = "checked::span")]
    lifetime: Option<Duration>,
}

impl LogsConfig {
    pub(super) fn when(&self) -> KeepLogs {
        self.when.unwrap_or_default()
    }

    pub(super) fn limits(&self) -> LogLimits {
        let size = |given: Option<u64>, default| {
            given.map_or(default, |size| usize::try_from(size).unwrap_or(usize::MAX))
        };
        let default = DEFAULT_LOG_LIMITS;
        LogLimits {
            attempt: size(self.attempt, default.attempt),
            task: size(self.task, default.task),
            queue: size(self.queue, default.queue),
            lifetime: self.lifetime.unwrap_or(default.lifetime),
        }
    }
}

pub(super) fn when<'de, D: Deserializer<'de>>(from: D) -> Result<Option<KeepLogs>, D::Error> {
    let words = [
        ("off", KeepLogs::Off),
        ("failure", KeepLogs::Failure),
        ("always", KeepLogs::Always),
    ];
    one_of(from, &words).map(Some)
}
