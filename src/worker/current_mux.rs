//! The mux of a worker, which can be replaced while tasks run: each ends with the handler that it began with.

use std::sync::Arc;

use tokio::sync::{SetOnce, watch};

use super::Mux;
use super::handlers::NotStarted;
use super::spawned::Spawned;

/// Leads to the mux that new tasks get.
#[derive(Clone)]
pub struct CurrentMux(Arc<State>);

struct State {
    mux: watch::Sender<Arc<Mux>>,
    /// Of the worker.
    slots: usize,
    started: SetOnce<()>,
    /// Handlers that are stopped once their last attempt has ended.
    retiring: Spawned,
}

impl CurrentMux {
    pub(crate) fn new(mux: Mux, slots: usize) -> Self {
        Self(Arc::new(State {
            mux: watch::Sender::new(Arc::new(mux)),
            slots,
            started: SetOnce::new(),
            retiring: Spawned::default(),
        }))
    }

    /// The mux of tasks that begin now. Whoever keeps it keeps handlers from ending that are replaced.
    pub fn get(&self) -> Arc<Mux> {
        Arc::clone(&self.0.mux.borrow())
    }

    /// Notices when the mux is replaced.
    pub(crate) fn changes(&self) -> watch::Receiver<Arc<Mux>> {
        self.0.mux.subscribe()
    }

    pub(crate) async fn start(&self) -> Result<(), NotStarted> {
        self.get().start(&Mux::default(), self.0.slots).await?;
        self.0.started.set(()).ok();
        Ok(())
    }

    /// Lets new tasks have another mux, which must be a [`successor`](Mux::successor) of the current one. Handlers that both
    /// have go on. If this is dropped before it ends, nothing is replaced.
    ///
    /// # Errors
    /// A new handler could not start, so nothing is replaced.
    pub async fn replace(&self, next: Mux) -> Result<(), NotStarted> {
        self.0.started.wait().await;
        let former = self.get();
        next.start(&former, self.0.slots).await?;
        let next = Arc::new(next);
        self.0.mux.send_replace(Arc::clone(&next));
        for runner in former.replaced_by(&next) {
            self.0.retiring.spawn(runner.retire());
        }
        Ok(())
    }

    /// Stops all handlers. No attempt is running.
    pub(crate) async fn stop(&self) {
        self.get().stop().await;
        self.0.retiring.take().join_all().await;
    }
}
