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

    /// For each of these tasks that were refused, whether another task is the reason, also if it has ended since: not a key of
    /// another program, and not a lock that the end of its task has left behind.
    pub async fn tasks_in_the_way(
        &self,
        refused: &[(&NewTask, Error)],
    ) -> Result<Vec<bool>, Error> {
        let lock = |(task, error): &(&NewTask, Error)| {
            let keys = QueueKeys::new(&task.options.queue);
            matches!(error, Error::Duplicate { .. })
                .then(|| keys.unique(task.kind.as_str(), task.payload.as_deref()))
        };
        let locks: Vec<Option<String>> = refused.iter().map(lock).collect();
        let holders = self.holders(&locks).await?;
        let mut read = redis::pipe();
        for ((task, _), holder) in refused.iter().zip(&holders) {
            let keys = QueueKeys::new(&task.options.queue);
            let key = keys.task(holder.as_ref().unwrap_or(&task.id));
            read.hexists(&key, "msg").exists(&key);
        }
        // A key of another type is no task.
        read.ignore_errors();
        let found: Vec<RedisResult<bool>> = self.conn.pipeline(&read).await?;
        // A task leaves its id and its lock in one step: a lock that is still held without a task was left behind.
        let held_now = self.holders(&locks).await?;
        let held = locks.iter().zip(holders.iter().zip(&held_now));
        let in_the_way = found.as_chunks::<2>().0.iter().zip(held).map(
            |([is_task, exists], (lock, (before, now)))| match lock {
                Some(_) => before.is_none() || matches!(is_task, Ok(true)) || before != now,
                None => matches!(is_task, Ok(true)) || matches!(exists, Ok(false)),
            },
        );
        Ok(in_the_way.collect())
    }

    /// Who holds each of these locks; `None` if nobody does, or there is no lock to look at.
    async fn holders(&self, locks: &[Option<String>]) -> Result<Vec<Option<TaskId>>, Error> {
        let mut read = redis::pipe();
        for lock in locks.iter().flatten() {
            read.get(lock);
        }
        if read.is_empty() {
            return Ok(vec![None; locks.len()]);
        }
        read.ignore_errors();
        let held: Vec<RedisResult<Option<Vec<u8>>>> = self.conn.pipeline(&read).await?;
        let mut held = held.into_iter();
        let holder = |lock: &Option<String>| {
            lock.as_ref()?;
            held.next()?.ok()?.map(TaskId::from_stored)
        };
        Ok(locks.iter().map(holder).collect())
    }
}
