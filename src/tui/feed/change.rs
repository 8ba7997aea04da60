//! A change of tasks: counts them, waits for the answer, then changes them step by step.
//!
//! A step is never interrupted: its changes would not be counted.

use std::time::Duration;

use tokio::sync::{mpsc::UnboundedSender, oneshot, watch};
use tokio::time::timeout;

use super::{Feed, Running};
use crate::failure::Failure;
use crate::inspector::{Error, Inspector, Options, Plan};
use crate::tui::message::{ChangeOf, Event, Progress};
use crate::view::outcome::OutcomeView;

impl Feed {
    /// Counts the tasks of a change, and reports with this number how it goes on.
    pub(in crate::tui) fn count(&mut self, number: u64, change: ChangeOf) {
        let (start, may_start) = oneshot::channel();
        let mut progress = self.reporter(number, Some(start));
        let inspector = self.inspector.clone();
        let typed = self.typed.take();
        self.tasks.spawn(async move {
            let is_done = run(&inspector, &change, &mut progress, may_start).await;
            if let Err(error) = &is_done {
                progress.report(if matches!(error, Error::WouldTrim { .. }) {
                    Progress::WouldTrim(error.to_string())
                } else {
                    Progress::Failed(error.into())
                });
            }
            if let (Some(typed), Ok(true)) = (typed, is_done) {
                typed.discard();
            }
        });
    }

    /// The reporter of a change that begins with this number, and at once unless it waits to be started.
    pub(super) fn reporter(&mut self, number: u64, start: Option<oneshot::Sender<()>>) -> Reporter {
        let (stop, stopped) = watch::channel(false);
        self.change = Some(Running { start, stop });
        Reporter {
            number,
            events: self.events.clone(),
            stopped,
        }
    }

    /// Starts the change that was counted.
    pub(in crate::tui) fn start(&mut self) {
        let change = self.change.as_mut();
        if let Some(start) = change.and_then(|change| change.start.take()) {
            // Fails only when the count has ended with an error, which was reported.
            start.send(()).ok();
        }
    }

    /// Stops a count, or a change after its present step.
    pub(in crate::tui) fn stop(&mut self) {
        if let Some(change) = &mut self.change {
            change.start = None;
            change.stop.send_replace(true);
        }
    }
}

/// Reports how a change goes on.
pub(super) struct Reporter {
    number: u64,
    events: UnboundedSender<Event>,
    stopped: watch::Receiver<bool>,
}

impl Reporter {
    pub(super) fn report(&self, progress: Progress) {
        // Fails only when the dashboard has ended.
        self.events
            .send(Event::Progress(self.number, progress))
            .ok();
    }

    pub(super) fn stopped(&self) -> bool {
        *self.stopped.borrow()
    }

    /// Waits for so long, or until the change is stopped. Returns whether it is.
    async fn stopped_within(&mut self, delay: Duration) -> bool {
        // Even a sleep of zero takes a tick of the timer.
        if delay.is_zero() {
            return self.stopped();
        }
        let stopped = self.stopped.wait_for(|stopped| *stopped);
        timeout(delay, stopped).await.is_ok()
    }
}

/// Returns whether all was changed that was to be.
async fn run(
    inspector: &Inspector,
    change: &ChangeOf,
    progress: &mut Reporter,
    may_start: oneshot::Receiver<()>,
) -> Result<bool, Error> {
    let options = Options {
        allow_trim: change.allow_trim,
        ..Options::default()
    };
    let mut count = match &change.edit {
        Some(edit) => {
            let edit = edit.edit.clone();
            inspector
                .count_to_edit(edit, &change.selection, options)
                .await?
        }
        None => {
            inspector
                .count(change.action, &change.selection, options)
                .await?
        }
    };
    let (mut seen, total) = (0, count.total());
    progress.report(Progress::Counted(seen, total));
    while let Some(step) = count.step(inspector.now()).await? {
        if progress.stopped() {
            return Ok(false);
        }
        seen += step;
        progress.report(Progress::Counted(seen, total));
    }
    let plan = count.finish().await?;
    if progress.stopped() {
        return Ok(false);
    }
    if plan.total() == 0
        && let Some(failed) = plan.outcome().failures.first()
    {
        return Err(failed.error.clone());
    }
    progress.report(Progress::Planned(plan.total()));
    if plan.total() > 0 && may_start.await.is_ok() {
        return Ok(perform(plan, progress).await);
    }
    Ok(false)
}

/// Changes the tasks, until all are done or the change is stopped. Returns whether all were changed.
async fn perform(mut plan: Plan, progress: &mut Reporter) -> bool {
    let (mut done, total) = (0, plan.total());
    let mut stopped = false;
    let mut failure = None;
    loop {
        if progress.stopped_within(plan.delay()).await {
            plan.stop().await;
            stopped = true;
            break;
        }
        match plan.step(plan.now()).await {
            Ok(None) => break,
            Ok(Some(step)) => {
                done += step.seen;
                progress.report(match plan.outage() {
                    None => Progress::Changed(done, total),
                    Some(error) => Progress::Away(error.to_string()),
                });
            }
            Err(error) => {
                failure = Some(Failure::from(error));
                break;
            }
        }
    }
    let outcome = plan.outcome();
    let is_done = failure.is_none() && outcome.done() == outcome.matched;
    let first = outcome.failures.first();
    let failure = failure.or_else(|| first.map(|failed| (&failed.error).into()));
    let mut sentence = OutcomeView::new(outcome).sentence();
    if stopped {
        sentence += ", then stopped";
    }
    progress.report(Progress::Ended(sentence, failure));
    is_done
}
