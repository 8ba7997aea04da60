//! The rhythm of duties that are done again and again, and what is said when they fail.

use std::time::Duration;

use crate::backoff::{Outage, jittered};
use crate::broker::{Error, Scope};
use crate::worker::Shared;
use crate::worker::event::{Event, Reporter};
use crate::worker::phase::{Phase, Phases};

/// Reports the first of a row of failures and the first success after it, so that Redis being away is
/// two lines and not thousands.
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

    /// Notes how a try went and passes its value on.
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

/// The rhythm of a duty that is done again and again until the worker reaches a phase.
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

    /// Takes how a round went and how long to pause after it, and pauses. Returns whether to go on.
    /// Pauses vary by a tenth, so that workers that started together do not go on together.
    pub(crate) async fn rest(&mut self, round: Result<Duration, Error>) -> bool {
        let pause = self.trouble.note(round).unwrap_or(self.on_failure);
        tokio::select! {
            () = tokio::time::sleep(jittered(pause)) => true,
            () = self.phases.reached(self.end) => false,
        }
    }
}

/// A round of a duty over several queues. An error of one queue holds up no other; one that is the same
/// for all of them ends the round.
#[derive(Debug, Default)]
pub(crate) struct Round {
    failed: Option<Error>,
}

impl Round {
    /// Takes how it went for one queue. `None`: it failed, and others need not.
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

    /// How it went for all of them.
    pub(crate) fn end<T>(self, value: T) -> Result<T, Error> {
        self.failed.map_or(Ok(value), Err)
    }
}
