//! Duties that a worker performs at intervals, and how their failures are reported.

use std::time::{Duration, Instant};

use crate::backoff::jittered;
use crate::broker::{Error, Scope};
use crate::worker::Shared;
use crate::worker::event::{Event, Reporter};
use crate::worker::phase::{Phase, Phases};

/// Reports failures of a duty, each cause once, and the first success after them. A cause that comes and goes, such as
/// one key of a wrong type among many queues, is reported once a minute.
#[derive(Clone)]
pub(crate) struct Trouble {
    duty: &'static str,
    reporter: Reporter,
    /// Causes reported in the current series of failures.
    open: Vec<String>,
    /// Causes that were reported, and when.
    past: Vec<(String, Instant)>,
}

/// How long a cause that was reported is not reported again, once the duty has worked in between.
const REPEAT_INTERVAL: Duration = Duration::from_secs(60);

/// Causes that are remembered. An error may name a task, so there is no limit to their number.
const MAX_CAUSES: usize = 16;

impl Trouble {
    pub(crate) fn new(duty: &'static str, reporter: &Reporter) -> Self {
        Self {
            duty,
            reporter: reporter.clone(),
            open: Vec::new(),
            past: Vec::new(),
        }
    }

    /// Records the result of a try, and returns its value.
    pub(crate) fn note<T>(&mut self, result: Result<T, Error>) -> Option<T> {
        let duty = self.duty;
        match result {
            Ok(value) => {
                if !self.open.is_empty() {
                    self.open.clear();
                    self.reporter.report(Event::DutyRecovered { duty });
                }
                Some(value)
            }
            Err(error) => {
                let error = error.to_string();
                if self.is_news(&error) {
                    self.reporter.report(Event::DutyFailed { duty, error });
                }
                None
            }
        }
    }

    fn is_news(&mut self, error: &str) -> bool {
        self.past.retain(|(_, at)| at.elapsed() < REPEAT_INTERVAL);
        let known = self.open.iter().any(|cause| cause == error)
            || self.past.iter().any(|(cause, _)| cause == error);
        if known || self.open.len() >= MAX_CAUSES || self.past.len() >= MAX_CAUSES {
            return false;
        }
        self.open.push(error.to_owned());
        self.past.push((error.to_owned(), Instant::now()));
        true
    }
}

/// The pauses of a duty that is done until the worker reaches a phase.
pub(crate) struct Rhythm {
    phases: Phases,
    end: Phase,
    trouble: Trouble,
    on_failure: Duration,
}

impl Rhythm {
    /// A duty that ends at `end`. Its failures are reported under its name; after one it is tried again
    /// in `on_failure`.
    pub(crate) fn new(
        duty: &'static str,
        shared: &Shared,
        end: Phase,
        on_failure: Duration,
    ) -> Self {
        Self {
            phases: shared.phases.clone(),
            end,
            trouble: Trouble::new(duty, &shared.reporter),
            on_failure,
        }
    }

    /// Pauses for the time that a round has returned, or for the pause after a failure. Returns whether to continue. Pauses vary
    /// by a tenth, so that workers that started together do not stay in step.
    pub(crate) async fn pause(&mut self, round: Result<Duration, Error>) -> bool {
        let pause = self.trouble.note(round).unwrap_or(self.on_failure);
        tokio::select! {
            () = tokio::time::sleep(jittered(pause)) => true,
            () = self.phases.reached(self.end) => false,
        }
    }

    /// There is nothing to do any more, so nothing fails either.
    pub(crate) fn retire(mut self) {
        self.trouble.note(Ok(()));
    }
}

/// A round of a duty over several queues. An error that concerns one queue does not end it.
#[derive(Debug, Default)]
pub(crate) struct Round {
    failed: Option<Error>,
}

impl Round {
    /// Records the result for one queue. `None`: it failed, and the round continues.
    pub(crate) fn part<T>(&mut self, result: Result<T, Error>) -> Result<Option<T>, Error> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(error) => match error.scope() {
                Scope::Everything => Err(error),
                Scope::Queue => {
                    self.failed.get_or_insert(error);
                    Ok(None)
                }
            },
        }
    }

    /// The result of the round: the first error, if there was one.
    pub(crate) fn end<T>(self, value: T) -> Result<T, Error> {
        self.failed.map_or(Ok(value), Err)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[test]
    fn a_cause_that_comes_and_goes_is_reported_once() {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let told = Arc::clone(&seen);
        let reporter = Reporter::new(move |report| told.lock().unwrap().push(report.event.clone()));
        let mut trouble = Trouble::new("claim", &reporter);
        let failure = |what: &str| Err::<(), Error>(Error::Tls(what.to_owned()));
        for _ in 0..100 {
            trouble.note(failure("a"));
            trouble.note(failure("a"));
            trouble.note(Ok(()));
        }
        trouble.note(failure("b"));
        let failed = |what: &str| {
            let error = failure(what).unwrap_err().to_string();
            Event::DutyFailed {
                duty: "claim",
                error,
            }
        };
        let recovered = Event::DutyRecovered { duty: "claim" };
        assert_eq!(*seen.lock().unwrap(), [failed("a"), recovered, failed("b")]);
    }
}
