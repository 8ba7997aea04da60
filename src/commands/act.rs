//! `qctl retry`, `archive` and `delete`: tasks by id, or all in certain queues and states.

use std::collections::BTreeMap;

use super::selection::{Selection, locate, named_states};
use super::{Context, bulk};
use crate::broker::records::FoundTask;
use crate::broker::{Broker, Error};
use crate::clock;
use crate::error::{Exit, Failure, Failures};
use crate::task::transition::Action;
use crate::task::{QueueName, State, TaskId};
use crate::view::moved::{Change as Verb, Moved, TaskFailed};

/// Make tasks pending now, whatever they wait for.
///
/// Without --state, a selection by queue takes retry and archived tasks. Nothing is asked.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  qctl retry 6b7f2a9c\n  qctl retry --queue critical --error 'connection refused'\n  qctl ls tasks -q low -s archived -o id | qctl retry -q low -"
)]
pub(crate) struct RetryArgs {
    #[command(flatten)]
    change: Change,
}

/// Put tasks away, kept for inspection.
///
/// They are kept until the archive is full or they are 90 days old. Use retry to bring them back.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  qctl archive 6b7f2a9c\n  qctl archive --queue low --state pending --older-than 2d --yes"
)]
pub(crate) struct ArchiveArgs {
    #[command(flatten)]
    change: Change,
    /// Archive more than the archive holds: the oldest archived tasks are deleted for good
    #[arg(long)]
    allow_trim: bool,
}

/// Delete tasks for good, with their uniqueness locks.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  qctl delete 6b7f2a9c --yes\n  qctl delete --queue low --state archived --dry-run\n  qctl delete -q 'import:*' -s pending --filter '.payload.user_id == 42'"
)]
pub(crate) struct DeleteArgs {
    #[command(flatten)]
    change: Change,
}

/// What these commands have in common.
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
    /// Change no more than so many tasks a second
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), conflicts_with = "ids")]
    rate: Option<u32>,
}

/// An action with its options.
pub(super) struct Plan<'a> {
    pub(super) action: Action,
    pub(super) selection: &'a Selection,
    pub(super) dry_run: bool,
    /// Do it without a question.
    pub(super) sure: bool,
    pub(super) rate: Option<u32>,
    allow_trim: bool,
}

impl<'a> Plan<'a> {
    fn new(action: Action, change: &'a Change) -> Self {
        let sure = match action {
            Action::RunNow => true,
            // A task that was named can be brought back with `retry`; that is no reason to ask.
            Action::Archive => change.yes || change.selection.names_tasks(),
            Action::Delete => change.yes,
        };
        Self {
            action,
            selection: &change.selection,
            dry_run: change.dry_run,
            sure,
            rate: change.rate,
            allow_trim: false,
        }
    }

    /// Whether this cannot push tasks out of the archive, or may.
    pub(super) fn keeps_archive(&self) -> bool {
        self.action != Action::Archive || self.allow_trim
    }

    /// Whether the tasks must be counted before anything is done. With filters that means reading them
    /// all, which is left out where nobody waits for the number.
    pub(super) fn counts_first(&self) -> bool {
        !self.sure || self.dry_run || !self.keeps_archive()
    }

    /// The action in the words of the view.
    pub(super) const fn verb(&self) -> Verb {
        match self.action {
            Action::RunNow => Verb::Retry,
            Action::Archive => Verb::Archive,
            Action::Delete => Verb::Delete,
        }
    }
}

/// Runs `retry`.
pub(crate) async fn retry(cx: &mut Context, args: &RetryArgs) -> anyhow::Result<Exit> {
    run(cx, &Plan::new(Action::RunNow, &args.change)).await
}

/// Runs `archive`.
pub(crate) async fn archive(cx: &mut Context, args: &ArchiveArgs) -> anyhow::Result<Exit> {
    let plan = Plan::new(Action::Archive, &args.change);
    run(
        cx,
        &Plan {
            allow_trim: args.allow_trim,
            ..plan
        },
    )
    .await
}

/// Runs `delete`.
pub(crate) async fn delete(cx: &mut Context, args: &DeleteArgs) -> anyhow::Result<Exit> {
    run(cx, &Plan::new(Action::Delete, &args.change)).await
}

async fn run(cx: &mut Context, plan: &Plan<'_>) -> anyhow::Result<Exit> {
    if plan.selection.names_tasks() {
        by_id(cx, plan).await
    } else {
        let states = states(plan)?;
        bulk::run(cx, plan, &states).await
    }
}

/// The broker, by the right that the plan needs.
pub(super) async fn broker(cx: &mut Context, plan: &Plan<'_>) -> anyhow::Result<Broker> {
    cx.broker_unless(plan.dry_run, plan.action.verb()).await
}

/// The states to go through; some actions have none that goes without saying.
fn states(plan: &Plan<'_>) -> Result<Vec<State>, Failure> {
    let Selection {
        queues,
        states,
        group,
        ..
    } = plan.selection;
    if queues.is_empty() {
        return Err(Failure::usage(
            "name tasks by id, or a queue with --queue",
            format!("qctl {} --help", plan.action.verb()),
        ));
    }
    let mut states = named_states(states, group.as_deref())?;
    if states.is_empty() {
        states = plan.action.usual_states().to_vec();
    }
    if states.is_empty() {
        return Err(Failure::usage(
            "say which tasks of the queue",
            "add --state, for example --state archived",
        ));
    }
    for state in &states {
        if let Err(refusal) = state.after(plan.action) {
            return Err(Failure::usage(
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

async fn by_id(cx: &mut Context, plan: &Plan<'_>) -> anyhow::Result<Exit> {
    let ids = plan.selection.ids()?;
    let broker = broker(cx, plan).await?;
    let queues = super::args::queues(&broker, &plan.selection.queues).await?;
    let mut moved = Moved::new(plan.verb(), plan.dry_run);
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
    let by_queue = found
        .iter()
        .map(|(queue, tasks)| (queue.clone(), tasks.len() as u64));
    bulk::check_archive(plan, &broker, count, &by_queue.collect::<Vec<_>>()).await?;
    if count > 0 {
        bulk::confirm(cx, plan, count, found.values().flatten())?;
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
pub(super) fn finish(
    cx: &mut Context,
    mut moved: Moved,
    errors: Vec<(TaskId, Error)>,
) -> anyhow::Result<Exit> {
    for (id, error) in &errors {
        moved.failures.push(TaskFailed {
            id: id.to_string(),
            queue: queue_of(error),
            error: error.to_string(),
        });
    }
    cx.printer.show(&moved, clock::now())?;
    let failures: Vec<Failure> = errors.iter().map(|(_, error)| error.into()).collect();
    match (moved.changed, failures.is_empty()) {
        (_, true) => Ok(Exit::Done),
        (0, false) => Err(Failures::all(failures).into()),
        (_, false) => Err(Failures::some(failures).into()),
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
