//! What keeps queues from being drained.

use std::fmt;

use crate::broker::records::QueueStats;
use crate::task::{QueueName, State};

/// The states of tasks that will still run, and how a sentence says that tasks are in them.
const TO_RUN: [(State, &str); 5] = [
    (State::Active, "active"),
    (State::Pending, "pending"),
    (State::Scheduled, "scheduled"),
    (State::Retry, "in retry"),
    (State::Aggregating, "in groups"),
];

/// Tasks that will still run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Left {
    /// How many are in which state, of those that hold any.
    counts: Vec<(&'static str, u64)>,
    /// The queues that hold them and are paused.
    paused: Vec<QueueName>,
}

impl Left {
    /// What is left in these queues, if anything is.
    pub(super) fn of(queues: &[QueueStats]) -> Option<Self> {
        let count = |queue: &QueueStats, state| queue.counts.get(&state).copied().unwrap_or(0);
        let sum = |state| queues.iter().map(|queue| count(queue, state)).sum();
        let counts = TO_RUN.map(|(state, words)| (words, sum(state)));
        let counts: Vec<_> = counts.into_iter().filter(|(_, tasks)| *tasks > 0).collect();
        let waits = |queue: &&QueueStats| {
            queue.paused && TO_RUN.iter().any(|(state, _)| count(queue, *state) > 0)
        };
        let paused = queues.iter().filter(waits);
        let paused = paused.map(|queue| queue.queue.clone()).collect();
        (!counts.is_empty()).then_some(Self { counts, paused })
    }
}

impl fmt::Display for Left {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = self.counts.iter();
        let counts: Vec<String> = counts
            .map(|(state, tasks)| format!("{tasks} {state}"))
            .collect();
        f.write_str(&counts.join(", "))?;
        match self.paused.as_slice() {
            [] => Ok(()),
            [queue] => write!(f, "; queue {:?} is paused", queue.as_str()),
            [first, more @ ..] => {
                let more = more.len();
                write!(f, "; queue {:?} and {more} more are paused", first.as_str())
            }
        }
    }
}
