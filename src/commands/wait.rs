//! `qctl wait`: waits for the ends of tasks, for queues and for selections.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::Context;
use super::context::warn_of_outage;
use super::selection::{DescribedTasks, read_ids};
use super::typed_id::or_file;
use crate::document::awaited::AwaitedDocument;
use crate::error::{Code, Exit, Failure, Failures};
use crate::inspector::FoundTask;
use crate::inspector::awaited::{Condition, Met, Patience, Wait};
use crate::interrupt::Interrupt;
use crate::task::transition::result_was_too_large;
use crate::task::{QueueName, State, parse};
use crate::view::Row as _;

/// Wait until tasks have ended, queues are drained or served, or a selection is empty
///
/// Waits until all conditions hold or, with --any, one of them. The exit code is 0 then, 9 if a task failed for good, 3 if a task does not
/// exist or how it ended is unknown, and 8 if --timeout was over first. A task that completes without a retention is deleted
/// at once: whether it succeeded is then unknown.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  qctl wait 6ba7b810-9dad-11d1-80b4-00c04fd430c8 --timeout 5m\n  qctl enqueue --from jobs.ndjson -o id | qctl wait -\n  qctl wait --drained 'import:*'\n  qctl wait --worker critical --timeout 30s\n  qctl wait --empty -q low -s pending,active"
)]
pub(crate) struct WaitArgs {
    /// Ids of the tasks whose end to wait for; - reads them from stdin, one per line
    #[arg(value_name = "ID", allow_hyphen_values = false)]
    ids: Vec<String>,
    /// Until no task of QUEUE, a name or glob, will still run: none is pending, active, scheduled, in retry or in a group (repeatable)
    #[arg(long, value_name = "QUEUE")]
    drained: Vec<QueueName>,
    /// Until a server, Go's or qctl's, serves QUEUE (repeatable)
    #[arg(long, value_name = "QUEUE")]
    worker: Vec<QueueName>,
    /// Until there is no task in the selection that the options below describe
    #[arg(long, conflicts_with = "ids")]
    empty: bool,
    #[command(flatten)]
    tasks: DescribedTasks,
    /// Until one of these conditions holds, instead of all
    #[arg(long)]
    any: bool,
    /// How long to wait [default: forever]
    #[arg(long, value_name = "DURATION", value_parser = parse::duration)]
    timeout: Option<Duration>,
    /// How long tasks and queues may be missing before that is an error
    #[arg(long, value_name = "DURATION", value_parser = parse::duration, default_value = "0s")]
    create_timeout: Duration,
}

impl WaitArgs {
    async fn conditions(&self) -> anyhow::Result<Vec<Condition>> {
        let ids = read_ids(&self.ids).await?;
        let mut conditions: Vec<Condition> = ids.into_iter().map(Condition::Ended).collect();
        conditions.extend(self.drained.iter().cloned().map(Condition::Drained));
        conditions.extend(self.worker.iter().cloned().map(Condition::Served));
        if self.empty {
            if !self.tasks.any() && self.tasks.queues.is_empty() {
                let hint = "add --queue or --state, for example --empty -q low -s pending,active";
                return Err(Failure::usage("--empty needs a selection", hint).into());
            }
            conditions.push(Condition::Empty(self.tasks.selection()?));
        } else if self.tasks.any() {
            let hint = "add --empty to wait until there is no such task";
            return Err(Failure::usage("states and filters need --empty", hint).into());
        }
        if conditions.is_empty() && self.ids.is_empty() {
            let hint = "pass ids, --drained QUEUE, --worker QUEUE or --empty";
            return Err(Failure::usage("there is nothing to wait for", hint).into());
        }
        Ok(conditions)
    }
}

/// Runs the command.
pub(crate) async fn run(cx: &mut Context, args: &WaitArgs) -> anyhow::Result<Exit> {
    let conditions = args.conditions().await?;
    let inspector = cx.inspector().await?;
    let deadline = args
        .timeout
        .and_then(|limit| Instant::now().checked_add(limit));
    let patience = Patience {
        any: args.any,
        create: args.create_timeout,
    };
    let queues = args.tasks.queues.clone();
    let mut wait = inspector.wait_for(conditions, queues, patience);
    let mut interrupt = Interrupt::listen()?;
    let mut rows = cx.printer.rows(AwaitedDocument::columns(), cx.now());
    let mut failures = Vec::new();
    let ended = loop {
        let printer = &cx.printer;
        let next = wait.next(|error| warn_of_outage(printer, error));
        let next = tokio::select! {
            biased;
            exit = interrupt.caught() => break Ok(Some(exit)),
            next = by(deadline, next) => next,
        };
        match next {
            Some(Ok(Some(met))) => {
                for one in met {
                    rows.push(&AwaitedDocument::from(&one))?;
                    failures.extend(failure(&one).map(|one| or_file(one, &args.ids, "wait")));
                }
                rows.flush()?;
            }
            Some(Ok(None)) => break Ok(None),
            Some(Err(error)) => break Err(anyhow::Error::from(error)),
            None => break Err(timed_out(&wait).into()),
        }
    };
    rows.incomplete(true).finish()?;
    match ended? {
        Some(exit) => Ok(exit),
        None if failures.is_empty() => Ok(Exit::Done),
        None => Err(together(failures).into()),
    }
}

/// Several failures; the exit code says whether a task has failed, if one has.
fn together(each: Vec<Failure>) -> Failures {
    let failed = each.iter().any(|one| one.code.exit() == Exit::TaskFailed);
    let mut failures = Failures::all(each);
    if failed {
        failures.exit = Exit::TaskFailed;
    }
    failures
}

fn timed_out(wait: &Wait) -> Failure {
    let unmet = wait.unmet();
    let more = match unmet.len().saturating_sub(1) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let first = unmet.first().map_or_else(String::new, ToString::to_string);
    Failure::new(
        Code::TimedOut,
        format!("timed out waiting for {first}{more}"),
    )
}

/// The failure to report for a condition, if any.
fn failure(met: &Met) -> Option<Failure> {
    match met.task.as_ref()? {
        Ok(task) => ended_badly(task),
        Err(error) => Some(error.into()),
    }
}

/// The failure to report for a task that has ended, if any.
pub(super) fn ended_badly(found: &FoundTask) -> Option<Failure> {
    let message = found.message.as_ref().ok();
    let error = message.map_or("", |message| message.last_error.as_str());
    let id = found.id.as_str();
    let what = if found.state == State::Archived {
        let error = if error.is_empty() {
            "it was archived"
        } else {
            error
        };
        format!("task {id:?} failed ({error})")
    } else if message.is_some_and(result_was_too_large) {
        format!("task {id:?} completed, but its result is lost ({error})")
    } else {
        return None;
    };
    Some(Failure::new(Exit::TaskFailed, what))
}

/// What comes of this, unless the deadline is over first.
async fn by<T>(deadline: Option<Instant>, next: impl Future<Output = T>) -> Option<T> {
    match deadline {
        Some(deadline) => timeout_at(deadline, next).await.ok(),
        None => Some(next.await),
    }
}
