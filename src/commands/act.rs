//! `qctl retry`, `archive` and `delete`: tasks by id, or all in certain queues and states.

use std::collections::BTreeMap;

use futures_util::FutureExt as _;

use super::args::Usage;
use super::confirm::ask;
use super::selection::{Selection, locate, named_states, places};
use super::{Context, Interrupted};
use crate::broker::found::FoundTask;
use crate::broker::{Broker, Error};
use crate::clock;
use crate::task::transition::Action;
use crate::task::{QueueName, State, TaskId};
use crate::view::moved::{Change as Verb, Moved, TaskFailed};
use crate::view::task::TaskDocument;
use crate::view::text;

/// Make tasks pending now, whatever they wait for.
///
/// Without --state, a selection by queue takes retry and archived tasks.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  qctl retry 6b7f2a9c\n  qctl retry --queue critical\n  qctl ls tasks -q low -s archived -o id | qctl retry -q low -"
)]
pub struct RetryArgs {
    #[command(flatten)]
    selection: Selection,
    /// Show what would be done, and do nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
    /// Not needed: retry asks nothing. Accepted for scripts that pass it everywhere
    #[arg(short, long, hide = true)]
    yes: bool,
}

/// Put tasks away, kept for inspection.
///
/// They are kept until the archive is full or they are 90 days old. Use retry to bring them back.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  qctl archive 6b7f2a9c\n  qctl archive --queue low --state pending --yes"
)]
pub struct ArchiveArgs {
    #[command(flatten)]
    change: Change,
}

/// Delete tasks for good, with their uniqueness locks.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  qctl delete 6b7f2a9c --yes\n  qctl delete --queue low --state archived --dry-run"
)]
pub struct DeleteArgs {
    #[command(flatten)]
    change: Change,
}

/// What changes that ask have in common.
#[derive(Debug, clap::Args)]
struct Change {
    #[command(flatten)]
    selection: Selection,
    /// Show what would be done, and do nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

/// No task was changed.
#[derive(Debug, thiserror::Error)]
#[error("no task was changed")]
pub struct Refused(pub Vec<Error>);

/// Some tasks were changed and some not.
#[derive(Debug, thiserror::Error)]
#[error("some tasks could not be changed")]
pub struct Partly(pub Vec<Error>);

/// An action with its options.
struct Plan<'a> {
    action: Action,
    selection: &'a Selection,
    dry_run: bool,
    /// Do it without a question.
    sure: bool,
}

/// Runs `retry`.
pub async fn retry(cx: &mut Context, args: &RetryArgs) -> anyhow::Result<()> {
    let RetryArgs {
        selection,
        dry_run,
        yes: _,
    } = args;
    run(
        cx,
        &Plan {
            action: Action::RunNow,
            selection,
            dry_run: *dry_run,
            sure: true,
        },
    )
    .await
}

/// Runs `archive`.
pub async fn archive(cx: &mut Context, args: &ArchiveArgs) -> anyhow::Result<()> {
    let Change {
        selection,
        dry_run,
        yes,
    } = &args.change;
    // A task that was named can be brought back with `retry`; that is no reason to ask.
    let sure = *yes || selection.names_tasks();
    run(
        cx,
        &Plan {
            action: Action::Archive,
            selection,
            dry_run: *dry_run,
            sure,
        },
    )
    .await
}

/// Runs `delete`.
pub async fn delete(cx: &mut Context, args: &DeleteArgs) -> anyhow::Result<()> {
    let Change {
        selection,
        dry_run,
        yes,
    } = &args.change;
    run(
        cx,
        &Plan {
            action: Action::Delete,
            selection,
            dry_run: *dry_run,
            sure: *yes,
        },
    )
    .await
}

async fn run(cx: &mut Context, plan: &Plan<'_>) -> anyhow::Result<()> {
    if plan.selection.names_tasks() {
        by_id(cx, plan).await
    } else {
        let states = states(plan)?;
        by_state(cx, plan, &states).await
    }
}

