//! What `work` would run: the document of `work --check`.

use std::collections::BTreeMap;
use std::time::Duration;

use super::document;
use super::serde_fmt::seconds;

document! {
    /// A worker as its configuration wants it.
    pub(crate) struct WorkerPlanDocument {
        concurrency: usize,
        /// Weight of each queue.
        queues: BTreeMap<String, u32>,
        /// Queues are served in strict order of weight.
        strict: bool,
        #[serde(serialize_with = "seconds")]
        shutdown_timeout_seconds: Option<Duration>,
        /// What happens to tasks without a handler: `fail` or `release`.
        unmatched: String,
        log_level: String,
        log_format: String,
        /// Absent: stderr.
        log_path: Option<String>,
        handlers: Vec<HandlerDocument>,
        /// The names of the schedules that the worker would store.
        schedules: Vec<String>,
    }
}

document! {
    /// What runs which type of task. Of `run`, `exec` and `discard`, one is set.
    pub(crate) struct HandlerDocument {
        kind as "type": String,
        /// A command line for `sh -c`.
        run: Option<String>,
        /// A program and its arguments.
        exec: Option<Vec<String>>,
        discard: bool,
        #[serde(serialize_with = "seconds")]
        timeout_seconds: Option<Duration>,
        /// Tasks of this handler at the same time.
        concurrency: Option<usize>,
        /// From TERM to KILL.
        #[serde(serialize_with = "seconds")]
        grace_seconds: Option<Duration>,
        /// A limit of retries below the task's own.
        max_retry: Option<i32>,
        /// `asynq`, `constant` or `exponential`.
        backoff: String,
        /// The only delay, or the first.
        #[serde(serialize_with = "seconds")]
        backoff_min_seconds: Option<Duration>,
        #[serde(serialize_with = "seconds")]
        backoff_max_seconds: Option<Duration>,
        /// The line of a file, or the flag.
        origin: String,
    }
}
