//! `qctl drop`: remove a queue with everything of it.

use super::Context;
use crate::broker::Error;
use crate::clock;
use crate::error::Exit;
use crate::task::{QueueName, State};
use crate::view::moved::{QueueAction, QueueChange, QueuesChanged};
use crate::view::text;

/// Remove a queue with everything of it.
///
/// That is tasks in every state, locks, groups, counters, its pause. A queue that holds tasks needs --force; one with running tasks is never removed.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  qctl drop old-queue\n  qctl drop old-queue --force --dry-run")]
pub(crate) struct DropArgs {
    /// The queue
    #[arg(value_name = "QUEUE")]
    queue: QueueName,
    /// Delete its tasks with it
    #[arg(long)]
    force: bool,
    /// Show what would be done, and do nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

/// Runs the command.
pub(crate) async fn run(cx: &mut Context, args: &DropArgs) -> anyhow::Result<Exit> {
    let broker = cx.broker_unless(args.dry_run, "drop").await?;
    let queue = &args.queue;
    broker.expect_queue(queue).await?;
    let stats = broker
        .stats(std::slice::from_ref(queue), clock::now())
        .await?;
    let (size, active) = stats
        .first()
        .map_or((0, 0), |stats| (stats.size(), stats.counts[&State::Active]));
    if active > 0 {
        return Err(Error::QueueActive {
            queue: queue.clone(),
            active,
        }
        .into());
    }
    if size > 0 && !args.force {
        return Err(Error::QueueNotEmpty {
            queue: queue.clone(),
            tasks: size,
        }
        .into());
    }
    if !args.dry_run {
        if !args.yes {
            let tasks = text::plural(size, "task");
            super::confirm::ask(
                cx,
                &format!("drop queue {:?} with {tasks}?", queue.as_str()),
            )?;
        }
        let progress = cx.printer.progress(Some(size));
        broker
            .remove_queue(queue, args.force, clock::now(), |deleted| {
                progress.advance(deleted);
            })
            .await?;
    }
    let change = QueueChange {
        queue: queue.to_string(),
        action: QueueAction::Drop,
        dry_run: args.dry_run,
        changed: true,
        tasks: Some(size),
    };
    cx.show(&QueuesChanged(vec![change]))
}
