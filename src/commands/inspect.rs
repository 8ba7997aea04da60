//! `qctl inspect`: everything about a task, or about a queue.

use super::Context;
use super::selection::locate;
use crate::broker::{Broker, Error};
use crate::clock;
use crate::document::queue::GroupDocument;
use crate::document::queue::{DayDocument, QueueDetails, QueueDocument};
use crate::document::server::ServerDocument;
use crate::document::task::TaskDocument;
use crate::error::{Exit, Failure};
use crate::task::{QueueName, TaskId};

/// Show everything about tasks, or about a queue.
///
/// Tasks are found by id in all queues. With --queue and no id, the queue is shown.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  qctl inspect 6b7f2a9c\n  qctl inspect 6b7f2a9c --raw > payload.json\n  qctl inspect --queue critical"
)]
pub(crate) struct InspectArgs {
    /// Ids of tasks
    #[arg(value_name = "ID")]
    ids: Vec<TaskId>,
    /// Look in this queue only
    #[arg(short, long, value_name = "QUEUE")]
    queue: Option<QueueName>,
    /// Write the payload's exact bytes and nothing else
    #[arg(long, conflicts_with = "result", requires = "ids")]
    raw: bool,
    /// Write the result's exact bytes and nothing else
    #[arg(long, requires = "ids")]
    result: bool,
}

/// Runs the command.
pub(crate) async fn run(cx: &mut Context, args: &InspectArgs) -> anyhow::Result<Exit> {
    let broker = cx.broker().await?;
    if args.ids.is_empty() {
        let Some(queue) = &args.queue else {
            return Err(Failure::usage(
                "name a task by id, or a queue with --queue",
                "qctl ls tasks",
            )
            .into());
        };
        let details = queue_details(&broker, queue).await?;
        return cx.show(&details);
    }
    if (args.raw || args.result) && args.ids.len() > 1 {
        return Err(
            Failure::usage("exact bytes can be written of one task only", "name one id").into(),
        );
    }
    let named: Vec<QueueName> = args.queue.iter().cloned().collect();
    let queues = super::args::queues(&broker, &named).await?;
    let mut documents = Vec::new();
    for id in &args.ids {
        let task = locate(&broker, &queues, id, &named).await?;
        if args.raw {
            let payload = task
                .message
                .map_or_else(|bytes| bytes, |message| message.payload);
            cx.printer.raw(&payload)?;
            return Ok(Exit::Done);
        }
        if args.result {
            let result = task.result.ok_or_else(|| no_result(id))?;
            cx.printer.raw(&result)?;
            return Ok(Exit::Done);
        }
        documents.push(TaskDocument::new(task, clock::now()));
    }
    cx.printer.show_all(&documents, clock::now())?;
    Ok(Exit::Done)
}

/// Groups shown of a queue; `ls groups` shows all.
const GROUPS: usize = 20;

/// Days shown of a queue; `stats --history` shows more.
const DAYS: u32 = 7;

async fn queue_details(broker: &Broker, queue: &QueueName) -> Result<QueueDetails, Error> {
    broker.expect_queue(queue).await?;
    let now = clock::now();
    let mut stats = broker.stats(std::slice::from_ref(queue), now).await?;
    let mut stats = stats
        .pop()
        .ok_or_else(|| Error::QueueNotFound(queue.clone()))?;
    stats.memory_bytes = Some(broker.memory(queue).await?);
    let (groups, _) = broker.groups(queue, 0).await?;
    let servers = broker.servers(now).await?;
    let serve = servers
        .iter()
        .filter(|server| server.queues.contains_key(queue.as_str()));
    Ok(QueueDetails {
        queue: QueueDocument::from(&stats),
        group_sizes: groups
            .iter()
            .take(GROUPS)
            .map(GroupDocument::from)
            .collect(),
        servers: serve.map(ServerDocument::from).collect(),
        history: broker
            .history(queue, DAYS, now)
            .await?
            .iter()
            .map(DayDocument::from)
            .collect(),
    })
}

fn no_result(id: &TaskId) -> Failure {
    let what = format!("task {:?} has no result", id.as_str());
    Failure::new(Exit::NotFound, what)
        .with_hint("only tasks enqueued with --retention keep a result")
}
