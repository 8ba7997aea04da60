//! Sends batches to Redis, and sends them again while it does not answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::mpsc;
use tokio::time::sleep;

use super::lines::{Batch, Line};
use crate::broker::{Broker, Enqueued, Error};
use crate::inspector::resends::{RESEND_LIMIT, Resends};
use crate::task::NewTask;

pub(super) struct Sender {
    broker: Broker,
    outages: mpsc::Sender<Error>,
    reported: AtomicBool,
}

/// A batch and the outcomes of its tasks.
pub(super) struct Sent {
    pub(super) lines: Vec<Line>,
    /// Those of the lines that are tasks.
    pub(super) tasks: Vec<NewTask>,
    /// One for each task.
    pub(super) outcomes: Vec<Result<Enqueued, Error>>,
    /// How many lines of the input are done with this batch.
    pub(super) through: u64,
}

impl Sender {
    /// `outages` receives the first error after which a batch is sent again.
    pub(super) const fn new(broker: Broker, outages: mpsc::Sender<Error>) -> Self {
        Self {
            broker,
            outages,
            reported: AtomicBool::new(false),
        }
    }

    pub(super) async fn send(self: Arc<Self>, batch: Batch) -> Sent {
        let mut submission = self.broker.submission(&batch.tasks, self.broker.now());
        self.broker.submit(&mut submission).await;
        let mut resends = Resends::within(RESEND_LIMIT);
        while let Some(error) = submission.unanswered() {
            let Some(pause) = resends.next() else { break };
            if !self.reported.swap(true, Ordering::Relaxed) {
                // The receiver is dropped with the import.
                self.outages.try_send(error.clone()).ok();
            }
            sleep(pause).await;
            self.broker.submit(&mut submission).await;
        }
        Sent {
            outcomes: submission.into_outcomes(),
            tasks: batch.tasks,
            lines: batch.lines,
            through: batch.through,
        }
    }
}
