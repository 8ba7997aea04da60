//! Looks up uniqueness locks.

use std::time::Duration;

use crate::broker::keys::QueueKeys;
use crate::broker::{Broker, Error};
use crate::task::{NewTask, TaskId};

/// A uniqueness lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lock {
    /// Its Redis key.
    pub key: String,
    /// The id of the task that took it.
    pub holder: TaskId,
    /// Absent if it never expires.
    pub expires_in: Option<Duration>,
}

impl Broker {
    /// The lock that a unique task needs, if it is held.
    pub async fn lock_against(&self, task: &NewTask) -> Result<Option<Lock>, Error> {
        let keys = QueueKeys::new(&task.options.queue);
        let key = keys.unique(task.kind.as_str(), task.payload.as_deref());
        let mut read = redis::pipe();
        read.get(&key).pttl(&key);
        let (holder, left): (Option<Vec<u8>>, i64) = self.conn.pipeline(&read).await?;
        Ok(holder.map(|holder| Lock {
            key,
            holder: TaskId::from_stored(holder),
            expires_in: u64::try_from(left).ok().map(Duration::from_millis),
        }))
    }
}
