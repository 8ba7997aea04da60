//! `qctl enqueue`: one new task, which may be waited for, or a stream of them.

pub mod feed;
mod lines;
pub mod wait;

use std::ffi::{OsStr, OsString};
use std::io::Read as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use chrono::{DateTime, TimeDelta, Utc};

use super::Context;
use super::args::Usage;
use crate::clock;
use crate::task::{Defaults, NewTask, QueueName, Start, TaskId, TaskType, parse};
use crate::view::moved::Enqueued;

/// Enqueue a task, or a stream of tasks.
///
/// The payload is any text or bytes; JSON is common. Without options the task goes to the queue "default",
/// may be retried 25 times and may run for 30 minutes, as with Asynq.
///
/// With --from, each line is a task as JSON: the document that qctl ls tasks -o ndjson prints, or by hand only
/// what matters. type is needed; id, queue, payload, payload_encoding, headers, max_retry,
/// timeout_seconds, deadline, next_process_at, group, retention_seconds and unique_seconds are read;
/// what a document tells of the past (state, retried, last_error, result...) is not. Options are defaults
/// for lines that say nothing of their own. A payload that is a string is that text, any other value is JSON, kept
/// as it is written, unless payload_encoding says json, text or base64.
///
/// With --wait, the result goes to stdout as it is. The exit code is 0 for a task that completed, 9 for one that
/// failed for good (archived, after its retries), 8 when the time ran out, 3 when the task is gone and its end
/// is not known. The task stays for an hour, unless --retention says otherwise.
#[expect(
    clippy::doc_markdown,
    reason = "this is the help text, where backticks mean nothing"
)]
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  qctl enqueue email:deliver --payload '{\"to\":\"a@example.com\"}'\n  qctl enqueue report:build -q low --in 10m --payload @report.json\n  date | qctl enqueue log:line --payload -\n  qctl enqueue image:resize --payload @job.json --wait=30s > small.png\n  echo '{\"type\":\"email:deliver\",\"payload\":{\"user_id\":1}}' | qctl enqueue --from -\n  qctl enqueue --from tasks.ndjson --on-error skip -o ndjson > outcomes.ndjson"
)]
pub struct EnqueueArgs {
    /// The type of the task, which chooses its handler
    #[arg(value_name = "TYPE", required_unless_present = "from")]
    kind: Option<TaskType>,
    /// Enqueue a task for each line of this file, or of stdin
    #[arg(long, value_name = "FILE|-", conflicts_with_all = ["kind", "payload", "id", "wait"])]
    from: Option<OsString>,
    /// After a line that cannot be enqueued, stop or go on
    #[arg(
        long,
        value_name = "WHAT",
        value_enum,
        default_value_t,
        requires = "from"
    )]
    on_error: OnError,
    /// Pass over the first lines
    #[arg(long, value_name = "N", default_value_t = 0)]
    skip: u64,
    /// Wait until the task has ended, at most so long, and print its result
    #[arg(long, value_name = "TIMEOUT", num_args = 0..=1, require_equals = true, value_parser = parse::duration)]
    #[expect(clippy::option_option, reason = "not given, given, given with a time")]
    wait: Option<Option<Duration>>,
    /// The payload: text, @FILE for a file's bytes, or - for stdin
    #[arg(short, long, value_name = "TEXT|@FILE|-", allow_hyphen_values = true)]
    payload: Option<OsString>,
    /// The queue
    #[arg(short, long, value_name = "QUEUE", default_value = "default")]
    queue: QueueName,
    /// The id, unique in the queue [default: a random UUID]
    #[arg(long, value_name = "ID")]
    id: Option<TaskId>,
    /// How many retries may follow the first attempt
    #[arg(long, value_name = "N", default_value_t = 25, allow_negative_numbers = true, value_parser = clap::value_parser!(i32).range(0..))]
    max_retry: i32,
    /// Limit of one attempt [default: 30m, if there is no deadline]
    #[arg(long, value_name = "DURATION", value_parser = parse::duration)]
    timeout: Option<Duration>,
    /// No attempt runs past this time
    #[arg(long, value_name = "TIME", value_parser = time)]
    deadline: Option<DateTime<Utc>>,
    /// Start after this time has passed
    #[arg(long = "in", value_name = "DURATION", value_parser = parse::duration, conflicts_with = "start_at")]
    start_in: Option<Duration>,
    /// Start at this time
    #[arg(long = "at", value_name = "TIME", value_parser = time)]
    start_at: Option<DateTime<Utc>>,
    /// Accept no other task of this queue, type and payload for so long
    #[arg(long, value_name = "DURATION", value_parser = parse::duration)]
    unique: Option<Duration>,
    /// Keep the task and its result for so long after success [default: delete it at once; with --wait 1h]
    #[arg(long, value_name = "DURATION", value_parser = parse::duration)]
    retention: Option<Duration>,
    /// Wait in this group until its tasks are merged
    #[arg(long, value_name = "GROUP")]
    group: Option<String>,
    /// A header (repeatable)
    #[arg(long = "header", value_name = "NAME=VALUE", value_parser = parse::header)]
    headers: Vec<(String, String)>,
}

