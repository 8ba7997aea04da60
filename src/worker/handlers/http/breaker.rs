//! Keeps tasks away from an endpoint that fails, by the gate of its handler.
//!
//! The gate closes when the endpoint has failed several times in a row, or says itself that it is busy. When the time is
//! over, one task tries; if it fails too, the gate closes for twice as long.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::worker::event::{Event, Reporter};
use crate::worker::gate::Gate;

/// When the gate closes, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BreakerSettings {
    /// How many failures in a row close the gate; 0: none do.
    pub(crate) failures: u32,
    /// For how long at first.
    pub(crate) min: Duration,
    /// For how long at most.
    pub(crate) max: Duration,
}

impl Default for BreakerSettings {
    fn default() -> Self {
        Self {
            failures: 5,
            min: Duration::from_secs(1),
            max: Duration::from_secs(60),
        }
    }
}

pub(crate) struct Breaker {
    settings: BreakerSettings,
    gate: Gate,
    /// The pattern of the handler, for reports.
    pattern: String,
    reporter: Reporter,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// In a row, while the gate is open.
    failures: u32,
    closed: Option<Closed>,
}

/// The gate is closed, or a task tries.
#[derive(Clone, Copy)]
struct Closed {
    until: Instant,
    /// For how long the next closing lasts, if the endpoint does not say.
    next: Duration,
}

