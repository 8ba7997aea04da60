//! The lines that a worker's events make, with its facts on the first and its totals on the last.

use std::sync::{Mutex, PoisonError};

use crate::view::log::LogLine;
use crate::view::log::totals::Totals;
use crate::view::log::worker::line;
use crate::worker::event::{Event, Phase, Report};

/// Counts what happens.
pub(super) struct Journal {
    facts: String,
    since: std::time::Instant,
    totals: Mutex<Totals>,
}

impl Journal {
    pub(super) fn new(facts: String) -> Self {
        Self {
            facts,
            since: std::time::Instant::now(),
            totals: Mutex::default(),
        }
    }

    fn with_totals<T>(&self, look: impl FnOnce(&mut Totals) -> T) -> T {
        look(&mut self.totals.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The line for an event.
    pub(super) fn line(&self, report: &Report) -> LogLine {
        self.with_totals(|totals| totals.count(&report.event));
        let line = line(report);
        if report.event == Event::Ready {
            line.saying(&self.facts)
        } else if report.event == Event::Phase(Phase::Over) {
            let after = self.since.elapsed();
            line.saying(self.with_totals(|totals| totals.text(after)))
        } else {
            line
        }
    }

    /// Attempts that failed.
    pub(super) fn failed(&self) -> u64 {
        self.with_totals(|totals| totals.failed())
    }
}
