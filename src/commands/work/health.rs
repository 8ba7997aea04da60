//! Whether the worker does its work: what `/readyz` and the service manager hear.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::worker::event::{Event, Phase, Report};

/// What is known of it from events.
#[derive(Default)]
pub(super) struct Health(Mutex<State>);

#[derive(Default)]
struct State {
    is_ready: bool,
    is_stopping: bool,
    failing: BTreeSet<&'static str>,
}

impl Health {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn observe(&self, report: &Report) {
        let mut state = self.state();
        let event = &report.event;
        if let Event::Phase(phase) = event {
            state.is_stopping = *phase > Phase::Running;
        } else if let Event::DutyFailed { duty, .. } = event {
            state.failing.insert(duty);
        } else if let Event::DutyRecovered { duty } = event {
            state.failing.remove(duty);
        } else if *event == Event::Ready {
            state.is_ready = true;
        }
    }

    /// Why it takes no tasks, if it does not.
    pub(super) fn trouble(&self) -> Option<String> {
        let state = self.state();
        if state.is_stopping {
            return Some("it is stopping".to_owned());
        }
        if !state.is_ready {
            return Some("Redis has not answered yet".to_owned());
        }
        let failing: Vec<&str> = state.failing.iter().copied().collect();
        (!failing.is_empty()).then(|| format!("these fail: {}", failing.join(", ")))
    }
}