impl Breaker {
    pub(crate) fn new(
        settings: BreakerSettings,
        gate: Gate,
        pattern: String,
        reporter: Reporter,
    ) -> Self {
        Self {
            settings,
            gate,
            pattern,
            reporter,
            state: Mutex::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The endpoint works, as an attempt shows that began then.
    pub(super) fn works(&self, begun: Instant) {
        let mut state = self.state();
        if state.closed.is_some_and(|closed| begun < closed.until) {
            return;
        }
        let was_closed = std::mem::take(&mut *state).closed.is_some();
        if was_closed {
            self.gate.open();
            let pattern = self.pattern.clone();
            self.reporter.report(Event::HandlerResumed { pattern });
        }
    }

    /// The endpoint fails, as an attempt shows that began then.
    pub(super) fn fails(&self, begun: Instant, reason: &str) {
        let mut state = self.state();
        match state.closed {
            // The attempt began before the gate closed: it says nothing new.
            Some(closed) if begun < closed.until => {}
            Some(closed) => self.close(&mut state, closed.next, reason),
            None => {
                state.failures = state.failures.saturating_add(1);
                if state.failures == self.settings.failures {
                    self.close(&mut state, self.settings.min, reason);
                }
            }
        }
    }

    /// The endpoint takes no tasks for a while, as an attempt shows that began then. Returns when to try again.
    pub(super) fn is_busy(
        &self,
        begun: Instant,
        retry_after: Option<Duration>,
        reason: &str,
    ) -> Duration {
        let mut state = self.state();
        let BreakerSettings { min, max, .. } = self.settings;
        let next = state.closed.map_or(min, |closed| closed.next);
        let pause = retry_after.map_or(next, |after| after.max(min).min(max));
        match &mut state.closed {
            Some(closed) if begun < closed.until => {
                if retry_after.is_some() {
                    closed.until = closed.until.max(Instant::now() + pause);
                    self.gate.close(closed.until);
                }
            }
            Some(_) | None => self.close(&mut state, pause, reason),
        }
        let left = state.closed.map_or(Duration::ZERO, |closed| {
            closed.until.saturating_duration_since(Instant::now())
        });
        retry_after.map_or(left, |after| after.max(left))
    }

    fn close(&self, state: &mut State, pause: Duration, reason: &str) {
        let until = Instant::now() + pause;
        let doubled = pause.max(self.settings.min).saturating_mul(2);
        state.closed = Some(Closed {
            until,
            next: doubled.min(self.settings.max),
        });
        self.gate.close(until);
        self.reporter.report(Event::HandlerPaused {
            pattern: self.pattern.clone(),
            pause,
            reason: reason.to_owned(),
        });
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    struct Bench {
        breaker: Breaker,
        gate: Gate,
        events: Arc<Mutex<Vec<String>>>,
    }

    fn bench(failures: u32) -> Bench {
        let gate = Gate::default();
        let events: Arc<Mutex<Vec<String>>> = Arc::default();
        let told = Arc::clone(&events);
        let reporter = Reporter::new(move |report| {
            told.lock().unwrap().push(match &report.event {
                Event::HandlerPaused { pause, reason, .. } => {
                    format!("{}s: {reason}", pause.as_secs())
                }
                Event::HandlerResumed { .. } => "resumed".to_owned(),
                other => panic!("{other:?}"),
            });
        });
        let settings = BreakerSettings {
            failures,
            min: SECOND,
            max: 5 * SECOND,
        };
        let breaker = Breaker::new(settings, gate.clone(), "t".to_owned(), reporter);
        Bench {
            breaker,
            gate,
            events,
        }
    }

    impl Bench {
        fn events(&self) -> Vec<String> {
            std::mem::take(&mut self.events.lock().unwrap())
        }

        fn fail(&self) {
            self.breaker.fails(Instant::now(), "boom");
        }

        /// Lets the time of the closing pass, and a task through.
        async fn trial(&self, pause: Duration) -> Instant {
            let early = Duration::from_millis(1);
            tokio::time::advance(pause.saturating_sub(early)).await;
            assert!(self.gate.pass().is_none());
            tokio::time::advance(early).await;
            // The attempt holds its pass to the end, so this one is forgotten rather than dropped.
            std::mem::forget(self.gate.pass().unwrap());
            assert!(self.gate.pass().is_none());
            Instant::now()
        }
    }

    #[tokio::test(start_paused = true)]
    async fn failures_in_a_row_close_the_gate_for_longer_and_longer() {
        let bench = bench(3);
        bench.fail();
        bench.fail();
        bench.breaker.works(Instant::now());
        bench.fail();
        bench.fail();
        assert!(bench.gate.is_open() && bench.events().is_empty());
        let before = Instant::now();
        bench.fail();
        assert_eq!(bench.events(), ["1s: boom"]);
        for (pause, next) in [(1, 2), (2, 4), (4, 5), (5, 5)] {
            // Attempts from before the closing say nothing.
            bench.breaker.fails(before, "old");
            bench.breaker.works(before);
            assert!(bench.events().is_empty() && !bench.gate.is_open());
            let begun = bench.trial(pause * SECOND).await;
            bench.breaker.fails(begun, "again");
            assert_eq!(bench.events(), [format!("{next}s: again")]);
        }
        let begun = bench.trial(5 * SECOND).await;
        bench.breaker.works(before);
        assert!(!bench.gate.is_open());
        bench.breaker.works(begun);
        assert!(bench.gate.is_open());
        assert_eq!(bench.events(), ["resumed"]);
        bench.fail();
        bench.fail();
        assert!(bench.gate.is_open());
        bench.fail();
        assert_eq!(bench.events(), ["1s: boom"]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_busy_endpoint_closes_the_gate_at_once_for_as_long_as_it_says() {
        let bench = bench(3);
        let begun = Instant::now();
        let busy = |begun, seconds: Option<u32>| {
            let after = seconds.map(|seconds| seconds * SECOND);
            bench.breaker.is_busy(begun, after, "busy")
        };
        assert_eq!(busy(begun, Some(2)), 2 * SECOND);
        assert_eq!(bench.events(), ["2s: busy"]);
        // Others that were under way: they come back when the gate opens, and are no news.
        assert_eq!(busy(begun, None), 2 * SECOND);
        assert_eq!(busy(begun, Some(1)), 2 * SECOND);
        assert_eq!(busy(begun, Some(3)), 3 * SECOND);
        assert!(bench.events().is_empty());
        let trial = bench.trial(3 * SECOND).await;
        assert_eq!(busy(trial, None), 4 * SECOND);
        // The gate has a limit, the task waits for as long as it must.
        let trial = bench.trial(4 * SECOND).await;
        assert_eq!(busy(trial, Some(60)), 60 * SECOND);
        let trial = bench.trial(5 * SECOND).await;
        assert_eq!(busy(trial, Some(0)), SECOND);
        assert_eq!(bench.events(), ["4s: busy", "5s: busy", "1s: busy"]);
        let trial = bench.trial(SECOND).await;
        bench.breaker.works(trial);
        assert!(bench.gate.is_open());
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_limit_no_number_of_failures_closes_the_gate() {
        let bench = bench(0);
        (0..1000).for_each(|_| bench.fail());
        assert!(bench.gate.is_open() && bench.events().is_empty());
    }
}
