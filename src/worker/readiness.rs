//! When a worker may say that it is ready: once Redis accepts what it does.

use std::sync::atomic::{AtomicU8, Ordering};

use super::event::{Event, Reporter};

/// What Redis must have accepted.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Step {
    /// A claim, although there may be no task.
    Claimed = 1,
    /// The announcement as a server, which a replica or a full Redis refuses.
    Announced = 2,
}

const ALL: u8 = Step::Claimed as u8 | Step::Announced as u8;

/// The steps that were reached.
#[derive(Debug, Default)]
pub(crate) struct Readiness(AtomicU8);

impl Readiness {
    /// Notes a step, and reports that the worker is ready when it was the last one.
    pub(crate) fn reached(&self, step: Step, reporter: &Reporter) {
        let before = self.0.fetch_or(step as u8, Ordering::Relaxed);
        if before != ALL && before | step as u8 == ALL {
            reporter.report(Event::Ready);
        }
    }
}
