//! Cancellation: ids are published to every server. Only those that listen at that moment receive them.

use crate::broker::conn::Subscription;
use crate::broker::{Broker, Error, keys};
use crate::task::TaskId;

/// A subscription to the ids of tasks to be cancelled.
#[derive(Debug)]
pub struct Cancellations(Subscription);

impl Cancellations {
    /// The next id; `None` when the connection breaks.
    pub async fn next(&mut self) -> Option<String> {
        self.0.next().await
    }
}

impl Broker {
    /// Asks every server to stop its task with this id, in any queue: the message does not name a queue. Returns how many
    /// servers listen, whether or not one of them runs the task; `None` if they cannot be counted. As in Asynq, 0 is not an
    /// error.
    pub async fn cancel(&self, id: &TaskId) -> Result<Option<u64>, Error> {
        self.conn.publish(keys::CANCEL_CHANNEL, id.as_str()).await
    }

    /// Subscribes to cancellations, over a connection of its own.
    pub async fn cancellations(&self) -> Result<Cancellations, Error> {
        Ok(Cancellations(
            self.conn.subscribe(keys::CANCEL_CHANNEL).await?,
        ))
    }
}
