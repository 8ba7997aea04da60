//! Looks up what keeps tasks from being enqueued: uniqueness locks, and tasks with the same ids.

use std::time::Duration;

use redis::RedisResult;

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

    /// For each of these tasks that were refused, whether another task is the reason: not a key of another program, and not
    /// a lock that the end of its task has left behind.
    pub(crate) async fn tasks_in_the_way(
        &self,
        refused: &[(&NewTask, Error)],
    ) -> Result<Vec<bool>, Error> {
        let holders = self.lock_holders(refused).await?;
        let mut read = redis::pipe();
        for ((task, _), holder) in refused.iter().zip(holders) {
            let id = holder.as_ref().unwrap_or(&task.id);
            read.hexists(QueueKeys::new(&task.options.queue).task(id), "msg");
        }
        // A key of another type is no task.
        read.ignore_errors();
        let stored: Vec<RedisResult<bool>> = self.conn.pipeline(&read).await?;
        Ok(stored.into_iter().map(Result::unwrap_or_default).collect())
    }

    /// Who holds the locks of these tasks; `None` for those that were not refused because of a lock.
    async fn lock_holders(
        &self,
        refused: &[(&NewTask, Error)],
    ) -> Result<Vec<Option<TaskId>>, Error> {
        let by_lock = |error: &Error| matches!(error, Error::Duplicate { .. });
        let mut read = redis::pipe();
        for (task, _) in refused.iter().filter(|(_, error)| by_lock(error)) {
            let keys = QueueKeys::new(&task.options.queue);
            read.get(keys.unique(task.kind.as_str(), task.payload.as_deref()));
        }
        read.ignore_errors();
        let mut held: std::vec::IntoIter<RedisResult<Option<Vec<u8>>>> = if read.is_empty() {
            Vec::new().into_iter()
        } else {
            self.conn.pipeline::<Vec<_>>(&read).await?.into_iter()
        };
        let holder = |error: &Error| {
            let answer = by_lock(error).then(|| held.next())??;
            Some(TaskId::from_stored(
                answer.ok().flatten().unwrap_or_default(),
            ))
        };
        Ok(refused.iter().map(|(_, error)| error).map(holder).collect())
    }
}