/// The broker, by the right that the plan needs.
async fn broker(cx: &mut Context, plan: &Plan<'_>) -> anyhow::Result<Broker> {
    if plan.dry_run {
        cx.broker().await
    } else {
        cx.broker_to(plan.action.verb()).await
    }
}

/// The states to go through; some actions have none that goes without saying.
fn states(plan: &Plan<'_>) -> Result<Vec<State>, Usage> {
    let Selection {
        queues,
        states,
        group,
        ..
    } = plan.selection;
    if queues.is_empty() {
        return Err(Usage::new(
            "name tasks by id, or a queue with --queue",
            format!("qctl {} --help", plan.action.verb()),
        ));
    }
    let mut states = named_states(states, group.as_deref())?;
    if states.is_empty() {
        states = match plan.action {
            Action::RunNow => vec![State::Retry, State::Archived],
            Action::Archive | Action::Delete => {
                return Err(Usage::new(
                    "say which tasks of the queue",
                    "add --state, for example --state archived",
                ));
            }
        };
    }
    for state in &states {
        if let Err(refusal) = state.after(plan.action) {
            return Err(Usage::new(
                format!(
                    "cannot {} {state} tasks: each of them {}",
                    plan.action.verb(),
                    refusal.to_string().replacen("it ", "", 1)
                ),
                match state {
                    State::Active => "qctl cancel --queue QUEUE",
                    _ => "choose another --state",
                },
            ));
        }
    }
    Ok(states)
}

async fn by_id(cx: &mut Context, plan: &Plan<'_>) -> anyhow::Result<()> {
    let ids = plan.selection.ids()?;
    let broker = broker(cx, plan).await?;
    let queues = super::args::queues(&broker, &plan.selection.queues).await?;
    let mut moved = Moved::new(verb(plan.action), plan.dry_run);
    let mut errors = Vec::new();
    let mut found: BTreeMap<QueueName, Vec<FoundTask>> = BTreeMap::new();
    for id in &ids {
        match locate(&broker, &queues, id, &plan.selection.queues).await {
            Ok(task) => found.entry(task.queue.clone()).or_default().push(task),
            Err(error) => match error.downcast::<Error>() {
                Ok(error) => errors.push((id.clone(), error)),
                Err(other) => return Err(other),
            },
        }
    }
    moved.matched = ids.len() as u64;
    let count = found.values().map(Vec::len).sum::<usize>() as u64;
    if count > 0 {
        let sample: Vec<&FoundTask> = found.values().flatten().take(3).collect();
        confirm(cx, plan, count, &sample)?;
    }
    for (queue, tasks) in found {
        if plan.dry_run {
            let (allowed, refused) = allowed(&queue, plan.action, tasks);
            moved.changed += allowed;
            errors.extend(refused);
        } else {
            let ids: Vec<TaskId> = tasks.into_iter().map(|task| task.id).collect();
            let applied = broker
                .apply(&queue, plan.action, &ids, clock::now())
                .await?;
            moved.changed += applied.changed.len() as u64;
            errors.extend(applied.refused);
        }
    }
    finish(cx, moved, errors)
}

/// What an action would do to tasks, as far as their states tell.
fn allowed(
    queue: &QueueName,
    action: Action,
    tasks: Vec<FoundTask>,
) -> (u64, Vec<(TaskId, Error)>) {
    let mut allowed = 0;
    let mut refused = Vec::new();
    for FoundTask { id, state, .. } in tasks {
        match state.after(action) {
            Ok(_) => allowed += 1,
            Err(refusal) => {
                let error = Error::WrongState {
                    verb: action.verb(),
                    queue: queue.clone(),
                    id: id.clone(),
                    state,
                    refusal,
                };
                refused.push((id, error));
            }
        }
    }
    (allowed, refused)
}

