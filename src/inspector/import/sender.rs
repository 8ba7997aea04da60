//! Sends batches to Redis, again and again while it does not answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};

use super::lines::{Batch, Line};
use crate::backoff::Backoff;
use crate::broker::{Broker, Enqueued, Error, Sending};
use crate::clock;
use crate::task::NewTask;

/// How long a batch is sent again while Redis does not answer.
pub(crate) const RESEND_LIMIT: Duration = Duration::from_secs(30);

/// Pauses between attempts.
const RESENDS: Backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(2));

pub(super) struct Sender {
    broker: Broker,
    outages: mpsc::Sender<Error>,
    reported: AtomicBool,
}

/// A batch and what came of it.
pub(super) struct Sent {
    pub(super) lines: Vec<Line>,
    /// One for each line that is a task.
    pub(super) outcomes: Vec<Result<Enqueued, Error>>,
    /// The last line that is done with this batch.
    pub(super) through: u64,
}

impl Sender {
    /// `outages` gets the first error that made a batch be sent again.
    pub(super) const fn new(broker: Broker, outages: mpsc::Sender<Error>) -> Self {
        Self {
            broker,
            outages,
            reported: AtomicBool::new(false),
        }
    }

    pub(super) async fn send(self: Arc<Self>, batch: Batch) -> Sent {
        let now = clock::now();
        let ours: Vec<bool> = batch
            .lines
            .iter()
            .filter_map(|line| line.id_is_ours.clone().ok())
            .collect();
        let mut outcomes = self
            .broker
            .enqueue_many(&batch.tasks, Sending::First, now)
            .await;
        let give_up = Instant::now() + RESEND_LIMIT;
        let mut backoff = RESENDS;
        while let Some(error) = first_passing(&outcomes) {
            if Instant::now() >= give_up {
                break;
            }
            if !self.reported.swap(true, Ordering::Relaxed) {
                // Nobody listens any more only when the import is over.
                self.outages.try_send(error.clone()).ok();
            }
            sleep(backoff.next()).await;
            self.send_again(&batch.tasks, &ours, &mut outcomes, now)
                .await;
        }
        Sent {
            lines: batch.lines,
            outcomes,
            through: batch.through,
        }
    }

    /// Sends once more what got no answer.
    async fn send_again(
        &self,
        tasks: &[NewTask],
        ours: &[bool],
        outcomes: &mut [Result<Enqueued, Error>],
        now: DateTime<Utc>,
    ) {
        let open: Vec<usize> = (0..tasks.len())
            .filter(|&at| outcomes[at].as_ref().is_err_and(Error::passing))
            .collect();
        let again: Vec<NewTask> = open.iter().map(|&at| tasks[at].clone()).collect();
        let answers = self.broker.enqueue_many(&again, Sending::Again, now).await;
        for (at, answer) in open.into_iter().zip(answers) {
            outcomes[at] = match answer {
                // The first attempt stored it and a worker has changed its message since: a random id of
                // ours can be nobody else's.
                Err(Error::IdTaken { .. }) if ours[at] => {
                    Ok(Enqueued::sent_before(&tasks[at], now))
                }
                answer => answer,
            };
        }
    }
}

fn first_passing(outcomes: &[Result<Enqueued, Error>]) -> Option<&Error> {
    let mut errors = outcomes.iter().filter_map(|outcome| outcome.as_ref().err());
    errors.find(|error| error.passing())
}
