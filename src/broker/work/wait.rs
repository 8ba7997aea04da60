//! Waits in Redis until a queue has something to be claimed.

use std::time::Duration;

use crate::broker::conn::Conn;
use crate::broker::keys::QueueKeys;
use crate::broker::{Broker, Error};
use crate::task::QueueName;

/// How long one wait lasts at most: long enough to cost nothing, short enough to notice a dead connection.
const MAX_WAIT: Duration = Duration::from_secs(5);

/// Waits for tasks of one queue, on a connection of its own that nothing else is sent over.
#[derive(Debug)]
pub struct Waiter {
    conn: Conn,
    key: String,
}

impl Broker {
    /// Prepares to wait for tasks of a queue.
    pub fn waiter(&self, queue: &QueueName) -> Waiter {
        Waiter {
            conn: self.conn.patient(MAX_WAIT),
            key: QueueKeys::new(queue).pending(),
        }
    }

    /// Whether a queue is paused.
    pub async fn is_paused(&self, queue: &QueueName) -> Result<bool, Error> {
        let mut exists = redis::cmd("EXISTS");
        exists.arg(QueueKeys::new(queue).paused());
        self.conn.command(&exists).await
    }
}

impl Waiter {
    /// Returns as soon as a task is pending, or after some seconds, and says which.
    ///
    /// The last element of the list is moved to where it is: that leaves everything as it was, but Redis
    /// lets a client wait for it.
    pub async fn pending(&self) -> Result<bool, Error> {
        let mut wait = redis::cmd("BLMOVE");
        wait.arg(&self.key)
            .arg(&self.key)
            .arg("RIGHT")
            .arg("RIGHT")
            .arg(MAX_WAIT.as_secs());
        let id: Option<Vec<u8>> = self.conn.command(&wait).await?;
        Ok(id.is_some())
    }
}
