//! When something is trouble. Each field is a key of `[trouble]` in the configuration file.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::task::QueueName;

/// All thresholds.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Thresholds {
    /// For queues that are not in `queues`.
    pub all: QueueThresholds,
    /// For single queues.
    pub queues: BTreeMap<QueueName, QueueThresholds>,
    /// For workers.
    pub workers: WorkerThresholds,
}

impl Thresholds {
    /// Those for a queue.
    pub(crate) fn of(&self, queue: &QueueName) -> &QueueThresholds {
        self.queues.get(queue).unwrap_or(&self.all)
    }
}

/// Thresholds for a queue.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct QueueThresholds {
    /// Whether pending tasks without a worker are trouble.
    pub unserved: bool,
    /// How long the oldest task may be pending.
    pub pending_age: Duration,
    /// How many retries may be due within five minutes.
    pub retries_due: u64,
    /// Fewer retries than this share of today's attempts are no trouble, 0 to 1.
    pub retries_share: f64,
    /// The share of today's attempts that may fail, 0 to 1.
    pub failure_rate: f64,
    /// How many times the usual share of attempts may fail.
    pub failure_factor: f64,
    /// Fewer failures today than this are no trouble.
    pub failures: u64,
    /// How long tasks may be due and not pending.
    pub forward_delay: Duration,
    /// How long a queue with tasks may be paused.
    pub paused: Duration,
    /// How much of the archive may be full, 0 to 1.
    pub archived: f64,
    /// The maximum delay of groups, as the workers are configured; a group may be twice as old. `None`: unknown.
    pub group_max_delay: Option<Duration>,
}

impl Default for QueueThresholds {
    fn default() -> Self {
        Self {
            unserved: true,
            pending_age: Duration::from_secs(300),
            retries_due: 100,
            retries_share: 0.5,
            failure_rate: 0.2,
            failure_factor: 3.0,
            failures: 20,
            forward_delay: Duration::from_secs(30),
            paused: Duration::from_secs(3600),
            archived: 0.8,
            group_max_delay: None,
        }
    }
}

/// Thresholds for workers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WorkerThresholds {
    /// How long a worker may be silent.
    pub silent: Duration,
    /// How much the clock of a worker may differ from that of Redis.
    pub clock_distance: Duration,
}

impl Default for WorkerThresholds {
    fn default() -> Self {
        Self {
            silent: Duration::from_secs(30),
            clock_distance: Duration::from_secs(1),
        }
    }
}
