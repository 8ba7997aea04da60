//! New tasks, one at a time, and what keeps them from being enqueued or from running; `import` enqueues many.

use chrono::{DateTime, Utc};

use super::Inspector;
use super::error::Error;
use crate::broker::records::FoundTask;
use crate::broker::{self, Enqueued, Lock};
use crate::task::{NewTask, QueueName};

/// What keeps a task from being enqueued.
#[derive(Debug)]
pub(crate) enum Obstacle {
    /// The task that has the id.
    Id(FoundTask),
    /// A uniqueness lock, and the task that holds it unless that is gone.
    Lock(Lock, Option<FoundTask>),
}

impl Inspector {
    /// Enqueues a task.
    ///
    /// # Errors
    /// Those of [`Broker::enqueue`](crate::broker::Broker::enqueue).
    pub async fn enqueue(&self, task: &NewTask, now: DateTime<Utc>) -> Result<Enqueued, Error> {
        Ok(self.broker_to_enqueue()?.enqueue(task, now).await?)
    }

    /// Why a task was refused with this error; `None` if the error is not about another task, or the other task is gone
    /// meanwhile.
    pub(crate) async fn obstacle(
        &self,
        task: &NewTask,
        refused: &Error,
    ) -> Result<Option<Obstacle>, Error> {
        let queue = &task.options.queue;
        // An id in a container without a task is not a task.
        let is_stored =
            |task: &FoundTask| !matches!(&task.message, Err(stored) if stored.is_empty());
        match refused {
            Error::Broker(broker::Error::IdTaken { .. }) => {
                let found = self.broker().find(queue, &task.id).await?;
                Ok(found.filter(is_stored).map(Obstacle::Id))
            }
            Error::Broker(broker::Error::Duplicate { .. }) => {
                let Some(lock) = self.broker().lock_against(task).await? else {
                    return Ok(None);
                };
                let holder = self.broker().find(queue, &lock.holder).await?;
                Ok(Some(Obstacle::Lock(lock, holder.filter(is_stored))))
            }
            _ => Ok(None),
        }
    }

    /// Whether a queue is paused.
    ///
    /// # Errors
    /// Those of Redis.
    pub(crate) async fn is_paused(
        &self,
        queue: &QueueName,
        now: DateTime<Utc>,
    ) -> Result<bool, Error> {
        let stats = self
            .broker()
            .stats(std::slice::from_ref(queue), now)
            .await?;
        Ok(stats.iter().any(|queue| queue.paused))
    }

    /// Whether a server, Go's or ours, serves a queue.
    ///
    /// # Errors
    /// Those of Redis.
    pub(crate) async fn is_served(
        &self,
        queue: &QueueName,
        now: DateTime<Utc>,
    ) -> Result<bool, Error> {
        let servers = self.broker().servers(now).await?;
        let mut served = servers.iter().flat_map(|server| server.queues.keys());
        Ok(served.any(|name| name == queue.as_str()))
    }
}
