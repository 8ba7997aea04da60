//! Pauses and resumes queues.

use chrono::{DateTime, Utc};

use crate::broker::keys::QueueKeys;
use crate::broker::{Broker, Error, script};
use crate::task::QueueName;

impl Broker {
    /// Pauses a queue; returns false if it was paused before.
    pub async fn pause(&self, queue: &QueueName, now: DateTime<Utc>) -> Result<bool, Error> {
        // Otherwise lists would not show that a queue is paused whose tasks are still to come.
        self.register(queue).await?;
        script::PAUSE
            .on(&[QueueKeys::new(queue).paused()])
            .arg(now.timestamp())
            .run(&self.conn)
            .await
    }

    /// Resumes a queue; returns whether it was paused.
    pub async fn resume(&self, queue: &QueueName) -> Result<bool, Error> {
        self.conn
            .command(redis::cmd("DEL").arg(QueueKeys::new(queue).paused()))
            .await
    }
}
