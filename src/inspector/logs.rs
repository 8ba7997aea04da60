//! Logs: what the attempts of a task have printed.

use std::time::Duration;

use futures_util::future::try_join_all;
use tokio::time::sleep;

use super::tasks::{QUEUES_AT_ONCE, ambiguous, not_found};
use super::{Error, Inspector};
use crate::backoff::jittered;
pub(crate) use crate::broker::records::AttemptLog;
#[cfg(feature = "page")]
pub(crate) use crate::broker::records::LogMark;
use crate::task::{QueueName, State, TaskId};

/// How often a log that is followed is read.
const LOOKS: Duration = Duration::from_millis(500);

/// How long after the end of an attempt its log may be written.
const LAST_WRITE: Duration = Duration::from_millis(500);

/// From this age on, the second in a mark says all: workers take their time from Redis, but may be off by one.
#[cfg(feature = "page")]
const SETTLED_SECONDS: i64 = 2;

/// The log of a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TaskLog {
    pub(crate) queue: QueueName,
    /// Oldest attempt first; empty if nothing was printed or kept.
    pub(crate) attempts: Vec<AttemptLog>,
    /// Entries that cannot be read.
    pub(crate) unreadable: usize,
}

impl TaskLog {
    fn is_empty(&self) -> bool {
        self.attempts.is_empty() && self.unreadable == 0
    }

    /// What is to be said about entries that cannot be read.
    pub(crate) fn warning(&self) -> Option<String> {
        let some = self.unreadable > 0;
        some.then(|| format!("{} entries of the log cannot be read", self.unreadable))
    }
}

impl Inspector {
    /// The log of a task, which may be gone, in the queues of these names or globs, or in all queues.
    ///
    /// # Errors
    /// Neither the task nor a log of it is there, or those of several queues are.
    pub(crate) async fn task_log(
        &self,
        named: &[QueueName],
        id: &TaskId,
    ) -> Result<TaskLog, Error> {
        let queues = self.queues(named).await?;
        let mut found = Vec::new();
        for some in queues.chunks(QUEUES_AT_ONCE) {
            let logs = some.iter().map(|queue| self.log_in(queue, id));
            let logs = try_join_all(logs).await?.into_iter();
            found.extend(logs.filter(|log| !log.is_empty()));
        }
        match found.len() {
            0 => {
                let task = self.task(named, id).await?;
                Ok(TaskLog {
                    queue: task.queue,
                    attempts: Vec::new(),
                    unreadable: 0,
                })
            }
            1 => found.pop().ok_or_else(|| not_found(named, id)),
            _ => Err(ambiguous(id, found.into_iter().map(|log| log.queue))),
        }
    }

    /// The log of a task of this queue; empty if there is none, whether or not the task is there.
    ///
    /// # Errors
    /// Those of Redis.
    pub(crate) async fn log_in(&self, queue: &QueueName, id: &TaskId) -> Result<TaskLog, Error> {
        let (attempts, unreadable) = self.broker().read_log(queue, id).await?;
        Ok(TaskLog {
            queue: queue.clone(),
            attempts,
            unreadable,
        })
    }

    /// What tells whether the log of a task has changed; `None` if that cannot be told now.
    #[cfg(feature = "page")]
    pub(crate) async fn log_mark(&self, queue: &QueueName, id: &TaskId) -> Option<LogMark> {
        let mark = self.broker().log_mark(queue, id).await.ok()?;
        // Within a second, a log may be written again.
        let is_settled = |at: i64| self.now().timestamp() - at >= SETTLED_SECONDS;
        mark.written_at.is_none_or(is_settled).then_some(mark)
    }

    /// The log of a task of this queue a moment later, and whether nothing will be added to it: the task has ended, or is
    /// gone.
    ///
    /// # Errors
    /// Those of Redis.
    pub(crate) async fn follow_log(
        &self,
        queue: &QueueName,
        id: &TaskId,
    ) -> Result<(TaskLog, bool), Error> {
        sleep(jittered(LOOKS)).await;
        let task = self.find(queue, id).await?;
        let has_ended = task.map_or(true, |task| {
            matches!(task.state, State::Completed | State::Archived)
        });
        if has_ended {
            // The log of the last attempt is written a moment after its outcome.
            sleep(LAST_WRITE).await;
        }
        Ok((self.log_in(queue, id).await?, has_ended))
    }
}
