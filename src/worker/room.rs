//! How many attempts a handler can run now.

use std::sync::OnceLock;

use super::gate::Gate;
use super::seats::{Seat, Seats};

/// The room of one handler.
#[derive(Debug, Default)]
pub(crate) struct Room {
    /// Closed while the handler takes no tasks.
    pub(crate) gate: Gate,
    /// For how many attempts there is room, if that is fewer than the worker has slots. Known once the handler has started.
    limit: OnceLock<usize>,
    running: Seats,
}

impl Room {
    pub(crate) fn new(gate: Gate) -> Self {
        Self {
            gate,
            ..Self::default()
        }
    }

    /// Sets the limit.
    pub(crate) fn narrow(&self, limit: usize) {
        self.limit.get_or_init(|| limit);
    }

    pub(crate) fn is_limited(&self) -> bool {
        self.limit.get().is_some()
    }

    pub(crate) fn has_free(&self) -> bool {
        let below = |limit: &usize| self.running.taken() < *limit;
        self.limit.get().is_none_or(below)
    }

    /// Room for an attempt, if there is some.
    pub(crate) fn take(&self) -> Option<Seat> {
        self.running.take(self.limit.get().copied())
    }

    /// Room for the attempt of a task that is claimed already.
    pub(crate) fn take_beyond(&self) -> Option<Seat> {
        self.running.take(None)
    }
}