/// Shows the whole. What could not be changed is an error, or several.
fn finish(cx: &mut Context, mut moved: Moved, errors: Vec<(TaskId, Error)>) -> anyhow::Result<()> {
    for (id, error) in &errors {
        moved.failures.push(TaskFailed {
            id: id.to_string(),
            queue: queue_of(error),
            error: error.to_string(),
        });
    }
    cx.printer.show(&moved, clock::now())?;
    let errors: Vec<Error> = errors.into_iter().map(|(_, error)| error).collect();
    match (moved.changed, errors.is_empty()) {
        (_, true) => Ok(()),
        (0, false) => Err(Refused(errors).into()),
        (_, false) => Err(Partly(errors).into()),
    }
}

async fn by_state(cx: &mut Context, plan: &Plan<'_>, states: &[State]) -> anyhow::Result<()> {
    let broker = broker(cx, plan).await?;
    let queues = super::args::queues(&broker, &plan.selection.queues).await?;
    let mut containers = Vec::new();
    let mut count = 0;
    let mut sample = Vec::new();
    for queue in &queues {
        for container in places(&broker, queue, states, plan.selection.group.as_deref()).await? {
            let size = broker.count(queue, &container).await?;
            if size == 0 {
                continue;
            }
            if sample.len() < 3 {
                sample.extend(broker.tasks(queue, &container, 0, 3).await?);
            }
            count += size;
            containers.push((queue, container));
        }
    }
    let limit = plan.selection.limit.unwrap_or(u64::MAX);
    let mut moved = Moved::new(verb(plan.action), plan.dry_run);
    moved.matched = count.min(limit);
    if moved.matched > 0 {
        confirm(
            cx,
            plan,
            moved.matched,
            &sample.iter().take(3).collect::<Vec<_>>(),
        )?;
    }
    if plan.dry_run {
        moved.changed = moved.matched;
        cx.printer.show(&moved, clock::now())?;
        return Ok(());
    }
    let progress = cx.printer.progress(Some(moved.matched));
    let interrupt = tokio::signal::ctrl_c();
    tokio::pin!(interrupt);
    for (queue, container) in containers {
        let left = moved.matched - moved.changed - moved.skipped;
        let mut sweep = broker
            .sweep(queue, container, plan.action, Some(left))
            .await?;
        while let Some(step) = sweep.step(clock::now()).await? {
            moved.changed += step.changed;
            moved.skipped += step.skipped;
            progress.advance(step.changed + step.skipped);
            if interrupt.as_mut().now_or_never().is_some() {
                drop(progress);
                cx.printer.show(&moved, clock::now())?;
                return Err(Interrupted.into());
            }
        }
    }
    drop(progress);
    // Those that other programs took away meanwhile.
    moved.skipped = moved.matched - moved.changed;
    cx.printer.show(&moved, clock::now())?;
    Ok(())
}

/// Shows what is about to happen and asks, unless that is not needed.
fn confirm(
    cx: &mut Context,
    plan: &Plan<'_>,
    count: u64,
    sample: &[&FoundTask],
) -> anyhow::Result<()> {
    if plan.sure || plan.dry_run {
        return Ok(());
    }
    let now = clock::now();
    for task in sample {
        let task = TaskDocument::new((*task).clone(), now);
        let kind = task.kind.as_deref().unwrap_or("?");
        cx.printer.note(&format!(
            "  {}  {}  {}  {kind}",
            task.queue, task.state, task.id
        ));
    }
    if count > sample.len() as u64 {
        cx.printer.note("  …");
    }
    ask(
        cx,
        &format!("{} {}?", plan.action.verb(), text::plural(count, "task")),
    )
}

const fn verb(action: Action) -> Verb {
    match action {
        Action::RunNow => Verb::Retry,
        Action::Archive => Verb::Archive,
        Action::Delete => Verb::Delete,
    }
}

/// The queue that an error names.
fn queue_of(error: &Error) -> Option<String> {
    match error {
        Error::WrongState { queue, .. } | Error::OutOfPlace { queue, .. } => {
            Some(queue.to_string())
        }
        Error::TaskNotFound { queue, .. } => queue.as_ref().map(ToString::to_string),
        _ => None,
    }
}
