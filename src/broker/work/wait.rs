//! Waits in Redis until a queue has a pending task.

use std::time::Duration;

use crate::broker::conn::Conn;
use crate::broker::keys::QueueKeys;
use crate::broker::{Broker, Error};
use crate::task::QueueName;

/// The longest wait: long enough to cost nothing, short enough to notice a dead connection.
const MAX_WAIT: Duration = Duration::from_secs(5);

/// Waits for tasks of one queue, on a connection of its own.
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
    /// Returns true as soon as a task is pending, or false after a few seconds.
    ///
    /// `BLMOVE` moves the last element of the list to its own place: this changes nothing, but it blocks while the list is
    /// empty.
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
