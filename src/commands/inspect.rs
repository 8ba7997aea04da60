//! `qctl inspect`: the details of tasks and queues.

use super::selection::read_ids;
use super::{Context, typed_id};
use crate::document::task::TaskDocument;
use crate::error::{Exit, Failure};
use crate::inspector::queues::DETAILED_DAYS;
use crate::inspector::{self, FoundTask, Inspector};
use crate::task::{QueueName, State};

/// Show all details of tasks, or of queues
///
/// Tasks are found by id in all queues, or by the first 8 or more characters of a UUID. With --queue and no id, the
/// queues are shown. The states are those of --state in qctl ls --help.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  qctl inspect 6b7f2a9c\n  qctl inspect welcome-42 --raw > payload.json\n  qctl inspect --queue critical"
)]
pub(crate) struct InspectArgs {
    /// Task ids; - reads them from stdin, one per line
    #[arg(value_name = "ID")]
    ids: Vec<String>,
    /// The queue of the tasks, by name or glob, or without ids the queue to show (repeatable)
    #[arg(short, long = "queue", value_name = "QUEUE")]
    queues: Vec<QueueName>,
    /// Print only the payload, byte for byte
    #[arg(long, conflicts_with = "result", requires = "ids")]
    raw: bool,
    /// Print only the result, byte for byte
    #[arg(long, requires = "ids")]
    result: bool,
}

/// Runs the command.
pub(crate) async fn run(cx: &mut Context, args: &InspectArgs) -> anyhow::Result<Exit> {
    let inspector = cx.inspector().await?;
    if args.ids.is_empty() {
        return queues(cx, &inspector, &args.queues).await;
    }
    let ids = read_ids(&args.ids).await?;
    if (args.raw || args.result) && ids.len() != 1 {
        return Err(Failure::usage("--raw and --result print one task only", "name one id").into());
    }
    let mut documents = Vec::new();
    for id in &ids {
        // Only an id from the command line may be the beginning of a UUID.
        let typed = args.ids.iter().any(|typed| typed == id.as_str());
        let task = if typed {
            let found = typed_id::find(cx, &inspector, &args.queues, id).await;
            found.map_err(|error| match error.downcast_ref::<inspector::Error>() {
                Some(known) => typed_id::or_file(known.into(), &args.ids, "inspect").into(),
                None => error,
            })?
        } else {
            inspector.task(&args.queues, id).await?
        };
        if args.raw {
            let payload = task
                .message
                .map_or_else(|bytes| bytes, |message| message.payload);
            cx.printer.raw(&payload)?;
            return Ok(Exit::Done);
        }
        if args.result {
            return match &task.result {
                Some(result) => {
                    cx.printer.raw(result)?;
                    Ok(Exit::Done)
                }
                None => Err(no_result(&task).into()),
            };
        }
        documents.push(TaskDocument::new(task, cx.now()));
    }
    if documents.iter().any(|task| task.state == State::Active) {
        let running = inspector.running(cx.now()).await?;
        for task in &mut documents {
            running.describe(task);
        }
    }
    cx.printer.show_all(&documents, cx.now())?;
    Ok(Exit::Done)
}

async fn queues(
    cx: &mut Context,
    inspector: &Inspector,
    named: &[QueueName],
) -> anyhow::Result<Exit> {
    if named.is_empty() {
        return Err(Failure::usage(
            "name a task by id, or a queue with --queue",
            "qctl ls tasks",
        )
        .into());
    }
    let now = cx.now();
    let mut details = Vec::new();
    for queue in inspector.queues(named).await? {
        details.push(inspector.queue_details(&queue, DETAILED_DAYS, now).await?);
    }
    cx.printer.show_all(&details, now)?;
    Ok(cx.warn_unreadable(details.iter().flat_map(|queue| &queue.unreadable)))
}

fn no_result(task: &FoundTask) -> Failure {
    let (id, state) = (task.id.as_str(), task.state);
    // A worker that cannot store the result says why in the error text of the completed task.
    let message = task.message.as_ref().ok();
    let why = message.map(|message| message.last_error.as_str());
    if let Some(why) = why.filter(|why| state == State::Completed && !why.is_empty()) {
        let what = format!("task {id:?} completed, but its result is lost ({why})");
        return Failure::new(Exit::NotFound, what);
    }
    let what = format!("task {id:?} has no result (it is {state})");
    Failure::new(Exit::NotFound, what).with_hint(
        "a task has a result once it has completed, if its handler returned one and it was enqueued with --retention",
    )
}