/// A payload file that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read the payload file {path:?} ({reason})")]
pub struct PayloadFile {
    path: PathBuf,
    reason: std::io::Error,
}

/// What to do after a line that cannot be enqueued.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
enum OnError {
    /// Enqueue nothing after it
    #[default]
    Stop,
    /// Go on with the next
    Skip,
}

/// Larger payloads make every reader of the task slow.
const LARGE: usize = 1024 * 1024;

/// Redis refuses values above this.
const LARGEST: usize = 512 * 1024 * 1024;

fn time(text: &str) -> Result<DateTime<Utc>, parse::ParseError> {
    parse::time(text, clock::now(), &chrono::Local)
}

/// Runs the command.
pub async fn run(cx: &mut Context, args: &EnqueueArgs) -> anyhow::Result<()> {
    let kind = match (&args.from, &args.kind) {
        (Some(from), _) => return feed::run(cx, args, from).await,
        (None, Some(kind)) => kind,
        (None, None) => return Err(Usage::new("no type", "qctl enqueue --help").into()),
    };
    // Clap waives `requires` for what conflicts with another argument given, here the type.
    if args.skip > 0 || args.on_error != OnError::default() {
        let hint = "name the input with --from instead of a type";
        return Err(Usage::new("--skip and --on-error are about lines", hint).into());
    }
    let now = clock::now();
    let task = args.task(kind, now)?;
    warn(cx, &task, now)?;
    let broker = cx.broker_to("enqueue").await?;
    broker.enqueue(&task, now).await?;
    match args.wait {
        Some(limit) => wait::run(cx, &broker, &task, limit).await,
        None => Ok(cx.printer.show(&Enqueued::new(&task, now), now)?),
    }
}

impl EnqueueArgs {
    /// What the options say of every task.
    fn defaults(&self, now: DateTime<Utc>) -> anyhow::Result<Defaults> {
        let kept = self.wait.map_or(Duration::ZERO, |_| wait::RETENTION);
        Ok(Defaults {
            queue: self.queue.clone(),
            max_retry: self.max_retry,
            timeout: self.timeout,
            deadline: self.deadline,
            start: match (self.start_in, self.start_at) {
                (Some(delay), _) => Start::At(after(delay, now)?),
                (None, Some(at)) => Start::At(at),
                (None, None) => Start::Now,
            },
            unique_for: self.unique,
            retention: self.retention.unwrap_or(kept),
            group: self.group.clone(),
            headers: self.headers.iter().cloned().collect(),
        })
    }

    fn task(&self, kind: &TaskType, now: DateTime<Utc>) -> anyhow::Result<NewTask> {
        let payload = self.payload.as_deref().map(payload).transpose()?;
        let id = self.id.clone().unwrap_or_else(TaskId::random);
        Ok(self.defaults(now)?.task(kind.clone(), id, payload))
    }
}

fn after(delay: Duration, now: DateTime<Utc>) -> Result<DateTime<Utc>, Usage> {
    TimeDelta::from_std(delay)
        .ok()
        .and_then(|delay| now.checked_add_signed(delay))
        .ok_or_else(|| Usage::new("the start is too far away", "use a shorter --in"))
}

/// What was typed need not be UTF-8, and neither need a file's name.
fn payload(typed: &OsStr) -> anyhow::Result<Vec<u8>> {
    let typed = typed.as_bytes();
    if let Some(path) = typed.strip_prefix(b"@") {
        let path = PathBuf::from(OsStr::from_bytes(path));
        return std::fs::read(&path).map_err(|reason| PayloadFile { path, reason }.into());
    }
    if typed != b"-" {
        return Ok(typed.to_vec());
    }
    let mut bytes = Vec::new();
    let limit = LARGEST as u64 + 1;
    std::io::stdin()
        .lock()
        .take(limit)
        .read_to_end(&mut bytes)
        .context("cannot read the payload from stdin")?;
    Ok(bytes)
}

fn warn(cx: &Context, task: &NewTask, now: DateTime<Utc>) -> anyhow::Result<()> {
    let size = task.payload.as_ref().map_or(0, Vec::len);
    if size >= LARGEST {
        return Err(Usage::new(
            format!("the payload of {size} bytes is larger than Redis can store"),
            "store it elsewhere and pass a reference",
        )
        .into());
    }
    if size > LARGE {
        let size = crate::view::text::bytes(size as u64);
        cx.printer.warn(&format!(
            "the payload of {size} slows down everything that reads the task; store it elsewhere and pass a reference"
        ));
    }
    if task.deadline.is_some_and(|deadline| deadline <= now) {
        cx.printer
            .warn("the deadline is over already: every attempt will fail at once");
    }
    Ok(())
}
