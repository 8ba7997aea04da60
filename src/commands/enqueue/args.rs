//! The arguments of `qctl enqueue`, and the tasks they describe.

use std::ffi::OsString;
use std::time::Duration;

use chrono::{DateTime, FixedOffset, TimeDelta, Utc};

use crate::clock;
use crate::commands::options::{TaskArgs, TypedTime};
use crate::document::read::Defaults;
use crate::error::Failure;
use crate::inspector::import::{self, ImportOptions};
use crate::task::{NewTask, Start, TaskId, TaskType, parse};

/// The retention of a task with `--wait`, unless `--retention` is given.
const WAIT_RETENTION: Duration = Duration::from_secs(3600);

/// Enqueue a task, or a stream of tasks
///
/// The payload is any text or bytes; JSON is common. By default the task goes to the queue "default", is
/// retried up to 25 times and may run for 30 minutes, as with Asynq.
///
/// With --from, each line is a task as a JSON object, with the keys that qctl ls tasks -o ndjson prints. Only
/// type is required. The keys id, queue, payload, payload_encoding, headers, max_retry, timeout_seconds,
/// deadline, next_process_at, group, retention_seconds and unique_seconds are read; keys about the past of a
/// task (state, retried, last_error, result...) are ignored. Options are defaults for lines that lack the key.
/// A string payload is text, any other value is JSON and kept as written, unless payload_encoding is json,
/// text or base64. To run the same input twice without
/// doubles, give each line an id or add --unique, and use --on-conflict ignore. Tasks that were processed and deleted in between
/// are enqueued again. --dry-run checks every line, whatever --on-error says, against what is in Redis and the lines above it.
///
/// With --wait, the exact bytes of the result are written to stdout. The exit code is 0 if the task completed,
/// 9 if it was archived or set aside, or its result was too large to store, 8 if the time ran out, 3 if the task is gone and
/// how it ended is unknown. A completed task is kept for an hour unless --retention is given.
#[expect(
    clippy::doc_markdown,
    reason = "this is the help text, where backticks mean nothing"
)]
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  qctl enqueue email:deliver --payload '{\"to\":\"a@example.com\"}'\n  qctl enqueue report:build -q low --in 10m --payload @report.json\n  date | qctl enqueue log:line --payload -\n  qctl enqueue image:resize --payload @job.json --wait=30s > small.png\n  echo '{\"type\":\"email:deliver\",\"payload\":{\"user_id\":1}}' | qctl enqueue --from -\n  qctl enqueue --from tasks.ndjson --on-error skip -o ndjson > outcomes.ndjson"
)]
pub(crate) struct EnqueueArgs {
    /// Task type, which selects the handler
    #[arg(value_name = "TYPE", required_unless_present = "from")]
    pub(super) kind: Option<TaskType>,
    /// Enqueue one task per line of FILE, or of stdin (-)
    #[arg(long, value_name = "FILE|-", conflicts_with_all = ["kind", "payload", "id", "wait"])]
    pub(super) from: Option<OsString>,
    /// What to do when a line cannot be enqueued
    #[arg(
        long,
        value_name = "WHAT",
        value_enum,
        default_value_t,
        requires = "from"
    )]
    on_error: OnError,
    /// What to do when the id of a task or its unique lock is taken
    #[arg(long, value_name = "WHAT", value_enum, default_value_t)]
    pub(super) on_conflict: OnConflict,
    /// Skip the first N lines
    #[arg(long, value_name = "N", default_value_t = 0)]
    skip: u64,
    /// Check all lines of --from and show what would be enqueued, but enqueue nothing
    #[arg(short = 'n', long)]
    pub(super) dry_run: bool,
    /// Wait until the task has ended and print its result [default: no time limit]
    #[arg(long, value_name = "TIMEOUT", num_args = 0..=1, require_equals = true, value_parser = parse::duration)]
    #[expect(clippy::option_option, reason = "not given, given, given with a time")]
    pub(super) wait: Option<Option<Duration>>,
    #[command(flatten)]
    options: TaskArgs,
    /// Task id, unique in the queue [default: a random UUID]
    #[arg(long, value_name = "ID")]
    id: Option<TaskId>,
    /// Do not run the task before this time, such as 2026-12-01T09:00:00Z, "tomorrow 09:00" (local time, or that of TZ=Europe/Berlin in the environment) or now+10m
    #[arg(long = "at", value_name = "TIME", value_parser = TypedTime::parse, conflicts_with = "start_in")]
    start_at: Option<TypedTime>,
}

