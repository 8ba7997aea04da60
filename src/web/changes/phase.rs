//! What a change is doing.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::document::doctor::{FindingDocument, RepairDocument};
use crate::inspector::{Error, FoundTask, Judged, Outcome, Plan};

/// What a change is doing.
#[derive(Debug, Clone)]
pub(crate) enum Phase {
    /// Its tasks are being counted.
    Counting {
        /// Tasks that were looked at.
        seen: u64,
        /// Tasks to look at.
        total: u64,
    },
    /// It waits for somebody to start it.
    Ready(Arc<Preview>),
    /// It cannot be made.
    Refused(Error),
    Running(Progress),
    Paused(Progress),
    /// Redis does not answer; the change goes on when it does.
    Away(Progress, Error),
    Over(Arc<Ended>),
    /// It was never started.
    Dropped,
}

/// What a change would do.
#[derive(Debug)]
pub(crate) struct Preview {
    /// The number of tasks or findings that would be changed.
    pub(crate) total: u64,
    pub(crate) found: Found,
}

/// What a change would change.
#[derive(Debug)]
pub(crate) enum Found {
    Tasks(Box<TaskPreview>),
    Findings {
        findings: Vec<FindingDocument>,
        /// What a dry run has repaired.
        repairs: Vec<RepairDocument>,
    },
}

/// What an action on tasks would do.
#[derive(Debug)]
pub(crate) struct TaskPreview {
    /// Archived tasks that would be deleted to make room.
    pub(crate) trims: u64,
    pub(crate) sample: Vec<FoundTask>,
    pub(crate) judged: Judged,
    /// Ids that were not found, and the like.
    pub(crate) outcome: Outcome,
}

/// How far a change is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Progress {
    pub(crate) total: u64,
    /// Tasks that were dealt with.
    pub(crate) seen: u64,
    /// Tasks that were changed, or asked to stop.
    pub(crate) done: u64,
    pub(crate) failed: u64,
    pub(crate) rate: Option<NonZeroU32>,
    /// Since when, and from how many tasks on, the speed is measured.
    since: (Instant, u64),
}

/// A change that is over.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) whole: Whole,
    pub(crate) achieved: Achieved,
    pub(crate) took: Duration,
}

/// What a change has changed.
#[derive(Debug)]
pub(crate) enum Achieved {
    Tasks(Outcome),
    Repairs(Vec<RepairDocument>),
}

/// Whether a change was made as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Whole {
    Done,
    /// A viewer stopped it.
    Stopped,
    /// The server process ended.
    Interrupted,
    Failed(Error),
}

impl Phase {
    /// Whether it counts or changes tasks, or would without a pause.
    pub(crate) const fn is_active(&self) -> bool {
        match self {
            Self::Counting { .. } | Self::Running(_) | Self::Paused(_) | Self::Away(..) => true,
            Self::Ready(_) | Self::Refused(_) | Self::Over(_) | Self::Dropped => false,
        }
    }

    /// Whether nothing more will happen.
    pub(crate) const fn is_final(&self) -> bool {
        match self {
            Self::Refused(_) | Self::Over(_) | Self::Dropped => true,
            Self::Counting { .. }
            | Self::Ready(_)
            | Self::Running(_)
            | Self::Paused(_)
            | Self::Away(..) => false,
        }
    }
}

impl TaskPreview {
    pub(super) fn new(plan: &Plan) -> Self {
        Self {
            trims: plan.trims(),
            sample: plan.sample().to_vec(),
            judged: plan.judged().clone(),
            outcome: plan.outcome().clone(),
        }
    }
}

impl Progress {
    pub(super) fn new(total: u64, rate: Option<NonZeroU32>) -> Self {
        Self {
            total,
            seen: 0,
            done: 0,
            failed: 0,
            rate,
            since: (Instant::now(), 0),
        }
    }

    /// So many more were dealt with. In all, so many were changed, and so many could not be.
    pub(super) const fn advance(&mut self, seen: u64, (done, failed): (u64, u64)) {
        self.seen += seen;
        self.done = done;
        self.failed = failed;
    }

    /// Measures the speed from now on.
    pub(super) fn rest(&mut self) {
        self.since = (Instant::now(), self.seen);
    }

    /// The share that is dealt with, in percent.
    pub(crate) fn percent(&self) -> u64 {
        (self.seen.min(self.total) * 100)
            .checked_div(self.total)
            .unwrap_or(100)
    }

    /// How long the rest will take at the present speed; `None` before the first tasks.
    pub(crate) fn left(&self) -> Option<Duration> {
        let (since, before) = self.since;
        let done = u32::try_from(self.seen - before)
            .ok()
            .filter(|done| *done > 0)?;
        let left = u32::try_from(self.total.saturating_sub(self.seen)).unwrap_or(u32::MAX);
        since.elapsed().checked_div(done)?.checked_mul(left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_time_that_is_left_follows_from_the_speed_since_the_last_pause() {
        let mut progress = Progress::new(1_000, None);
        assert_eq!((progress.percent(), progress.left()), (0, None));
        tokio::time::advance(Duration::from_secs(10)).await;
        progress.advance(100, (100, 0));
        assert_eq!(progress.left(), Some(Duration::from_secs(90)));
        tokio::time::advance(Duration::from_secs(3600)).await;
        progress.rest();
        assert_eq!((progress.percent(), progress.left()), (10, None));
        tokio::time::advance(Duration::from_secs(1)).await;
        progress.advance(100, (100, 0));
        assert_eq!(progress.left(), Some(Duration::from_secs(8)));
        assert_eq!(Progress::new(0, None).percent(), 100);
    }
}
