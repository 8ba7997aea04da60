//! A gate by which a handler keeps tasks away for a while: what it needs is overloaded or broken.
//!
//! Tasks are not claimed while it is closed, so that they hold neither a slot nor a lease, and lose no retries. After that it
//! lets a single task through, as a trial; its outcome decides whether the gate opens.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

/// A gate of one handler. It is open at first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Gate(Arc<Mutex<State>>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum State {
    #[default]
    Open,
    /// Closed until then; after that, one task may pass.
    Until(Instant),
    /// That task is under way.
    Trial,
}

/// Permission to run a task. Dropping it ends the trial, if it is one.
#[derive(Debug)]
pub(crate) struct Pass(Option<Gate>);

impl Gate {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets all tasks through.
    #[cfg(any(test, feature = "cli"))]
    pub(crate) fn open(&self) {
        *self.state() = State::Open;
    }

    /// Keeps tasks away until then, or longer if it is already closed for longer.
    #[cfg(any(test, feature = "cli"))]
    pub(crate) fn close(&self, until: Instant) {
        let mut state = self.state();
        *state = match *state {
            State::Until(other) => State::Until(other.max(until)),
            State::Open | State::Trial => State::Until(until),
        };
    }

    pub(crate) fn is_open(&self) -> bool {
        *self.state() == State::Open
    }

    /// When a task may pass at the earliest, if that is later than now. During a trial nobody knows.
    pub(crate) fn opens_at(&self) -> Option<Instant> {
        match *self.state() {
            State::Until(at) => Some(at),
            State::Open | State::Trial => None,
        }
    }

    /// Lets one task through, if it may pass.
    pub(crate) fn pass(&self) -> Option<Pass> {
        let mut state = self.state();
        match *state {
            State::Open => Some(Pass(None)),
            State::Until(at) if at <= Instant::now() => {
                *state = State::Trial;
                Some(Pass(Some(self.clone())))
            }
            State::Until(_) | State::Trial => None,
        }
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        if let Some(gate) = &self.0 {
            let mut state = gate.state();
            // The task was not run, or its outcome said nothing: the next one may try.
            if *state == State::Trial {
                *state = State::Until(Instant::now());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn one_task_at_a_time_tries_a_gate_that_was_closed() {
        let gate = Gate::default();
        assert!(gate.pass().is_some() && gate.pass().is_some());
        let second = Duration::from_secs(1);
        gate.close(Instant::now() + second);
        gate.close(Instant::now());
        assert!(gate.pass().is_none() && !gate.is_open());
        tokio::time::advance(second).await;
        let trial = gate.pass();
        assert!(trial.is_some() && gate.pass().is_none());
        drop(trial);
        let trial = gate.pass().unwrap();
        gate.close(Instant::now() + second);
        drop(trial);
        assert!(gate.pass().is_none());
        tokio::time::advance(second).await;
        let trial = gate.pass();
        gate.open();
        drop(trial);
        assert!(gate.is_open() && gate.pass().is_some());
    }
}
