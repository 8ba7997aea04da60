//! `qctl inspect`: everything about a task, or about a queue.

use super::Context;
use super::act::locate;
use super::args::Usage;
use crate::broker::Error;
use crate::clock;
use crate::task::{QueueName, TaskId};
use crate::view::stats::QueueView;
use crate::view::task::TaskDocument;

/// Show everything about tasks, found by id in all queues; or about a queue, with --queue alone.
#[derive(Debug, clap::Args)]
pub struct InspectArgs {
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
pub async fn run(cx: &mut Context, args: &InspectArgs) -> anyhow::Result<()> {
    let broker = cx.broker().await?;
    if args.ids.is_empty() {
        let Some(queue) = &args.queue else {
            return Err(Usage::new("name a task by id, or a queue with --queue", "qctl ls tasks").into());
        };
        broker.expect_queue(queue).await?;
        let now = clock::now();
        let mut stats = broker.stats(std::slice::from_ref(queue), now).await?;
        let history = broker.history(queue, 7, now).await?;
        let Some(mut stats) = stats.pop() else {
            return Err(Error::QueueNotFound(queue.clone()).into());
        };
        stats.memory_bytes = Some(broker.memory(queue).await?);
        cx.printer.show(&QueueView::new(stats, history))?;
        return Ok(());
    }
    if (args.raw || args.result) && args.ids.len() > 1 {
        return Err(Usage::new("exact bytes can be written of one task only", "name one id").into());
    }
    let named: Vec<QueueName> = args.queue.iter().cloned().collect();
    let queues = super::args::queues(&broker, &named).await?;
    for id in &args.ids {
        let task = locate(&broker, &queues, id, &named).await?;
        if args.raw {
            let payload = task.message.as_ref().map_or_else(Clone::clone, |message| message.payload.clone());
            cx.printer.raw(&payload)?;
        } else if args.result {
            let Some(result) = &task.result else {
                return Err(NoResult(id.clone()).into());
            };
            cx.printer.raw(result)?;
        } else {
            cx.printer.show(&TaskDocument::exact(task, clock::now()))?;
        }
    }
    Ok(())
}

/// The task has no result, or none that was kept.
#[derive(Debug, thiserror::Error)]
#[error("task {:?} has no result", .0.as_str())]
pub struct NoResult(TaskId);
