//! `qctl logs`: what the attempts of a task have printed.

use std::collections::HashMap;
use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

use chrono::{DateTime, Utc};

use super::Context;
use crate::document::attempt_log::AttemptLogDocument;
use crate::error::{self, Code, Exit, Failure};
use crate::inspector::Inspector;
use crate::inspector::logs::{AttemptLog, TaskLog};
use crate::interrupt::Interrupt;
use crate::task::{QueueName, TaskId, is_short_id};
use crate::view::{attempt_log, text};

/// Show what the attempts of a task have printed
///
/// A worker keeps the output of failed attempts for three days, unless its configuration says otherwise: see logs in
/// docs/config.md. The output of an attempt that runs for longer than a second can be read before it ends.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  qctl logs 6b7f2a9c\n  qctl logs welcome-42 --attempt 3\n  qctl logs -f import-2026-11"
)]
pub(crate) struct LogsArgs {
    /// The id of the task, or the first 8 or more characters of a UUID
    #[arg(value_name = "ID")]
    id: TaskId,
    /// Only a task of this queue, by name or glob (repeatable)
    #[arg(short, long = "queue", value_name = "QUEUE")]
    queues: Vec<QueueName>,
    /// Only the output of attempt N. Where a manual retry has used a number again, 26.2 is the second attempt 26
    #[arg(long, value_name = "N")]
    attempt: Option<Wanted>,
    /// Keep printing what is added, until the task has ended
    #[arg(short, long, conflicts_with_all = ["attempt", "raw"])]
    follow: bool,
    /// Print only the output, byte for byte
    #[arg(long)]
    raw: bool,
}

/// Attempts by their number, or one of them: `26`, `26.2`.
#[derive(Debug, Clone, Copy)]
struct Wanted {
    number: NonZeroU32,
    run: Option<NonZeroU32>,
}

impl Wanted {
    fn is(self, log: &AttemptLog) -> bool {
        let same_run = |run: NonZeroU32| run.get() == log.run;
        self.number.get() == log.number && self.run.is_none_or(same_run)
    }
}

impl FromStr for Wanted {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (number, run) = match text.split_once('.') {
            Some((number, run)) => (number, Some(run)),
            None => (text, None),
        };
        let read = |text: &str| text.parse().map_err(|_| "not a number such as 3, or 3.2");
        Ok(Self {
            number: read(number)?,
            run: run.map(read).transpose()?,
        })
    }
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.number)?;
        self.run.map_or(Ok(()), |run| write!(f, ".{run}"))
    }
}

/// Runs the command.
pub(crate) async fn run(cx: &mut Context, args: &LogsArgs) -> anyhow::Result<Exit> {
    let inspector = cx.inspector().await?;
    let (id, log) = find(&inspector, args, cx.now()).await?;
    if args.follow {
        return follow(cx, &inspector, &id, log).await;
    }
    let wanted = |one: &&AttemptLog| args.attempt.is_none_or(|wanted| wanted.is(one));
    let attempts: Vec<&AttemptLog> = log.attempts.iter().filter(wanted).collect();
    if attempts.is_empty() && log.unreadable == 0 {
        return Err(nothing(args, &id, &log).into());
    }
    if args.raw {
        for log in &attempts {
            cx.printer.raw(&log.beginning)?;
            cx.printer.raw(&log.end)?;
            if log.left_out > 0 {
                let left_out = text::plural(log.left_out, "byte");
                let number = log.label();
                cx.printer
                    .warn(&format!("{left_out} of attempt {number} were not kept"));
            }
        }
    } else if cx.printer.for_people() {
        for log in attempts {
            show(cx, log, (0, true))?;
        }
    } else {
        let documents = attempts.into_iter().map(AttemptLogDocument::from);
        cx.show(&documents.collect::<Vec<_>>())?;
    }
    Ok(cx.warn_unreadable(log.warning().iter()))
}

async fn find(
    inspector: &Inspector,
    args: &LogsArgs,
    now: DateTime<Utc>,
) -> anyhow::Result<(TaskId, TaskLog)> {
    let id = &args.id;
    match inspector.task_log(&args.queues, id).await {
        Err(error) if error.is_not_found() && is_short_id(id.as_str()) => {
            let found = inspector.task_by_short_id(&args.queues, id.as_str(), now);
            let (task, _) = found.await?;
            let log = inspector.task_log(&[task.queue], &task.id).await?;
            Ok((task.id, log))
        }
        log => Ok((id.clone(), log?)),
    }
}

