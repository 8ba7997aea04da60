//! Options of a task, the same wherever a task is described on the command line.

use std::ffi::{OsStr, OsString};
use std::io::Read as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use chrono::{DateTime, FixedOffset, Utc};

use super::Context;
use crate::clock;
use crate::error::{Exit, Failure};
use crate::task::options::{LARGE_PAYLOAD, MAX_PAYLOAD};
use crate::task::{Invalid, NewTask, QueueName, TaskOptions, local_offset, local_time, parse};
use crate::view::text;

/// Options of the task of `enqueue`, and of each task of `cron add`.
#[derive(Debug, clap::Args)]
pub(crate) struct TaskArgs {
    /// Payload: text (@@ for a leading @), @FILE for the bytes of a file, or - for stdin
    #[arg(short, long, value_name = "TEXT|@FILE|-", allow_hyphen_values = true)]
    payload: Option<OsString>,
    /// Queue to put the task into
    #[arg(short, long, value_name = "QUEUE", default_value = "default")]
    queue: QueueName,
    /// Maximum number of retries
    #[arg(long, value_name = "N", default_value_t = 25, allow_negative_numbers = true, value_parser = clap::value_parser!(i32).range(0..))]
    max_retry: i32,
    /// Time limit of one attempt [default: 30m if there is no deadline]
    #[arg(long, value_name = "DURATION", value_parser = timeout)]
    timeout: Option<Duration>,
    /// Time after which no attempt may run, such as 2026-12-01T09:00:00Z or "tomorrow 09:00" (local time)
    #[arg(long, value_name = "TIME", value_parser = time)]
    deadline: Option<DateTime<Utc>>,
    /// Delay before the task may run
    #[arg(long = "in", value_name = "DURATION", value_parser = parse::duration)]
    pub start_in: Option<Duration>,
    /// Refuse another task with the same queue, type and payload until this one has succeeded or DURATION is over. With
    /// --at or --in, the lock is held from now until DURATION after the start
    #[arg(long, value_name = "DURATION", value_parser = parse::duration)]
    unique: Option<Duration>,
    /// Keep the completed task and its result for this long [default: delete it at once]
    #[arg(long, value_name = "DURATION", value_parser = parse::duration)]
    pub retention: Option<Duration>,
    /// Add the task to this group, whose tasks are merged into one
    #[arg(long, value_name = "GROUP")]
    pub group: Option<String>,
    /// Task header (repeatable)
    #[arg(long = "header", value_name = "NAME=VALUE", value_parser = parse::header)]
    headers: Vec<(String, String)>,
}

/// Parses a time as users type it, by the clock and in the time zone of this machine.
pub(crate) fn time(text: &str) -> Result<DateTime<Utc>, parse::ParseError> {
    local_time(text, clock::now())
}

/// A time that may be relative to now, as typed. It is checked when it is read, and counts from the time of its use.
#[derive(Debug, Clone)]
pub(crate) struct TypedTime(String);

impl TypedTime {
    /// Parses a time as users type it.
    pub(crate) fn parse(text: &str) -> Result<Self, parse::ParseError> {
        time(text).map(|_| Self(text.to_owned()))
    }

    /// The time, seen from `now`.
    pub(crate) fn at(&self, now: DateTime<Utc>) -> Result<DateTime<Utc>, parse::ParseError> {
        local_time(&self.0, now)
    }

    /// The offset of the local zone at this time, if it was typed in the local zone.
    pub(crate) fn zone(&self, now: DateTime<Utc>, at: DateTime<Utc>) -> Option<FixedOffset> {
        local_offset(&self.0, now, at)
    }
}

/// To Asynq a timeout of zero is none, and then it sets thirty minutes.
pub(crate) fn timeout(text: &str) -> Result<Duration, String> {
    match parse::duration(text) {
        Ok(Duration::ZERO) => {
            Err("every attempt needs a time limit; the default is 30m".to_owned())
        }
        read => read.map_err(|error| error.to_string()),
    }
}

impl TaskArgs {
    /// The options, with this retention if none was given.
    pub(crate) fn options(&self, retention: Duration) -> TaskOptions {
        TaskOptions {
            queue: self.queue.clone(),
            max_retry: self.max_retry,
            timeout: self.timeout,
            deadline: self.deadline,
            unique_for: self.unique,
            retention: self.retention.unwrap_or(retention),
            group: self.group.clone(),
            headers: self.headers.iter().cloned().collect(),
        }
    }

    /// The bytes of the payload. What was typed need not be UTF-8, and neither need a file's name.
    pub(crate) fn payload(&self) -> anyhow::Result<Option<Vec<u8>>> {
        self.payload.as_deref().map(read_payload).transpose()
    }
}

/// The bytes of a payload as it was typed: text, `@FILE` or `-`.
pub(crate) fn read_payload(typed: &OsStr) -> anyhow::Result<Vec<u8>> {
    let typed = typed.as_bytes();
    if let Some(after) = typed.strip_prefix(b"@") {
        if after.starts_with(b"@") {
            return Ok(after.to_vec());
        }
        if after.is_empty() {
            let hint = "write @FILE, or @@ for a payload that begins with @";
            return Err(Failure::usage("--payload @ names no file", hint).into());
        }
        let path = after;
        let path = PathBuf::from(OsStr::from_bytes(path));
        return std::fs::read(&path).map_err(|reason| {
            let path = path.to_string_lossy();
            let what = format!("cannot read the payload file {path:?} ({reason})");
            Failure::new(Exit::Usage, what).into()
        });
    }
    if typed != b"-" {
        return Ok(typed.to_vec());
    }
    let mut bytes = Vec::new();
    let limit = MAX_PAYLOAD as u64 + 1;
    std::io::stdin()
        .lock()
        .take(limit)
        .read_to_end(&mut bytes)
        .context("cannot read the payload from stdin")?;
    Ok(bytes)
}

/// Refuses a payload that Redis cannot store; warns of a large payload and of a deadline that has passed.
pub(crate) fn warn(cx: &Context, task: &NewTask, now: DateTime<Utc>) -> Result<(), Failure> {
    let size = task.payload.as_ref().map_or(0, Vec::len);
    if let Err(error @ Invalid::PayloadTooLarge(_)) = task.check() {
        let hint = "store it elsewhere and pass a reference";
        return Err(Failure::usage(error.to_string(), hint));
    }
    if size > LARGE_PAYLOAD {
        let size = text::bytes(size as u64);
        cx.printer.warn(&format!(
            "the payload of {size} slows down everything that reads the task; store it elsewhere and pass a reference"
        ));
    }
    if task
        .options
        .deadline
        .is_some_and(|deadline| deadline <= now)
    {
        cx.printer
            .warn("the deadline has passed: every attempt will fail at once");
    }
    Ok(())
}
