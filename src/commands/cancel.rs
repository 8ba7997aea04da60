//! `qctl cancel`: ask the servers that run tasks to stop them.

use super::Context;
use super::act::finish;
use super::selection::Selection;
use crate::broker::records::FoundTask;
use crate::broker::{Broker, Container, Error};
use crate::clock;
use crate::error::{Exit, Failure};
use crate::task::transition::Refusal;
use crate::task::{State, TaskId};
use crate::view::moved::{Change, Moved};
use crate::view::text;

/// Ask the servers that run tasks to stop them.
///
/// A cancelled task counts as failed and is retried. The request reaches servers that listen at this
/// moment; whether one obeys shows in qctl inspect.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  qctl cancel 6b7f2a9c\n  qctl cancel --queue low --yes")]
pub(crate) struct CancelArgs {
    #[command(flatten)]
    selection: Selection,
    /// Show what would be done, and do nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

/// Runs the command.
pub(crate) async fn run(cx: &mut Context, args: &CancelArgs) -> anyhow::Result<Exit> {
    let broker = cx.broker_unless(args.dry_run, "cancel").await?;
    let mut refused = Vec::new();
    let ids = if args.selection.names_tasks() {
        let (running, others) = named(&broker, &args.selection).await?;
        refused = others;
        running
    } else {
        let ids = described(cx, &broker, &args.selection).await?;
        if !ids.is_empty() && !args.yes && !args.dry_run {
            let tasks = text::plural(ids.len() as u64, "task");
            super::confirm::ask(cx, &format!("cancel {tasks}?"))?;
        }
        ids
    };
    let mut moved = Moved::new(Change::Cancel, args.dry_run);
    moved.changed = ids.len() as u64;
    moved.matched = moved.changed + refused.len() as u64;
    if !args.dry_run {
        let mut heard = true;
        for id in &ids {
            heard &= broker.cancel(id).await? > 0;
        }
        if !heard {
            cx.printer
                .warn("no server listens for cancellations; what ran the tasks may be gone");
        }
    }
    finish(cx, moved, refused)
}

/// The tasks that were named: those that run, and why the others cannot be cancelled.
async fn named(
    broker: &Broker,
    selection: &Selection,
) -> anyhow::Result<(Vec<TaskId>, Vec<(TaskId, Error)>)> {
    let queues = super::args::queues(broker, &selection.queues).await?;
    let (mut running, mut refused) = (Vec::new(), Vec::new());
    for id in selection.ids()? {
        let found = broker.find_in(&queues, &id).await?;
        if found.iter().any(|task| task.state == State::Active) {
            running.push(id);
            continue;
        }
        let error = match found.into_iter().next() {
            None => Error::TaskNotFound {
                queue: selection.queues.first().cloned(),
                id: id.clone(),
            },
            Some(task) => Error::WrongState {
                verb: "cancel",
                queue: task.queue,
                id: task.id,
                state: task.state,
                refusal: Refusal::NotRunning,
            },
        };
        refused.push((id, error));
    }
    Ok((running, refused))
}

/// All running tasks of the queues.
async fn described(
    cx: &Context,
    broker: &Broker,
    selection: &Selection,
) -> anyhow::Result<Vec<TaskId>> {
    if selection.queues.is_empty() {
        return Err(Failure::usage(
            "name tasks by id, or a queue with --queue",
            "qctl cancel --help",
        )
        .into());
    }
    if selection.states.iter().any(|state| *state != State::Active) || selection.group.is_some() {
        return Err(Failure::usage(
            "only active tasks can be cancelled",
            "use delete or archive for others",
        )
        .into());
    }
    let matcher = selection.filters.matcher()?;
    let fits = |task: &FoundTask| {
        matcher
            .as_ref()
            .is_none_or(|matcher| matcher.matches(task, clock::now()))
    };
    let limit = selection
        .limit
        .and_then(|limit| usize::try_from(limit).ok())
        .unwrap_or(usize::MAX);
    let mut ids = Vec::new();
    for queue in super::args::queues(broker, &selection.queues).await? {
        let mut offset = 0;
        loop {
            let page = broker
                .tasks(&queue, &Container::State(State::Active), offset, 100)
                .await?;
            if page.is_empty() {
                break;
            }
            offset += page.len() as u64;
            ids.extend(page.into_iter().filter(fits).map(|task| task.id));
        }
    }
    ids.truncate(limit);
    if let Some(matcher) = &matcher {
        matcher.tell(&cx.printer);
    }
    Ok(ids)
}
