//! Futures that run beside the worker until it waits for the last one.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::task::JoinSet;

/// Those that have been spawned.
#[derive(Debug, Default)]
pub(crate) struct Spawned(Mutex<JoinSet<()>>);

impl Spawned {
    fn lock(&self) -> MutexGuard<'_, JoinSet<()>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn spawn(&self, future: impl Future<Output = ()> + Send + 'static) {
        let mut set = self.lock();
        // Those that have ended are removed here; nobody else waits for them before the end.
        while set.try_join_next().is_some() {}
        set.spawn(future);
    }

    pub(crate) fn take(&self) -> JoinSet<()> {
        std::mem::take(&mut *self.lock())
    }
}
