//! New tasks, one at a time; `import` enqueues many.

use chrono::{DateTime, Utc};

use super::Inspector;
use super::error::Error;
use crate::broker::Enqueued;
use crate::task::NewTask;

impl Inspector {
    /// Enqueues a task.
    ///
    /// # Errors
    /// Those of [`Broker::enqueue`](crate::broker::Broker::enqueue).
    pub async fn enqueue(&self, task: &NewTask, now: DateTime<Utc>) -> Result<Enqueued, Error> {
        Ok(self.broker_to("enqueue")?.enqueue(task, now).await?)
    }
}
