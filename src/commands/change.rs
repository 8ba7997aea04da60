//! The common part of `retry`, `archive`, `delete` and `cancel`: count the tasks, ask, change them step by step.

use std::num::NonZeroU32;
use std::time::Duration;

use super::Context;
use super::context::warn_of_outage;
use super::preview::Preview;
use super::selection::{SelectionArgs, report_judged};
use super::typed_id::or_file;
use crate::error::{Code, Exit, Failure, Failures};
use crate::inspector::edit::Edit;
use crate::inspector::{self, Inspector, Options, Outcome, Plan, Selection, Step};
use crate::interrupt::Interrupt;
use crate::task::transition::Action;
use crate::task::{QueueName, TaskId};
use crate::view::outcome::OutcomeView;
use crate::view::text;

/// Failures printed for a described selection; `-o json` lists more.
const MAX_REPORTED: usize = 10;

/// The arguments.
#[derive(Debug, clap::Args)]
pub(crate) struct ChangeArgs {
    #[command(flatten)]
    pub(crate) selection: SelectionArgs,
    /// Show what would change, but change nothing
    #[arg(short = 'n', long)]
    pub(crate) dry_run: bool,
    /// Skip the confirmation
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// Change at most N tasks per second
    #[arg(long, value_name = "N", value_parser = rate)]
    pub(crate) rate: Option<NonZeroU32>,
    /// Succeed if a task does not exist
    #[arg(long)]
    pub(crate) ignore_not_found: bool,
}

fn rate(text: &str) -> Result<NonZeroU32, &'static str> {
    text.parse().map_err(|_| "not a whole number above 0")
}

/// A requested change.
pub(crate) struct Change<'a> {
    pub(crate) action: Action,
    /// What to change, to edit tasks.
    pub(crate) edit: Option<Edit>,
    pub(crate) args: &'a ChangeArgs,
    pub(crate) allow_trim: bool,
    /// Whether to wait for the end of cancelled attempts.
    pub(crate) wait: Wait,
}

/// A wait for the end of cancelled attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wait {
    No,
    Forever,
    AtMost(Duration),
}

impl Change<'_> {
    /// Whether no confirmation is needed.
    const fn is_sure(&self) -> bool {
        match self.action {
            Action::Retry => true,
            // Archived tasks can be brought back, and ids are explicit.
            Action::Archive | Action::Cancel | Action::Edit => {
                self.args.yes || self.args.selection.names_tasks()
            }
            Action::Delete => self.args.yes,
        }
    }
}

/// Runs a change.
pub(crate) async fn run(cx: &mut Context, change: &Change<'_>) -> anyhow::Result<Exit> {
    let planned = plan(cx, change).await?;
    // Until here a signal ends the program at once, as nothing has been changed.
    perform_all(cx, change, planned, Interrupt::listen()?).await
}

/// The same after an editor had the terminal: since then, signals do not end the program by themselves.
pub(crate) async fn run_after_editor(
    cx: &mut Context,
    change: &Change<'_>,
) -> anyhow::Result<Exit> {
    let mut interrupt = Interrupt::listen()?;
    let planned = tokio::select! {
        planned = plan(cx, change) => planned?,
        exit = interrupt.caught() => return Ok(exit),
    };
    perform_all(cx, change, planned, interrupt).await
}

