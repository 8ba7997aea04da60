//! `[trouble]`: when something is wrong with a queue or a worker.

use std::time::Duration;

use serde::Deserialize;

use super::checked::{self, Name};
use crate::inspector::trouble::{QueueThresholds, Thresholds, WorkerThresholds};
use crate::text_file::mistake::Mistake;
use crate::text_file::reader;
use crate::text_file::tree::{Key, Node, Value};

/// The keys that only `[trouble]` itself has.
const WORKER_KEYS: [&str; 2] = ["worker_silent", "clock_distance"];

/// The table below which queues have thresholds of their own.
const QUEUES: &str = "queues";

/// Keys for queues, of `[trouble]` and of `[trouble.queues."QUEUE"]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct QueueKeys {
    unserved: Option<bool>,
    #[serde(deserialize_with = "checked::span")]
    pending_age: Option<Duration>,
    retries_due: Option<u64>,
    #[serde(deserialize_with = "checked::share")]
    retries_share: Option<f64>,
    #[serde(deserialize_with = "checked::share")]
    failure_rate: Option<f64>,
    #[serde(deserialize_with = "checked::factor")]
    failure_factor: Option<f64>,
    failures: Option<u64>,
    #[serde(deserialize_with = "checked::span")]
    forward_delay: Option<Duration>,
    #[serde(deserialize_with = "checked::span")]
    paused: Option<Duration>,
    #[serde(deserialize_with = "checked::share")]
    archived: Option<f64>,
    #[serde(deserialize_with = "checked::timeout")]
    group_max_delay: Option<Duration>,
}

impl QueueKeys {
    /// The thresholds of these keys; those of `other` for keys that are absent.
    fn or(self, other: &QueueThresholds) -> QueueThresholds {
        QueueThresholds {
            unserved: self.unserved.unwrap_or(other.unserved),
            pending_age: self.pending_age.unwrap_or(other.pending_age),
            retries_due: self.retries_due.unwrap_or(other.retries_due),
            retries_share: self.retries_share.unwrap_or(other.retries_share),
            failure_rate: self.failure_rate.unwrap_or(other.failure_rate),
            failure_factor: self.failure_factor.unwrap_or(other.failure_factor),
            failures: self.failures.unwrap_or(other.failures),
            forward_delay: self.forward_delay.unwrap_or(other.forward_delay),
            paused: self.paused.unwrap_or(other.paused),
            archived: self.archived.unwrap_or(other.archived),
            group_max_delay: self.group_max_delay.or(other.group_max_delay),
        }
    }
}

/// Keys for workers.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct WorkerKeys {
    #[serde(deserialize_with = "checked::span")]
    worker_silent: Option<Duration>,
    #[serde(deserialize_with = "checked::span")]
    clock_distance: Option<Duration>,
}

/// Reads the section, and adds its mistakes.
pub(super) fn read(key: &Key, node: &Node, mistakes: &mut Vec<Mistake>) -> Thresholds {
    // A section that is no table is a mistake of its keys for queues.
    let Value::Table(entries) = &node.value else {
        let read = reader::read::<QueueKeys>(key, node);
        mistakes.extend(read.err().unwrap_or_default());
        return Thresholds::default();
    };
    let with = |wanted: fn(&str) -> bool| {
        let entries = entries.iter().filter(|(key, _)| wanted(&key.name));
        Node {
            value: Value::Table(entries.cloned().collect()),
            ..node.clone()
        }
    };
    let mut section = |node: &Node| {
        let read = reader::read::<QueueKeys>(key, node);
        read.unwrap_or_else(|wrong| {
            mistakes.extend(wrong);
            QueueKeys::default()
        })
    };
    let for_queues = |name: &str| name != QUEUES && !WORKER_KEYS.contains(&name);
    let all = section(&with(for_queues)).or(&QueueThresholds::default());
    let workers = reader::read::<WorkerKeys>(key, &with(|name| WORKER_KEYS.contains(&name)));
    let workers = workers.unwrap_or_else(|wrong| {
        mistakes.extend(wrong);
        WorkerKeys::default()
    });
    let default = WorkerThresholds::default();
    let mut thresholds = Thresholds {
        all,
        workers: WorkerThresholds {
            silent: workers.worker_silent.unwrap_or(default.silent),
            clock_distance: workers.clock_distance.unwrap_or(default.clock_distance),
        },
        ..Thresholds::default()
    };
    let queues = entries.iter().find(|(key, _)| key.name == QUEUES);
    if let Some((_, node)) = queues {
        let read = reader::read::<std::collections::BTreeMap<Name, QueueKeys>>(key, node);
        match read {
            Ok(queues) => {
                let queues = queues.into_iter();
                let queues = queues.map(|(name, keys)| (name.0, keys.or(&thresholds.all)));
                thresholds.queues = queues.collect();
            }
            Err(wrong) => {
                let below = |mistake: Mistake| mistake.below(QUEUES, node.line);
                mistakes.extend(wrong.into_iter().map(below));
            }
        }
    }
    thresholds
}