fn nothing(args: &LogsArgs, id: &TaskId, log: &TaskLog) -> Failure {
    let numbers: Vec<String> = log.attempts.iter().map(AttemptLog::label).collect();
    let id = id.as_str();
    match args.attempt {
        Some(wanted) if !numbers.is_empty() => {
            let what = format!("there is no log of attempt {wanted} of task {id:?}");
            let numbers = numbers.join(", ");
            Failure::new(Code::NotFound, what)
                .with_hint(format!("there are logs of attempts {numbers}"))
        }
        Some(_) | None => {
            let what = format!("there is no log of task {id:?}");
            Failure::new(Code::NotFound, what).with_hint(attempt_log::WHAT_IS_KEPT)
        }
    }
}

/// Prints what an attempt has printed after so many bytes, below its heading if it is new. Returns the number of bytes.
fn show(cx: &Context, log: &AttemptLog, (seen, is_new): (u64, bool)) -> anyhow::Result<u64> {
    if is_new {
        let heading = attempt_log::heading(log);
        cx.printer.raw(heading.as_bytes())?;
    }
    let (text, seen) = attempt_log::printed(log, seen);
    cx.printer.raw(text.as_bytes())?;
    if let Some(ending) = attempt_log::ending(log) {
        cx.printer.raw(ending.as_bytes())?;
    }
    Ok(seen)
}

/// What tells the attempts of a task apart.
type Key = (DateTime<Utc>, String);

fn key(log: &AttemptLog) -> Key {
    (log.started_at, log.worker.clone())
}

/// An attempt that is followed.
struct Followed {
    seen: u64,
    is_over: bool,
}

/// Prints what is added to a log, until the task has ended.
async fn follow(
    cx: &Context,
    inspector: &Inspector,
    id: &TaskId,
    mut log: TaskLog,
) -> anyhow::Result<Exit> {
    if !cx.printer.for_people() {
        return Err(Failure::usage("--follow prints text only", "leave out --output").into());
    }
    let mut interrupt = Interrupt::listen()?;
    let mut attempts: HashMap<Key, Followed> = HashMap::new();
    let mut has_ended = false;
    let queue = log.queue.clone();
    if log.attempts.is_empty() {
        cx.printer.note("waiting for the first output");
    }
    loop {
        for one in &log.attempts {
            let key = key(one);
            let before = attempts.get(&key);
            if before.is_some_and(|before| before.is_over) {
                continue;
            }
            let before = before.map_or((0, true), |before| (before.seen, false));
            let seen = show(cx, one, before)?;
            let is_over = one.ended_at.is_some();
            attempts.insert(key, Followed { seen, is_over });
        }
        if has_ended {
            note_removed(cx, &attempts, &log);
            return Ok(Exit::Done);
        }
        (log, has_ended) = tokio::select! {
            biased;
            exit = interrupt.caught() => return Ok(exit),
            next = later(cx, inspector, &queue, id) => next?,
        };
    }
}

/// The log a moment later. While Redis does not answer, this waits, and says why once.
async fn later(
    cx: &Context,
    inspector: &Inspector,
    queue: &QueueName,
    id: &TaskId,
) -> anyhow::Result<(TaskLog, bool)> {
    let mut has_warned = false;
    loop {
        match inspector.follow_log(queue, id).await {
            Ok(next) => return Ok(next),
            Err(error) if error.passing() => {
                if !has_warned {
                    let why = error::line(&error.into());
                    cx.printer.warn(&format!("{why}; waiting for Redis"));
                }
                has_warned = true;
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// Says what became of an attempt whose log was removed while it was followed.
fn note_removed(cx: &Context, attempts: &HashMap<Key, Followed>, log: &TaskLog) {
    let kept: Vec<Key> = log.attempts.iter().map(key).collect();
    let mut followed = attempts.iter();
    if followed.any(|(key, followed)| !followed.is_over && !kept.contains(key)) {
        cx.printer.note(attempt_log::REMOVED_AT_SUCCESS);
    }
}
