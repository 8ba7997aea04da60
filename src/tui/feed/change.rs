//! A change of tasks: counts them, waits for the answer, then changes them step by step.
//!
//! A step is never interrupted: its changes would not be counted.

use tokio::sync::{mpsc::UnboundedSender, oneshot, watch};

use super::{Feed, Running};
use crate::inspector::{Error, Inspector, Options, Plan};
use crate::tui::message::{ChangeOf, Event, Problem, Progress};
use crate::view::outcome::OutcomeView;

impl Feed {
    /// Counts the tasks of a change.
    pub(in crate::tui) fn count(&mut self, change: ChangeOf) {
        let (start, may_start) = oneshot::channel();
        let (stop, stopped) = watch::channel(false);
        self.change = Some(Running {
            start: Some(start),
            stop,
        });
        let (inspector, events) = (self.inspector.clone(), self.events.clone());
        self.tasks.spawn(async move {
            let progress = Reporter { events, stopped };
            if let Err(error) = run(&inspector, &change, &progress, may_start).await {
                progress.report(match error {
                    Error::WouldTrim { .. } => Progress::WouldTrim(error.to_string()),
                    error => Progress::Failed(Problem::from(error).text),
                });
            }
        });
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

struct Reporter {
    events: UnboundedSender<Event>,
    stopped: watch::Receiver<bool>,
}

impl Reporter {
    fn report(&self, progress: Progress) {
        // Fails only when the dashboard has ended.
        self.events.send(Event::Progress(progress)).ok();
    }

    fn stopped(&self) -> bool {
        *self.stopped.borrow()
    }
}

async fn run(
    inspector: &Inspector,
    change: &ChangeOf,
    progress: &Reporter,
    may_start: oneshot::Receiver<()>,
) -> Result<(), Error> {
    let options = Options {
        allow_trim: change.allow_trim,
        ..Options::default()
    };
    let mut count = inspector
        .count(change.action, &change.selection, options)
        .await?;
    let (mut seen, total) = (0, count.total());
    progress.report(Progress::Counted(seen, total));
    while let Some(step) = count.step(inspector.now()).await? {
        if progress.stopped() {
            return Ok(());
        }
        seen += step;
        progress.report(Progress::Counted(seen, total));
    }
    let plan = count.finish().await?;
    if progress.stopped() {
        return Ok(());
    }
    if plan.total() == 0
        && let Some(failed) = plan.outcome().failures.first()
    {
        return Err(failed.error.clone());
    }
    progress.report(Progress::Planned(plan.total()));
    if plan.total() > 0 && may_start.await.is_ok() {
        perform(plan, progress).await;
    }
    Ok(())
}

/// Changes the tasks, until all are done or the change is stopped.
async fn perform(mut plan: Plan, progress: &Reporter) {
    let (mut done, total) = (0, plan.total());
    let mut failure = None;
    while !progress.stopped() {
        match plan.step(plan.now()).await {
            Ok(None) => break,
            Ok(Some(step)) => {
                done += step.seen;
                progress.report(Progress::Changed(done, total));
            }
            Err(error) => {
                failure = Some(error.to_string());
                break;
            }
        }
    }
    let outcome = plan.outcome();
    let first = outcome
        .failures
        .first()
        .map(|failed| failed.error.to_string());
    let mut done = OutcomeView::new(outcome).sentence();
    if progress.stopped() {
        done += ", then stopped";
    }
    progress.report(Progress::Ended(done, failure.or(first)));
}