/// What to do when a line cannot be enqueued.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
enum OnError {
    /// Stop there. If Redis refuses a task, some lines after it may already be enqueued
    #[default]
    Stop,
    /// Continue with the next line
    Skip,
}

/// What to do when the id of a task or its unique lock is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(super) enum OnConflict {
    /// Report an error
    #[default]
    Error,
    /// Succeed: the task is there already
    Ignore,
}

impl From<OnConflict> for import::OnConflict {
    fn from(typed: OnConflict) -> Self {
        match typed {
            OnConflict::Error => Self::Error,
            OnConflict::Ignore => Self::Ignore,
        }
    }
}

impl From<OnError> for import::OnError {
    fn from(typed: OnError) -> Self {
        match typed {
            OnError::Stop => Self::Stop,
            OnError::Skip => Self::Skip,
        }
    }
}

impl EnqueueArgs {
    /// Refuses options of `--from` without it: clap skips `requires` if the required argument conflicts with another one.
    pub(super) fn expect_no_lines(&self) -> Result<(), Failure> {
        if self.skip == 0 && self.on_error == OnError::default() && !self.dry_run {
            return Ok(());
        }
        let hint = "give --from FILE instead of a task type";
        let what = "--skip, --on-error and --dry-run need --from";
        Err(Failure::usage(what, hint))
    }

    /// Refuses `--wait` for a task whose end cannot be observed.
    pub(super) fn expect_an_end(&self) -> Result<(), Failure> {
        if self.wait.is_none() {
            return Ok(());
        }
        if self.options.group.is_some() {
            let what =
                "--wait cannot be used with --group: tasks of a group are merged into another task";
            return Err(Failure::usage(what, "leave out --wait or --group"));
        }
        if self.options.retention == Some(Duration::ZERO) {
            let what = "--wait needs a retention: a task that is deleted on success cannot be seen to complete";
            return Err(Failure::usage(what, "leave out --retention for 1h"));
        }
        Ok(())
    }

    pub(super) fn import_options(&self) -> anyhow::Result<ImportOptions<Defaults>> {
        Ok(ImportOptions {
            defaults: self.defaults(clock::now())?,
            skip: self.skip,
            on_error: self.on_error.into(),
            on_conflict: self.on_conflict.into(),
        })
    }

    /// The options, as the defaults of every task.
    fn defaults(&self, now: DateTime<Utc>) -> anyhow::Result<Defaults> {
        let kept = self.wait.map_or(Duration::ZERO, |_| WAIT_RETENTION);
        Ok(Defaults {
            start: self.start(now)?,
            options: self.options.options(kept),
        })
    }

    /// When tasks that are enqueued at `now` may start.
    pub(super) fn start(&self, now: DateTime<Utc>) -> Result<Start, Failure> {
        Ok(match (self.options.start_in, &self.start_at) {
            (Some(delay), _) => Start::At(after(delay, now)?),
            (None, Some(at)) => Start::At(at.at(now).map_err(|error| {
                Failure::usage(format!("--at is {error}"), "qctl enqueue --help")
            })?),
            (None, None) => Start::Now,
        })
    }

    /// The zone in which the start was typed, unless that is UTC.
    pub(super) fn zone(&self, now: DateTime<Utc>, start: Start) -> Option<FixedOffset> {
        match (&self.start_at, start) {
            (Some(typed), Start::At(at)) => typed.zone(now, at),
            (Some(_), Start::Now) | (None, _) => None,
        }
    }

    pub(super) fn task(&self, kind: &TaskType, now: DateTime<Utc>) -> anyhow::Result<NewTask> {
        let payload = self.options.payload()?;
        let Defaults { start, options } = self.defaults(now)?;
        Ok(NewTask {
            kind: kind.clone(),
            payload,
            id: self.id.clone().unwrap_or_else(TaskId::random),
            start,
            options,
        })
    }
}

fn after(delay: Duration, now: DateTime<Utc>) -> Result<DateTime<Utc>, Failure> {
    TimeDelta::from_std(delay)
        .ok()
        .and_then(|delay| now.checked_add_signed(delay))
        .ok_or_else(|| Failure::usage("the start is too far away", "use a shorter --in"))
}
