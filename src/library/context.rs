//! What a handler knows about its attempt, besides the task.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::client::Client;
use super::error::Error;
use crate::broker::Error as BrokerError;
use crate::clock;
use crate::task::{NameError, QueueName, TaskId};
use crate::worker::{Attempt, Stop, StopReason};

/// One attempt of a task. Cheap to clone.
#[derive(Clone)]
pub struct Context {
    inner: Arc<Inner>,
}

struct Inner {
    id: String,
    queue: String,
    retried: u32,
    max_retry: u32,
    deadline: DateTime<Utc>,
    stop: Stop,
    client: Client,
}

impl Context {
    pub(super) fn new(attempt: &Attempt, stop: Stop, client: &Client) -> Self {
        let message = &attempt.message;
        let inner = Inner {
            id: message.id.clone(),
            queue: message.queue.clone(),
            retried: count(message.retried),
            max_retry: count(message.max_retry),
            deadline: attempt.deadline,
            stop,
            client: client.clone(),
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// The id of the task, unique within its queue.
    pub fn task_id(&self) -> &str {
        &self.inner.id
    }

    /// The queue that the task was taken from.
    pub fn queue(&self) -> &str {
        &self.inner.queue
    }

    /// How many retries were counted before this attempt; 0 in the first.
    pub fn retried(&self) -> u32 {
        self.inner.retried
    }

    /// How many retries may follow the first attempt.
    pub fn max_retry(&self) -> u32 {
        self.inner.max_retry
    }

    /// When this attempt must have ended: the earlier of timeout and deadline.
    pub fn deadline(&self) -> DateTime<Utc> {
        self.inner.deadline
    }

    /// The time left until [`Context::deadline`]; zero when it has passed.
    pub fn time_left(&self) -> Duration {
        let left = self.inner.deadline - clock::now();
        left.to_std().unwrap_or_default()
    }

    /// Why the attempt must end early; `None` if it may go on.
    pub fn stop_reason(&self) -> Option<StopReason> {
        self.inner.stop.reason()
    }

    /// Waits until the attempt must end early. From then on, the handler has
    /// [`WorkerBuilder::stop_grace`](crate::WorkerBuilder::stop_grace) to clean up.
    ///
    /// Its result still counts, except after [`StopReason::TimedOut`] and [`StopReason::LeaseLost`]. After
    /// [`StopReason::Aborted`], an error puts the task back into its queue without counting a retry.
    ///
    /// ```
    /// # use qctl::{Context, HandlerResult, Outcome, Task};
    /// # async fn work() {}
    /// # async fn undo() {}
    /// async fn handle(_: Task, cx: Context) -> HandlerResult {
    ///     tokio::select! {
    ///         () = work() => Ok(Outcome::Done),
    ///         reason = cx.stop_requested() => {
    ///             undo().await;
    ///             Err(format!("stopped: {reason:?}").into())
    ///         }
    ///     }
    /// }
    /// ```
    pub async fn stop_requested(&self) -> StopReason {
        self.inner.stop.clone().requested().await
    }

    /// Stores a result with the task now, replacing an earlier one. Others can read it while the attempt runs
    /// (`qctl inspect`, Asynq's `Inspector`). After success it is kept for the retention of the task; without a
    /// retention it is deleted with the task.
    ///
    /// # Errors
    /// [`Error::AttemptOver`] when the attempt must end; [`Error::Broker`] if Redis cannot be reached, or the
    /// task is gone.
    pub async fn write_result(&self, result: impl AsRef<[u8]> + Send) -> Result<(), Error> {
        if let Some(reason) = self.stop_reason() {
            return Err(Error::AttemptOver(reason));
        }
        let (queue, id) = self.names()?;
        let broker = self.inner.client.broker();
        if broker.write_result(&queue, &id, result.as_ref()).await? {
            return Ok(());
        }
        let queue = Some(queue);
        Err(BrokerError::TaskNotFound { queue, id }.into())
    }

    /// The worker's client, for enqueuing further tasks.
    pub fn client(&self) -> &Client {
        &self.inner.client
    }

    fn names(&self) -> Result<(QueueName, TaskId), NameError> {
        let queue = QueueName::new(self.inner.queue.as_str())?;
        Ok((queue, TaskId::new(self.inner.id.as_str())?))
    }
}

/// A number of retries. Other clients may have stored a negative one.
pub(super) fn count(retries: i32) -> u32 {
    u32::try_from(retries).unwrap_or_default()
}
