//! A handler with what belongs to it for as long as it runs, whichever routes lead to it meanwhile.

use std::sync::{Arc, OnceLock};

use tokio::sync::watch;

use crate::worker::gate::Gate;
use crate::worker::handlers::Handler;
use crate::worker::seats::{Seat, Seats};

/// A handler. Routes and attempts share it.
pub(crate) struct Runner {
    /// Absent: its tasks are completed without running anything.
    handler: Option<Arc<dyn Handler>>,
    /// Closed while the handler takes no tasks.
    pub(crate) gate: Gate,
    /// How many attempts it has room for, if that is fewer than the worker has slots. Known once it has started.
    room: OnceLock<usize>,
    running: Seats,
    /// Dropped with the last route and the last attempt.
    in_use: watch::Sender<()>,
}

impl std::fmt::Debug for Runner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Runner").finish_non_exhaustive()
    }
}

impl Runner {
    pub(crate) fn new(handler: impl Handler, gate: Gate) -> Self {
        Self {
            handler: Some(Arc::new(handler)),
            gate,
            ..Self::discard()
        }
    }

    /// Completes tasks without running anything.
    pub(crate) fn discard() -> Self {
        Self {
            handler: None,
            gate: Gate::default(),
            room: OnceLock::new(),
            running: Seats::default(),
            in_use: watch::Sender::new(()),
        }
    }

    pub(crate) fn handler(&self) -> Option<&dyn Handler> {
        self.handler.as_deref()
    }

    /// Starts the handler of a worker with so many slots.
    pub(crate) async fn start(&self, slots: usize) -> Result<(), String> {
        let Some(handler) = self.handler() else {
            return Ok(());
        };
        handler.start().await?;
        if let Some(room) = handler.room().filter(|room| *room < slots) {
            self.room.get_or_init(|| room);
        }
        Ok(())
    }

    pub(crate) async fn stop(&self) {
        if let Some(handler) = self.handler() {
            handler.stop().await;
        }
    }

    /// Stops the handler once its last attempt has ended and no route leads to it.
    pub(crate) async fn retire(self: Arc<Self>) {
        let handler = self.handler.clone();
        let mut in_use = self.in_use.subscribe();
        drop(self);
        while in_use.changed().await.is_ok() {}
        if let Some(handler) = handler {
            handler.stop().await;
        }
    }

    /// Whether it has room for fewer tasks than the worker has slots.
    pub(crate) fn is_limited(&self) -> bool {
        self.room.get().is_some()
    }

    pub(crate) fn has_free(&self) -> bool {
        self.room
            .get()
            .is_none_or(|room| self.running.taken() < *room)
    }

    /// Room for an attempt, if there is some.
    pub(crate) fn take(&self) -> Option<Seat> {
        self.running.take(self.room.get().copied())
    }

    /// Room for the attempt of a task that is claimed already.
    pub(crate) fn take_beyond(&self) -> Option<Seat> {
        self.running.take(None)
    }
}
