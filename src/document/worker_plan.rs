//! The document of `work --check`: what `work` would run.

use std::collections::BTreeMap;
use std::time::Duration;

use super::document;
use super::serde_fmt::seconds;

document! {
    /// The configuration of a worker.
    pub(crate) struct WorkerPlanDocument {
        concurrency: usize,
        /// The weight of each queue.
        queues: BTreeMap<String, u32>,
        /// Whether queues are served in strict order of weight.
        strict: bool,
        /// How many workers in a row may vanish while they run a task.
        max_workers_lost: u32,
        #[serde(serialize_with = "seconds")]
        shutdown_timeout_seconds: Option<Duration>,
        /// What to do with tasks without a handler: `fail` or `release`.
        unmatched: String,
        log_level: String,
        log_format: String,
        /// Absent: stderr.
        log_path: Option<String>,
        handlers: Vec<HandlerDocument>,
        groups: Vec<GroupDocument>,
        /// The names of the schedules that the worker would store.
        schedules: Vec<String>,
    }
}

document! {
    /// The handler of a type. One of `run`, `exec`, `pipe`, `http` and `discard` is set.
    pub(crate) struct HandlerDocument {
        kind as "type": String,
        /// A command line for `sh -c`.
        run: Option<String>,
        /// A program and its arguments.
        exec: Option<Vec<String>>,
        /// A program that stays, and its arguments.
        pipe: Option<Vec<String>>,
        /// How many of it.
        processes: Option<usize>,
        /// From its start to its message that it is ready.
        #[serde(serialize_with = "seconds")]
        start_timeout_seconds: Option<Duration>,
        /// Limits after which a process is replaced.
        max_tasks: Option<u64>,
        #[serde(serialize_with = "seconds")]
        max_age_seconds: Option<Duration>,
        max_memory_bytes: Option<u64>,
        /// The URL that gets the tasks, without its login and its query.
        http: Option<String>,
        discard: bool,
        #[serde(serialize_with = "seconds")]
        timeout_seconds: Option<Duration>,
        /// The maximum number of tasks of this handler that run at the same time.
        concurrency: Option<usize>,
        /// The maximum number of tasks that run at the same time among all workers with this scope.
        limit_concurrency: Option<usize>,
        /// The maximum number of tasks that begin in a time among all workers with this scope, such as `10/s`.
        limit_rate: Option<String>,
        limit_scope: Option<String>,
        /// The time from SIGTERM to SIGKILL.
        #[serde(serialize_with = "seconds")]
        grace_seconds: Option<Duration>,
        /// The names of the variables that are set; their values may be secrets.
        env: Option<Vec<String>>,
        /// The working directory.
        cwd: Option<String>,
        /// The user that runs the commands.
        user: Option<String>,
        nice: Option<i32>,
        /// The limits of resources.
        limit_memory_bytes: Option<u64>,
        #[serde(serialize_with = "seconds")]
        limit_cpu_seconds: Option<Duration>,
        limit_files: Option<u64>,
        limit_processes: Option<u64>,
        /// Command lines that are run when attempts have ended.
        on_success: Option<String>,
        on_failure: Option<String>,
        on_archive: Option<String>,
        /// A limit of retries. It can only lower the task's own.
        max_retry: Option<i32>,
        /// `asynq`, `constant`, `exponential`, `linear` or `list`.
        backoff: String,
        /// The constant delay, or the first one.
        #[serde(serialize_with = "seconds")]
        backoff_min_seconds: Option<Duration>,
        #[serde(serialize_with = "seconds")]
        backoff_max_seconds: Option<Duration>,
        /// The delays of a list, the last of which repeats.
        backoff_list_seconds: Option<Vec<f64>>,
        /// The share by which delays are shortened at random at most, from 0 to 1; absent: as usual for the backoff.
        jitter: Option<f64>,
        /// The line of a file, or a flag.
        origin: String,
    }
}

document! {
    /// How some groups are merged. One of `run` and `exec` is set.
    pub(crate) struct GroupDocument {
        /// A group, or the beginning of groups and a `*`.
        group: String,
        /// A command line for `sh -c`.
        run: Option<String>,
        /// A program and its arguments.
        exec: Option<Vec<String>>,
        /// The type of the merged task.
        kind as "type": String,
        /// A group is merged when no task has joined it for this long,
        #[serde(serialize_with = "seconds")]
        grace_seconds: Option<Duration>,
        /// when its oldest task has waited for this long,
        #[serde(serialize_with = "seconds")]
        max_delay_seconds: Option<Duration>,
        /// or when it has this many tasks.
        max_size: Option<usize>,
        #[serde(serialize_with = "seconds")]
        timeout_seconds: Option<Duration>,
        /// The options of the merged task.
        task_max_retry: i32,
        #[serde(serialize_with = "seconds")]
        task_timeout_seconds: Option<Duration>,
        #[serde(serialize_with = "seconds")]
        task_retention_seconds: Option<Duration>,
        task_headers: BTreeMap<String, String>,
        /// The names of the variables that are set; their values may be secrets.
        env: Option<Vec<String>>,
        /// The working directory.
        cwd: Option<String>,
        /// The user that runs the commands.
        user: Option<String>,
        nice: Option<i32>,
        /// The limits of resources.
        limit_memory_bytes: Option<u64>,
        #[serde(serialize_with = "seconds")]
        limit_cpu_seconds: Option<Duration>,
        limit_files: Option<u64>,
        limit_processes: Option<u64>,
        /// The line of a file.
        origin: String,
    }
}
