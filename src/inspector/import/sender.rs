//! Sends batches to Redis, and sends them again while it does not answer.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use tokio::sync::mpsc;

use super::lines::{Batch, Line};
use super::patience::Patience;
use super::store::{Placed, Store};
use crate::broker::Error;

pub(super) struct Sender<S> {
    pub(super) store: Arc<S>,
    outages: mpsc::Sender<Error>,
    reported: AtomicBool,
}

/// A batch and the outcomes of its tasks.
pub(super) struct Sent<S: Store> {
    pub(super) lines: Vec<Line>,
    /// Those of the lines that are tasks.
    pub(super) tasks: Vec<S::Task>,
    /// One for each task.
    pub(super) outcomes: Vec<Result<Placed, Error>>,
    /// How many lines of the input are done with this batch.
    pub(super) through: u64,
}

impl<S: Store> Sender<S> {
    /// `outages` receives the first error after which a batch is sent again.
    pub(super) fn new(store: S, outages: mpsc::Sender<Error>) -> Self {
        Self {
            store: Arc::new(store),
            outages,
            reported: AtomicBool::new(false),
        }
    }

    pub(super) async fn send(self: Arc<Self>, batch: Batch<S>) -> Sent<S> {
        let patience = Patience::new(&self.outages, &self.reported);
        Sent {
            outcomes: self.store.store(&batch.tasks, patience).await,
            tasks: batch.tasks,
            lines: batch.lines,
            through: batch.through,
        }
    }
}
