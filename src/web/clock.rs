//! Redis's clock, read again and again: Redis may be away at first, or have been replaced.

use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::interval;

use crate::inspector::Inspector;

/// How often it is read.
const INTERVAL: Duration = Duration::from_secs(30);

/// The task that reads it, until this is dropped.
#[derive(Debug)]
pub(super) struct Timekeeper(JoinHandle<()>);

impl Timekeeper {
    /// Starts the task, within a Tokio runtime.
    pub(super) fn start(inspector: Inspector) -> Self {
        Self(tokio::spawn(async move {
            let mut ticks = interval(INTERVAL);
            loop {
                ticks.tick().await;
                // The page shows what is wrong.
                drop(inspector.ping().await);
            }
        }))
    }
}

impl Drop for Timekeeper {
    fn drop(&mut self) {
        self.0.abort();
    }
}
