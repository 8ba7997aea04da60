//! `qctl try`: runs the handler of a task here and now, and changes nothing in Redis.

mod live;

use std::ffi::OsString;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use chrono::TimeDelta;

use self::live::Live;
use super::handlers::{Handlers, Means, start_guardian};
use super::options::{read_payload, timeout};
use super::{Context, typed_id};
use crate::config::{self, File, TasksArgs, WorkerArgs, WorkerPlan};
use crate::document::attempt_log::output_of;
use crate::document::payload::Payload;
use crate::document::trial::{TrialDocument, Verdict};
use crate::error::{Exit, Failure};
use crate::interrupt::Interrupt;
use crate::task::transition::{self, Outcome, Settlement, TaskResult};
use crate::task::{Message, NewTask, QueueName, State, TaskId, TaskType, parse};
use crate::worker::handlers::guardian;
use crate::worker::handlers::mux::best_match;
use crate::worker::rehearsal::{Rehearsal, Rehearsed};
use crate::worker::{Mux, Reporter, StopReason, Stopper};

/// Run the handler of a task here and now, without changing anything in Redis
///
/// The handler runs as a worker with the same configuration would run it: with the same environment, standard input and limits.
/// What it prints is shown, then how it ended, and what a worker would do with the task. Hooks and limits across workers
/// do not apply. What the handler itself does, it really does.
///
/// The exit code is 0 if the handler succeeded, and 9 if it did not.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  qctl try 6b7f2a9c\n  qctl try 6b7f2a9c --payload @fixed.json\n  qctl try -t email:deliver --payload '{\"to\":\"a@example.com\"}' --run ./send-email.sh"
)]
pub(crate) struct TryArgs {
    /// The id of a task, or the first 8 or more characters of a UUID
    #[arg(value_name = "ID", conflicts_with = "kind")]
    id: Option<TaskId>,
    /// Try a task of this type that need not be in Redis
    #[arg(short = 't', long = "type", value_name = "TYPE")]
    kind: Option<TaskType>,
    /// Only a task of this queue; with --type, the queue that the task claims to be from
    #[arg(short, long, value_name = "QUEUE")]
    queue: Option<QueueName>,
    /// Payload instead of the stored one: text (@@ for a leading @), @FILE for the bytes of a file, or - for stdin
    #[arg(short, long, value_name = "TEXT|@FILE|-", allow_hyphen_values = true)]
    payload: Option<OsString>,
    /// Task header, besides the stored ones (repeatable)
    #[arg(long = "header", value_name = "NAME=VALUE", value_parser = parse::header)]
    headers: Vec<(String, String)>,
    /// Time limit of the attempt instead of the stored one
    #[arg(long, value_name = "DURATION", value_parser = timeout)]
    timeout: Option<Duration>,
    /// Run this with sh -c instead of what the configuration names
    #[arg(long, value_name = "COMMAND")]
    run: Option<String>,
}

/// Runs the command.
pub(crate) async fn run(cx: &mut Context, args: &TryArgs) -> anyhow::Result<Exit> {
    let message = message(cx, args).await?;
    let plan = plan(&cx.config.file, &message.kind, args.run.as_deref())?;
    let program = guardian::this_program().context("cannot find the path of this program")?;
    let guardian = start_guardian(&program)?;
    let means = Means {
        guardian: Arc::clone(&guardian),
        reporter: Reporter::new(|_| {}),
    };
    let handlers = Handlers::default().next(&plan, &means)?;
    let mux = handlers.routes(Mux::default());
    let origin = plan.handlers.iter().map(|handler| handler.origin.clone());
    let origin = args
        .run
        .as_ref()
        .map_or_else(|| origin.collect(), |_| "--run".to_owned());
    let tried = attempt(cx, &mux, message, origin).await;
    guardian.end().await;
    let (document, exit) = tried?;
    cx.show(&document)?;
    Ok(exit)
}

/// The task as the handler would get it.
async fn message(cx: &mut Context, args: &TryArgs) -> anyhow::Result<Message> {
    let mut message = match (&args.id, &args.kind) {
        (Some(id), _) => stored(cx, args, id).await?,
        (None, Some(kind)) => {
            let mut task = NewTask::new(kind.clone(), None);
            task.options.queue = args.queue.clone().unwrap_or_default();
            task.message()?
        }
        (None, None) => {
            return Err(
                Failure::usage("no task given", "give its id, or a type with --type").into(),
            );
        }
    };
    if let Some(payload) = &args.payload {
        message.payload = read_payload(payload)?;
    }
    if let Some(limit) = args.timeout {
        message.timeout = TimeDelta::from_std(limit)?.num_seconds().max(1);
        message.deadline = 0;
    }
    message.headers.extend(args.headers.iter().cloned());
    Ok(message)
}

async fn stored(cx: &mut Context, args: &TryArgs, id: &TaskId) -> anyhow::Result<Message> {
    let inspector = cx.inspector().await?;
    let task = typed_id::find(cx, &inspector, args.queue.as_slice(), id).await?;
    if task.state == State::Active && !task.orphaned(cx.now()) {
        cx.printer
            .warn("the task is active: a worker runs it at the same time");
    }
    let id = task.id;
    task.message.map_err(|_| {
        let what = format!("task {:?} cannot be read, so it cannot be run", id.as_str());
        Failure::new(Exit::Failed, what)
            .with_hint("qctl doctor explains tasks that cannot be read")
            .into()
    })
}

