//! `[trouble]`: when something is wrong with a queue or a worker.

use std::collections::BTreeMap;
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
    if let Some((queues, node)) = queues {
        let read = reader::read::<BTreeMap<Name, QueueKeys>>(queues, node);
        match read {
            Ok(queues) => {
                let queues = queues.into_iter();
                let queues = queues.map(|(name, keys)| (name.0, keys.or(&thresholds.all)));
                thresholds.queues = queues.collect();
            }
            Err(wrong) => {
                let below = |mistake: Mistake| mistake.below(&key.name, node.line);
                mistakes.extend(wrong.into_iter().map(below));
            }
        }
    }
    thresholds
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::QueueName;

    fn parse(text: &str) -> (Thresholds, Vec<String>) {
        let (root, _) = Node::from_toml(text).unwrap();
        let (key, node) = &root.entries()[0];
        let mut mistakes = Vec::new();
        let thresholds = read(key, node, &mut mistakes);
        let said = mistakes.iter();
        let said = said.map(|mistake| format!("{}: {mistake}", mistake.line));
        (thresholds, said.collect())
    }

    #[test]
    fn a_queue_has_what_it_does_not_share() {
        let (thresholds, mistakes) = parse(
            r#"
            [trouble]
            pending_age = "10m"
            archived = 0.5
            failure_rate = "5%"
            failure_factor = 2
            retries_share = 1
            worker_silent = "1m"

            [trouble.queues."reports"]
            pending_age = "6h"
            unserved = false
            group_max_delay = "10m"
            "#,
        );
        assert_eq!(mistakes, [""; 0]);
        let all = QueueThresholds {
            pending_age: Duration::from_secs(600),
            archived: 0.5,
            failure_rate: 0.05,
            failure_factor: 2.0,
            retries_share: 1.0,
            ..QueueThresholds::default()
        };
        let queue = |name| thresholds.of(&QueueName::new(name).unwrap()).clone();
        assert_eq!(queue("other"), all);
        let reports = QueueThresholds {
            pending_age: Duration::from_secs(6 * 3600),
            unserved: false,
            group_max_delay: Some(Duration::from_secs(600)),
            ..all
        };
        assert_eq!(queue("reports"), reports);
        let workers = WorkerThresholds {
            silent: Duration::from_secs(60),
            ..WorkerThresholds::default()
        };
        assert_eq!(thresholds.workers, workers);
    }

    #[test]
    fn mistakes_have_their_lines_and_keys() {
        for (text, expected) in [
            ("trouble = 3", "1: trouble: expected a table, found 3"),
            (
                "[trouble]\npending_age = 5",
                "2: trouble.pending_age: expected a duration, found 5 without a unit: write \"5s\" for seconds",
            ),
            (
                "[trouble]\narchived = \"120%\"",
                "2: trouble.archived: \"120%\" is not a share: use \"0%\" to \"100%\"",
            ),
            (
                "[trouble]\nfailure_rate = 20",
                "2: trouble.failure_rate: 20 is not a share: use \"0%\" to \"100%\"",
            ),
            (
                "[trouble]\nfailure_factor = 0.5",
                "2: trouble.failure_factor: the factor must be 1 or more",
            ),
            (
                "[trouble]\nfailure_factor = nan\narchived = inf",
                "2: trouble.failure_factor: expected a number, found nan\n3: trouble.archived: inf is no number: quote it",
            ),
            (
                "[trouble]\nfailure_factor = \"2\"",
                "2: trouble.failure_factor: expected a number, found \"2\"",
            ),
            (
                "[trouble]\npending_ago = \"5m\"",
                "2: unknown key \"pending_ago\", did you mean \"pending_age\"?",
            ),
            (
                "[trouble]\nworker_silent = 1\n[trouble.queues.a]\n\n[trouble.queues.\"b c\"]\npaused = true",
                "2: trouble.worker_silent: expected a duration, found 1 without a unit: write \"1s\" for seconds\n6: trouble.queues.\"b c\".paused: expected a duration such as \"90s\", found true",
            ),
            (
                "[trouble.queues.a]\nworker_silent = \"1m\"",
                "2: unknown key \"worker_silent\", use one of unserved, pending_age, retries_due, retries_share, failure_rate, failure_factor, failures, forward_delay, paused, archived, group_max_delay",
            ),
        ] {
            assert_eq!(parse(text).1.join("\n"), expected, "{text}");
        }
    }
}
