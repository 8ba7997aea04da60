//! `qctl drop`: delete queues with their tasks.

use std::cmp::Reverse;

use super::Context;
use super::queues::ChangedQueueArgs;
use crate::document::change::QueueChange;
use crate::error::{Code, Exit, Failure};
use crate::inspector;
use crate::view::changes::by_state;
use crate::view::text;

/// Delete queues and all their tasks
///
/// Tasks in every state, unique locks, groups, counters and the pause go too. A queue that holds tasks
/// needs --force, also for a dry run; a queue with running tasks is never deleted. To rename a queue, move its tasks with qctl edit --move-to
/// first.
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
#[command(
    override_usage = "qctl drop [OPTIONS] <QUEUE>...",
    after_help = "Examples:\n  qctl drop old-queue\n  qctl drop 'tmp:*' --force --dry-run"
)]
pub(crate) struct DropArgs {
    #[command(flatten)]
    queues: ChangedQueueArgs,
    /// Also delete queues that still hold tasks
    #[arg(long)]
    force: bool,
    /// Succeed if a queue does not exist
    #[arg(long)]
    ignore_not_found: bool,
    /// Show what would change, but change nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
    /// Skip the confirmation
    #[arg(short, long)]
    yes: bool,
}

/// Runs the command.
pub(crate) async fn run(cx: &mut Context, args: &DropArgs) -> anyhow::Result<Exit> {
    let inspector = cx.inspector_unless(args.dry_run, "drop").await?;
    let named = args.queues.all();
    let queues = if args.ignore_not_found {
        inspector.existing_queues(&named).await?
    } else {
        inspector.queues(&named).await?
    };
    if queues.is_empty() {
        return cx.show(&Vec::<QueueChange>::new());
    }
    let preview = inspector.drop_preview(&queues, args.force, cx.now()).await;
    let preview = preview.map_err(|error| explain(error, args))?;
    for queue in &queues {
        let servers = inspector.servers(std::slice::from_ref(queue), cx.now());
        let servers = servers.await?.len() as u64;
        if servers > 0 {
            let (name, servers) = (queue.as_str(), text::plural(servers, "server"));
            cx.printer.warn(&format!(
                "queue {name:?} is processed by {servers}: the next task enqueued there creates it again"
            ));
        }
    }
    if args.dry_run {
        return cx.show(&preview);
    }
    if !args.yes {
        super::confirm::ask(cx, &question(&preview))?;
    }
    let progress = cx.printer.progress(Some(tasks(&preview)));
    let mut done = Vec::new();
    for queue in &queues {
        let step = |deleted| progress.advance(deleted);
        done.push(
            inspector
                .drop_queue(queue, args.force, cx.now(), step)
                .await?,
        );
    }
    drop(progress);
    cx.show(&done)
}

/// A dry run is refused as the real run is, and asks nothing.
fn explain(error: inspector::Error, args: &DropArgs) -> anyhow::Error {
    let failure = Failure::from(&error);
    if args.dry_run && failure.code == Code::QueueNotEmpty {
        let hint = "add --force to see what would be deleted";
        return failure.with_hint(hint).into();
    }
    error.into()
}

fn tasks(preview: &[QueueChange]) -> u64 {
    preview.iter().filter_map(|change| change.tasks).sum()
}

fn question(preview: &[QueueChange]) -> String {
    let mut states: Vec<(&str, u64)> = Vec::new();
    for one in preview.iter().flat_map(|change| &change.states).flatten() {
        match states.iter_mut().find(|(state, _)| *state == one.state) {
            Some((_, tasks)) => *tasks += one.tasks,
            None => states.push((one.state, one.tasks)),
        }
    }
    let split = by_state(states);
    let split = if split.is_empty() {
        split
    } else {
        format!(" ({split})")
    };
    let tasks = text::plural(tasks(preview), "task") + &split;
    match preview {
        [only] => format!("drop queue {:?} with {tasks}", only.queue),
        several => {
            let mut counts: Vec<(&str, u64)> = several
                .iter()
                .map(|change| (change.queue.as_str(), change.tasks.unwrap_or(0)))
                .collect();
            counts.sort_by_key(|(_, tasks)| Reverse(*tasks));
            let queues = counts.len();
            format!(
                "drop {queues} queues ({}) with {tasks}",
                text::by_queue(counts)
            )
        }
    }
}
