//! Turns a worker's events into log lines. The first line has the settings, the last one the totals; a cause that keeps
//! several duties from working has one line, and of thousands of hooks that are dropped, every 1st, 2nd, 4th, 8th has one.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::clock;
use crate::view::log::LogLine;
use crate::view::log::totals::Totals;
use crate::view::log::worker::line;
use crate::worker::event::{Event, HooksLost, Phase, Report};

/// The past events on which later lines depend.
pub(super) struct Journal {
    facts: String,
    since: Instant,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    totals: Totals,
    causes: Vec<Cause>,
    /// Whether the worker has stopped.
    is_over: bool,
}

/// What keeps duties from working.
struct Cause {
    error: String,
    /// The duty that was reported.
    first: &'static str,
    failing: Vec<&'static str>,
}

impl Journal {
    pub(super) fn new(facts: String) -> Self {
        Self {
            facts,
            since: Instant::now(),
            state: Mutex::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The lines for an event.
    pub(super) fn lines(&self, report: &Report) -> Vec<LogLine> {
        let mut state = self.state();
        state.totals.count(&report.event);
        let events = match &report.event {
            Event::DutyFailed { duty, error } if !state.fails(duty, error) => Vec::new(),
            Event::DutyRecovered { duty } => state.recovers(duty),
            Event::HooksLost(HooksLost::Dropped { so_far, .. }) if !so_far.is_power_of_two() => {
                Vec::new()
            }
            Event::Phase(Phase::Over) => {
                state.is_over = true;
                Vec::new()
            }
            event => vec![event.clone()],
        };
        let line = |event| {
            let at = report.at;
            let line = line(&Report { at, event });
            if report.event == Event::Ready {
                line.saying(&self.facts)
            } else {
                line
            }
        };
        events.into_iter().map(line).collect()
    }

    /// The last line, if the worker ran: it has stopped, and so has what goes on after it, such as hooks.
    pub(super) fn last_line(&self) -> Option<LogLine> {
        let state = self.state();
        let (at, event) = (clock::now(), Event::Phase(Phase::Over));
        let totals = state.totals.text(self.since.elapsed());
        state
            .is_over
            .then(|| line(&Report { at, event }).saying(totals))
    }

    /// Attempts that failed.
    pub(super) fn failed(&self) -> u64 {
        self.state().totals.failed()
    }
}

impl State {
    /// Notes that a duty fails. Returns whether its cause is new.
    fn fails(&mut self, duty: &'static str, error: &str) -> bool {
        let mut causes = self.causes.iter_mut();
        if let Some(cause) = causes.find(|cause| cause.error == error) {
            if !cause.failing.contains(&duty) {
                cause.failing.push(duty);
            }
            return false;
        }
        self.causes.push(Cause {
            error: error.to_owned(),
            first: duty,
            failing: vec![duty],
        });
        true
    }

    /// Notes that a duty works again. Returns the events to report: the recovery of the duties whose failures were
    /// reported, once the last duty with the same cause works again.
    fn recovers(&mut self, duty: &'static str) -> Vec<Event> {
        for cause in &mut self.causes {
            cause.failing.retain(|failing| *failing != duty);
        }
        let over = self.causes.extract_if(.., |cause| cause.failing.is_empty());
        let mut reported: Vec<&str> = over.map(|cause| cause.first).collect();
        reported.dedup();
        let recovered = |duty| Event::DutyRecovered { duty };
        reported.into_iter().map(recovered).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_of_several_duties_is_reported_once_and_so_is_its_end() {
        let journal = Journal::new(String::new());
        let said = |event: Event| {
            let at = chrono::DateTime::UNIX_EPOCH;
            let lines = journal.lines(&Report { at, event });
            let text = |line: LogLine| line.error.or(line.message).unwrap_or_default();
            lines.into_iter().map(text).collect::<Vec<_>>()
        };
        let failed = |duty| Event::DutyFailed {
            duty,
            error: "away".to_owned(),
        };
        let recovered = |duty| Event::DutyRecovered { duty };
        for _ in 0..2 {
            assert_eq!(said(failed("claim")), ["claim: away"]);
            assert_eq!(said(failed("heartbeat")), [""; 0]);
            assert_eq!(said(recovered("claim")), [""; 0]);
            assert_eq!(said(recovered("heartbeat")), ["claim works again"]);
        }
    }
}
