//! Cancellation: ids are published to every server. Only those that listen at that moment receive them.

use crate::broker::conn::Subscription;
use crate::broker::{Broker, Error, keys};
use crate::task::TaskId;

/// The ids that operators ask to be cancelled, from now on.
#[derive(Debug)]
pub struct Cancellations(Subscription);

impl Cancellations {
    /// The next id; `None` when the connection is gone.
    pub async fn next(&mut self) -> Option<String> {
        self.0.next().await
    }
}

impl Broker {
    /// Asks every server that runs a task with this id, in whatever queue, to stop it. Returns how many
    /// servers listen; whether one of them runs it is not known. As in Asynq, 0 is no error.
    pub async fn cancel(&self, id: &TaskId) -> Result<u64, Error> {
        self.conn.publish(keys::CANCEL_CHANNEL, id.as_str()).await
    }

    /// Listens for cancellations, over a connection of its own.
    pub async fn cancellations(&self) -> Result<Cancellations, Error> {
        Ok(Cancellations(
            self.conn.subscribe(keys::CANCEL_CHANNEL).await?,
        ))
    }
}
