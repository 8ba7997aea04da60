//! Waits for the end of a task by polling it: Asynq does not announce when tasks end.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout_at};

use super::Inspector;
use super::error::Error;
use crate::backoff::{Backoff, Outage};
use crate::broker;
use crate::broker::records::FoundTask;
use crate::task::{QueueName, State, TaskId};

/// Pauses between polls: short at first, for quick tasks, then long enough not to burden Redis.
const LOOKS: Backoff = Backoff::new(Duration::from_millis(10), Duration::from_millis(500));

impl Inspector {
    /// Waits until none of these tasks is active, for at most `limit`. Returns those that still are.
    ///
    /// # Errors
    /// Those of Redis.
    pub async fn wait_inactive(
        &self,
        mut tasks: Vec<(QueueName, TaskId)>,
        limit: Option<Duration>,
    ) -> Result<Vec<(QueueName, TaskId)>, Error> {
        let deadline = limit.and_then(|limit| Instant::now().checked_add(limit));
        let mut backoff = LOOKS;
        loop {
            let mut active = Vec::new();
            for (queue, id) in tasks {
                let found = self.broker().find(&queue, &id).await?;
                if found.is_some_and(|task| task.state == State::Active) {
                    active.push((queue, id));
                }
            }
            tasks = active;
            let now = Instant::now();
            if tasks.is_empty() || deadline.is_some_and(|deadline| deadline <= now) {
                return Ok(tasks);
            }
            let pause = backoff.next();
            let left = deadline.map_or(pause, |deadline| deadline - now);
            sleep(pause.min(left)).await;
        }
    }

    /// Waits until a task is completed or archived, and returns it.
    ///
    /// Keeps waiting while Redis does not answer; `on_outage` gets the first error of each outage.
    ///
    /// # Errors
    /// [`Error::WaitTimedOut`] after `limit`, [`Error::TaskGone`] if the task does not exist or no longer exists,
    /// [`Error::SetAside`] if it can never run.
    pub async fn wait(
        &self,
        queue: &QueueName,
        id: &TaskId,
        limit: Option<Duration>,
        mut on_outage: impl FnMut(&broker::Error) + Send,
    ) -> Result<FoundTask, Error> {
        let deadline = limit.and_then(|limit| Instant::now().checked_add(limit));
        let mut backoff = LOOKS;
        let mut outage = Outage::default();
        let mut seen = None;
        loop {
            let look = self.broker().find(queue, id);
            // A server that hangs must not prolong the wait.
            let look = match deadline {
                Some(deadline) => timeout_at(deadline, look).await.ok(),
                None => Some(look.await),
            };
            match look {
                Some(Ok(Some(task))) => {
                    outage.ends();
                    if matches!(task.state, State::Completed | State::Archived) {
                        return Ok(task);
                    }
                    if task.state == State::Aside {
                        return Err(Error::SetAside {
                            queue: queue.clone(),
                            id: id.clone(),
                        });
                    }
                    seen = Some(task.state);
                }
                Some(Ok(None)) => {
                    return Err(Error::TaskGone {
                        queue: queue.clone(),
                        id: id.clone(),
                    });
                }
                Some(Err(error)) => {
                    if !error.passing() {
                        return Err(error.into());
                    }
                    if outage.begins() {
                        on_outage(&error);
                    }
                }
                None => {}
            }
            let pause = backoff.next();
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            if left == Some(Duration::ZERO) {
                return Err(Error::WaitTimedOut {
                    queue: queue.clone(),
                    id: id.clone(),
                    state: seen,
                });
            }
            sleep(left.map_or(pause, |left| pause.min(left))).await;
        }
    }
}