/// Counts the tasks of a change, and asks.
async fn plan(cx: &mut Context, change: &Change<'_>) -> anyhow::Result<(Inspector, Plan)> {
    let options = Options {
        dry_run: change.args.dry_run,
        rate: change.args.rate,
        allow_trim: change.allow_trim,
        ids: cx.printer.wants_ids(),
        ..Options::default()
    };
    let inspector = cx
        .inspector_unless(options.dry_run, change.action.verb())
        .await?;
    let mut selection = change.args.selection.selection().await?;
    if let Some(edit) = &change.edit
        && edit.queue.is_some()
        && !options.dry_run
    {
        finish_moves(cx, &inspector, &mut selection).await?;
    }
    let plan = count(cx, &inspector, change, (&selection, options)).await?;
    report_judged(&cx.printer, plan.judged());
    if plan.total() > 0 {
        let preview = Preview {
            action: change.action,
            edit: change.edit.as_ref(),
            plan: &plan,
        };
        if options.dry_run {
            preview.show(cx, &inspector).await?;
        } else if !change.is_sure() {
            preview.show(cx, &inspector).await?;
            preview.ask(cx)?;
        } else {
            preview.warn(cx, &inspector).await?;
        }
    }
    if change.action == Action::Cancel {
        warn_of_namesakes(cx, &inspector, &selection).await?;
    }
    Ok((inspector, plan))
}

/// Changes the tasks, and reports what was done.
async fn perform_all(
    cx: &Context,
    change: &Change<'_>,
    (inspector, mut plan): (Inspector, Plan),
    mut interrupt: Interrupt,
) -> anyhow::Result<Exit> {
    let mut cancelled = Vec::new();
    let note = |step: &Step| {
        if change.wait != Wait::No {
            let tasks = step.ids.iter().cloned();
            cancelled.extend(tasks.map(|id| (step.queue.clone(), id)));
        }
    };
    let ended = perform(cx, &mut plan, &mut interrupt, note).await;
    if let Ok(Some(_)) = ended {
        plan.stop().await;
    }
    let typed = &change.args.selection.ids;
    let mut outcome = plan.outcome().clone();
    if change.args.ignore_not_found {
        outcome.forget_missing();
    }
    let exit = conclude(cx, &outcome, typed, ended)?;
    let limit = match change.wait {
        Wait::No => return Ok(exit),
        Wait::Forever => None,
        Wait::AtMost(limit) => Some(limit),
    };
    if exit != Exit::Done || change.args.dry_run {
        return Ok(exit);
    }
    tokio::select! {
        exit = interrupt.caught() => Ok(exit),
        active = inspector.wait_inactive(cancelled, limit) => {
            conclude_wait(cx, outcome.requested, &active?)
        }
    }
}

/// Counts the tasks of the selection.
async fn count(
    cx: &Context,
    inspector: &Inspector,
    change: &Change<'_>,
    (selection, options): (&Selection, Options),
) -> Result<Plan, inspector::Error> {
    let mut count = match &change.edit {
        Some(edit) => {
            inspector
                .count_to_edit(edit.clone(), selection, options)
                .await?
        }
        None => inspector.count(change.action, selection, options).await?,
    };
    let progress = cx.printer.progress(Some(count.total()));
    while let Some(seen) = count.step(cx.now()).await? {
        progress.advance(seen);
    }
    drop(progress);
    count.finish().await
}

/// Finishes moves that were cut short. Those tasks are not where the selection looks for them.
async fn finish_moves(
    cx: &Context,
    inspector: &Inspector,
    selection: &mut Selection,
) -> anyhow::Result<()> {
    let finished = inspector.finish_moves(&selection.queues).await?;
    let mut count = 0;
    for (id, outcome) in &finished {
        match outcome {
            Ok(()) => {
                count += 1;
                if let Some(ids) = &mut selection.ids {
                    ids.retain(|other| other != id);
                }
            }
            Err(error) => cx.printer.warn(&format!(
                "the move of task {:?} that was cut short cannot be finished: {error}",
                id.as_str()
            )),
        }
    }
    if count > 0 {
        let moves = text::plural(count, "move");
        let were = if count == 1 { "was" } else { "were" };
        cx.printer
            .note(&format!("finished {moves} that {were} cut short"));
    }
    Ok(())
}

/// Warns of running tasks in other queues that a cancellation by id reaches too.
async fn warn_of_namesakes(
    cx: &Context,
    inspector: &Inspector,
    selection: &Selection,
) -> Result<(), inspector::Error> {
    let Some(ids) = &selection.ids else {
        return Ok(());
    };
    for task in inspector.namesakes(&selection.queues, ids).await? {
        cx.printer.warn(&format!(
            "task {:?} is running in queue {:?} too: the request reaches both",
            task.id.as_str(),
            task.queue.as_str()
        ));
    }
    Ok(())
}

