//! Duties that are done at intervals, and how their failures are reported.

use std::time::Duration;

use crate::backoff::{Outage, jittered};
use crate::broker::{Error, Scope};
use crate::worker::Shared;
use crate::worker::event::{Event, Reporter};
use crate::worker::phase::{Phase, Phases};

/// Reports the first of a row of failures and the first success after it, so that a Redis that cannot be
/// reached causes two lines of log and not thousands.
#[derive(Clone)]
pub(crate) struct Trouble {
    duty: &'static str,
    reporter: Reporter,
    outage: Outage,
}

impl Trouble {
    pub(crate) fn new(duty: &'static str, reporter: &Reporter) -> Self {
        Self {
            duty,
            reporter: reporter.clone(),
            outage: Outage::default(),
        }
    }

    /// Takes the result of a try, and returns its value.
    pub(crate) fn note<T>(&mut self, result: Result<T, Error>) -> Option<T> {
        let duty = self.duty;
        match result {
            Ok(value) => {
                if self.outage.ends() {
                    self.reporter.report(Event::Better { duty });
                }
                Some(value)
            }
            Err(error) => {
                if self.outage.begins() {
                    let error = error.to_string();
                    self.reporter.report(Event::Trouble { duty, error });
                }
                None
            }
        }
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

    /// Pauses for as long as a round has returned, or for the pause after a failure. Returns whether to go on.
    /// Pauses vary by a tenth, so that workers that started together do not stay in step.
    pub(crate) async fn pause(&mut self, round: Result<Duration, Error>) -> bool {
        let pause = self.trouble.note(round).unwrap_or(self.on_failure);
        tokio::select! {
            () = tokio::time::sleep(jittered(pause)) => true,
            () = self.phases.reached(self.end) => false,
        }
    }
}

/// A round of a duty over several queues. An error of one queue does not end it; an error of all of them does.
#[derive(Debug, Default)]
pub(crate) struct Round {
    failed: Option<Error>,
}

impl Round {
    /// Takes the result for one queue. `None`: it failed, and the round goes on.
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

    /// The result of the round: its first error, if there was one.
    pub(crate) fn end<T>(self, value: T) -> Result<T, Error> {
        self.failed.map_or(Ok(value), Err)
    }
}
