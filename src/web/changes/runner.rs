//! The task that counts what one change is about, and changes it.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

use super::change::{Rate, Wish};
use super::phase::{Ended, Phase, Preview, Progress, Whole};
use super::work::{Counting, Work};
use crate::inspector::{Error, Inspector};

/// How long a preview waits for its start: later, the tasks would hardly be those that were shown.
const PREVIEW_LIFETIME: Duration = Duration::from_secs(30 * 60);

/// Runs one change.
#[derive(Debug)]
pub(super) struct Runner {
    pub(super) inspector: Inspector,
    pub(super) phase: watch::Sender<Phase>,
    pub(super) wish: watch::Receiver<Wish>,
}

impl Runner {
    /// Counts, waits for the start, and changes what was counted.
    pub(super) async fn run(mut self, counting: Counting) {
        let (mut work, preview) = match self.count(counting).await {
            Ok(ControlFlow::Continue(counted)) => counted,
            Ok(ControlFlow::Break(())) => return self.show(Phase::Dropped),
            Err(error) => return self.show(Phase::Refused(error)),
        };
        let total = preview.total;
        self.show(Phase::Ready(Arc::new(preview)));
        let Some(rate) = self.started().await else {
            return self.show(Phase::Dropped);
        };
        work.set_rate(rate);
        let progress = Progress::new(total, rate);
        self.show(Phase::Running(progress));
        let start = Instant::now();
        let whole = self.change(&mut work, progress).await;
        self.show(Phase::Over(Arc::new(Ended {
            whole,
            took: start.elapsed(),
            achieved: work.finish().await,
        })));
    }

    /// Waits for the start. Returns the rate, or `None` if the change is not to be made.
    async fn started(&mut self) -> Option<Rate> {
        let started = self.wish.wait_for(|wish| *wish != Wish::Wait);
        let wish = *timeout(PREVIEW_LIFETIME, started).await.ok()?.ok()?;
        match wish {
            Wish::Run(rate) | Wish::Pause(rate) => Some(rate),
            Wish::Wait | Wish::Stop | Wish::Quit => None,
        }
    }

    fn show(&self, phase: Phase) {
        self.phase.send_replace(phase);
    }

    async fn count(
        &self,
        mut counting: Counting,
    ) -> Result<ControlFlow<(), (Work, Preview)>, Error> {
        let (mut seen, total) = (0, counting.total());
        while let Some(some) = counting.step(self.inspector.now()).await? {
            seen += some;
            self.show(Phase::Counting { seen, total });
            if *self.wish.borrow() != Wish::Wait || self.wish.has_changed().is_err() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(counting.finish().await?))
    }

    async fn change(&mut self, work: &mut Work, mut progress: Progress) -> Whole {
        loop {
            if let Some(end) = self.turn(work, &mut progress).await {
                work.stop().await;
                return end;
            }
            // Never interrupted: its changes would not be counted.
            match work.step().await {
                Ok(Some(seen)) => {
                    progress.advance(seen, work.counts());
                    self.show(match work.outage() {
                        None => Phase::Running(progress),
                        Some(error) => Phase::Away(progress, error.clone()),
                    });
                }
                Ok(None) => return Whole::Done,
                Err(error) => return Whole::Failed(error),
            }
        }
    }

    /// Waits until the next step may be made: the rate allows it, and nobody has paused the change. Returns the end that a
    /// viewer has asked for.
    async fn turn(&mut self, work: &mut Work, progress: &mut Progress) -> Option<Whole> {
        loop {
            let wish = *self.wish.borrow_and_update();
            match wish {
                Wish::Stop => return Some(Whole::Stopped),
                Wish::Quit => return Some(Whole::Interrupted),
                Wish::Pause(_) => {
                    self.show(Phase::Paused(*progress));
                    if self.wish.changed().await.is_err() {
                        return Some(Whole::Interrupted);
                    }
                    work.rest();
                    progress.rest();
                    self.show(Phase::Running(*progress));
                }
                Wish::Wait | Wish::Run(_) => {
                    let delay = work.delay();
                    if delay.is_zero() {
                        return None;
                    }
                    tokio::select! {
                        changed = self.wish.changed() => {
                            if changed.is_err() {
                                return Some(Whole::Interrupted);
                            }
                        }
                        () = sleep(delay) => return None,
                    }
                }
            }
        }
    }
}