/// The plan of a worker that has only the handler of this type.
fn plan(file: &File, kind: &str, run: Option<&str>) -> anyhow::Result<WorkerPlan> {
    file.check()?;
    let configured = best_match(&file.handlers, |handler| &handler.pattern, kind);
    let pattern = match (configured, run) {
        (Some(handler), _) => handler.pattern.clone(),
        (None, Some(_)) => kind.to_owned(),
        (None, None) => {
            let hint = "name a configuration file with --config, or a command with --run";
            return Err(Failure::usage(format!("no handler for type {kind:?}"), hint).into());
        }
    };
    let args = run.map(|run| TasksArgs::handling(&pattern, run).into());
    let args: WorkerArgs = args.unwrap_or_default();
    let mut plan = WorkerPlan::new(&file.worker, &file.handlers, &[], &args)?;
    plan.handlers.retain(|handler| handler.pattern == pattern);
    match config::unusable(&plan.handlers).into_iter().next() {
        Some(reason) => Err(Failure::new(Exit::Usage, reason).into()),
        None => Ok(plan),
    }
}

/// Runs the handler, and shows what it prints.
async fn attempt(
    cx: &Context,
    mux: &Mux,
    message: Message,
    origin: String,
) -> anyhow::Result<(TrialDocument, Exit)> {
    let route = mux.find(&message.kind).context("the handler is gone")?;
    let mut live = Live::new(cx.now());
    let mut interrupt = Interrupt::listen()?;
    let (stopper, stop) = Stopper::new();
    let rehearsal = Rehearsal {
        route,
        message: message.clone(),
        now: cx.now(),
        transcript: live.transcript(),
    };
    let mut interrupted = None;
    let rehearsed = {
        let running = rehearsal.run((stopper.clone(), stop));
        tokio::pin!(running);
        loop {
            tokio::select! {
                ended = &mut running => break ended?,
                exit = interrupt.caught(), if interrupted.is_none() => {
                    interrupted = Some(exit);
                    stopper.stop(StopReason::Aborted);
                }
                () = live.more() => live.print(cx)?,
            }
        }
    };
    live.end(cx, rehearsed.word())?;
    let exit = match (&rehearsed.outcome, interrupted) {
        (Outcome::Interrupted, Some(exit)) => exit,
        (Outcome::Succeeded(_), _) => Exit::Done,
        (Outcome::Failed(_) | Outcome::Interrupted, _) => Exit::TaskFailed,
    };
    let handler = (route.pattern.clone(), origin);
    Ok((document(handler, &message, rehearsed, &live), exit))
}

fn document(
    (handler, origin): (String, String),
    message: &Message,
    rehearsed: Rehearsed,
    live: &Live,
) -> TrialDocument {
    let outcome = rehearsed.word();
    let verdict = verdict(&rehearsed);
    let next_process_at = match &rehearsed.settlement {
        Settlement::Retry { at, .. } => Some(*at),
        Settlement::Done
        | Settlement::Complete { .. }
        | Settlement::Archive { .. }
        | Settlement::Requeue => None,
    };
    let (result, error) = match rehearsed.outcome {
        Outcome::Succeeded(TaskResult::Bytes(bytes)) => (Some(Payload::new(bytes)), None),
        Outcome::Succeeded(TaskResult::TooLarge(size)) => {
            (None, Some(transition::not_stored(size)))
        }
        Outcome::Failed(failure) => (None, Some(failure.error)),
        Outcome::Interrupted => (None, None),
    };
    let count = |number: i32| u32::try_from(number).unwrap_or_default();
    let (output, left_out_bytes, output_end) = output_of(live.log());
    TrialDocument {
        id: message.id.clone(),
        queue: message.queue.clone(),
        kind: message.kind.clone(),
        handler,
        origin,
        attempt: count(message.retried) + 1,
        outcome,
        error,
        result_encoding: result.as_ref().map(Payload::encoding),
        result,
        took_seconds: Some(rehearsed.took),
        verdict,
        next_process_at,
        output,
        left_out_bytes,
        output_end,
        next_process_in: next_process_at.and_then(|at| (at - live.ended_at()).to_std().ok()),
        retries: count(rehearsed.retries),
        retention: Duration::from_secs(u64::try_from(message.retention).unwrap_or_default()),
    }
}

fn verdict(rehearsed: &Rehearsed) -> Verdict {
    let given_up = matches!(&rehearsed.outcome, Outcome::Failed(failure) if failure.verdict == transition::Verdict::GiveUp);
    match &rehearsed.settlement {
        Settlement::Done => Verdict::Delete,
        Settlement::Complete { .. } => Verdict::Complete,
        Settlement::Retry { counted: true, .. } => Verdict::Retry,
        Settlement::Retry { counted: false, .. } => Verdict::Release,
        Settlement::Archive { .. } if given_up => Verdict::GiveUp,
        Settlement::Archive { .. } => Verdict::Exhausted,
        Settlement::Requeue => Verdict::Requeue,
    }
}
