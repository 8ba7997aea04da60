//! A handler with what belongs to it for as long as it runs, whichever routes lead to it meanwhile.

use std::sync::Arc;

use tokio::sync::watch;

use crate::worker::gate::Gate;
use crate::worker::handlers::Handler;
use crate::worker::room::Room;

/// A handler. Routes and attempts share it.
pub(crate) struct Runner {
    /// Absent: its tasks are completed without running anything.
    handler: Option<Arc<dyn Handler>>,
    pub(crate) room: Arc<Room>,
    /// Dropped with the last route and the last attempt.
    in_use: watch::Sender<()>,
}

impl Runner {
    /// The gate is the one that the handler closes while it takes no tasks.
    pub(crate) fn new(handler: impl Handler, gate: Gate) -> Self {
        Self {
            handler: Some(Arc::new(handler)),
            room: Arc::new(Room::new(gate)),
            ..Self::discard()
        }
    }

    /// Completes tasks without running anything.
    pub(crate) fn discard() -> Self {
        Self {
            handler: None,
            room: Arc::default(),
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
            self.room.narrow(room);
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
}