/// Performs the change. Returns the exit code of the signal that ended it, if any.
async fn perform(
    cx: &Context,
    plan: &mut Plan,
    interrupt: &mut Interrupt,
    mut note: impl FnMut(&Step),
) -> anyhow::Result<Option<Exit>> {
    let progress = cx.printer.progress(Some(plan.total()));
    let mut warned = false;
    loop {
        let delay = plan.delay();
        if delay.is_zero() {
            if let Some(exit) = interrupt.seen() {
                return Ok(Some(exit));
            }
        } else {
            tokio::select! {
                exit = interrupt.caught() => return Ok(Some(exit)),
                () = tokio::time::sleep(delay) => {}
            }
        }
        // A step is never interrupted: its changes would not be counted.
        let Some(step) = plan.step(cx.now()).await? else {
            return Ok(None);
        };
        if let Some(error) = plan.outage()
            && !warned
        {
            warn_of_outage(&cx.printer, error);
        }
        warned = plan.outage().is_some();
        progress.advance(step.seen);
        note(&step);
        for id in &step.ids {
            cx.printer.id(id.as_str())?;
        }
    }
}

/// Says that so many cancelled attempts have ended, or which of them have not.
fn conclude_wait(
    cx: &Context,
    requested: u64,
    still_active: &[(QueueName, TaskId)],
) -> anyhow::Result<Exit> {
    let Some((queue, id)) = still_active.first() else {
        let tasks = text::plural(requested, "task");
        cx.printer.note(&format!("stopped {tasks}"));
        return Ok(Exit::Done);
    };
    let what = match still_active.len() as u64 {
        1 => format!(
            "task {:?} in queue {:?} is still running",
            id.as_str(),
            queue.as_str()
        ),
        count => format!("{} are still running", text::plural(count, "task")),
    };
    let hint = "its handler may ignore the request, or its server may be gone: qctl ls workers";
    Err(Failure::new(Exit::TimedOut, what).with_hint(hint).into())
}

/// Reports what was done; tasks that could not be changed are failures.
fn conclude(
    cx: &Context,
    outcome: &Outcome,
    typed: &[String],
    ended: anyhow::Result<Option<Exit>>,
) -> anyhow::Result<Exit> {
    if outcome.done() > 0 || outcome.unconfirmed > 0 || ended.is_ok() {
        cx.printer.show(&OutcomeView::new(outcome), cx.now())?;
    }
    if let Some(exit) = ended? {
        return Ok(exit);
    }
    if outcome.action == Action::Cancel && outcome.requested > 0 && outcome.listeners == Some(0) {
        let failure = Failure::new(Code::NoListener, "no server listens for cancellations")
            .with_hint("workers recover the tasks of a dead server within 90 seconds");
        return Err(failure.into());
    }
    let named = !typed.is_empty();
    let most = if named { usize::MAX } else { MAX_REPORTED };
    let failures = outcome.failures.iter().take(most);
    let verb = outcome.action.verb();
    let failures = failures.map(|failed| or_file((&failed.error).into(), typed, verb));
    let failures: Vec<Failure> = failures.collect();
    let unreported = outcome.failed - failures.len() as u64;
    if unreported > 0 {
        let tasks = text::plural(unreported, "more task");
        cx.printer
            .warn(&format!("{tasks} failed; -o json lists them"));
    }
    match (failures.is_empty(), outcome.done()) {
        (true, _) if outcome.skipped.unknown_age > 0 => Ok(Exit::Partly),
        (true, _) => Ok(Exit::Done),
        (false, 0) if named => Err(Failures::all(failures).into()),
        (false, _) => Err(Failures::some(failures).into()),
    }
}
