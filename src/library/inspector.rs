//! Inspects queues and changes tasks.

use std::time::Duration;

use super::client::Client;
use super::error::Error;
use super::selection::Selection;
use super::stored_task::StoredTask;
use crate::broker;
use crate::inspector as core;
use crate::task::transition::Action;
use crate::task::{QueueName, TaskId};

/// What operators do with `qctl`, for programs: statistics of queues, tasks by id or selection, bulk changes.
///
/// ```no_run
/// use qctl::{Action, Client, Inspector, Selection, State};
///
/// # async fn example() -> Result<(), qctl::Error> {
/// let client = Client::connect("redis://127.0.0.1:6379").await?;
/// let inspector = Inspector::new(&client);
/// for queue in inspector.queues().await? {
///     println!("{}: {} pending", queue.queue, queue.counts[&State::Pending]);
/// }
/// let archived = Selection::queue("critical").state(State::Archived);
/// let mut plan = inspector.plan(Action::Retry, archived, Default::default()).await?;
/// println!("{} tasks will be retried", plan.total());
/// while let Some(step) = plan.step().await? {
///     println!("{} more", step.changed);
/// }
/// println!("{} were changed", plan.outcome().changed);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Inspector {
    inner: core::Inspector,
}

impl Inspector {
    /// An inspector for the client's Redis.
    pub fn new(client: &Client) -> Self {
        let broker = client.broker().clone();
        Self {
            inner: core::Inspector::new(broker, core::Access::Full),
        }
    }

    /// The statistics of all queues, in order of their names.
    ///
    /// # Errors
    /// [`Error::Broker`] if Redis cannot be reached.
    pub async fn queues(&self) -> Result<Vec<broker::records::QueueStats>, Error> {
        let queues = self.inner.queues(&[]).await?;
        Ok(self.inner.broker().stats(&queues, self.inner.now()).await?)
    }

    /// The statistics of one queue.
    ///
    /// # Errors
    /// [`Error::Broker`] with [`QueueNotFound`](crate::BrokerError::QueueNotFound) if it does not exist.
    pub async fn queue(&self, name: &str) -> Result<broker::records::QueueStats, Error> {
        let queue = QueueName::new(name)?;
        self.inner.broker().expect_queue(&queue).await?;
        let queues = std::slice::from_ref(&queue);
        let stats = self.inner.broker().stats(queues, self.inner.now()).await?;
        let stats = stats.into_iter().next();
        Ok(stats.ok_or(broker::Error::QueueNotFound(queue))?)
    }

    /// One task.
    ///
    /// # Errors
    /// [`Error::Broker`] with [`TaskNotFound`](crate::BrokerError::TaskNotFound) if it does not exist.
    pub async fn task(&self, queue: &str, id: &str) -> Result<StoredTask, Error> {
        let (queue, id) = (QueueName::new(queue)?, TaskId::new(id)?);
        let found = self.inner.broker().find(&queue, &id).await?;
        let queue = Some(queue);
        let found = found.ok_or(broker::Error::TaskNotFound { queue, id })?;
        Ok(StoredTask::new(found, self.inner.now()))
    }

    /// The tasks of a selection, page by page, in the order in which `qctl ls` shows them; in all states
    /// unless the selection names some.
    ///
    /// # Errors
    /// [`Error::Inspector`] for an invalid selection, or a queue that does not exist.
    pub async fn list(&self, selection: Selection) -> Result<Listing, Error> {
        let inner = self.inner.list(&selection.into_meant()?).await?;
        Ok(Listing { inner })
    }

    /// Counts the tasks of a selection, to change them with the returned plan. Only tasks that are counted here will
    /// be changed, whatever arrives meanwhile.
    ///
    /// [`Action::Retry`] without a state means tasks that wait for a retry or are archived,
    /// [`Action::Cancel`] running tasks; the other actions need states or ids.
    ///
    /// # Errors
    /// [`Error::Inspector`] for an invalid selection, a queue that does not exist, a state that does not allow the
    /// action, or an archive that would overflow.
    pub async fn plan(
        &self,
        action: Action,
        selection: Selection,
        options: core::Options,
    ) -> Result<Plan, Error> {
        let meant = selection.into_meant()?;
        let inner = self.inner.plan(action, &meant, options).await?;
        Ok(Plan { inner })
    }

    /// Waits until a task is completed or archived, and returns it. A task without a retention is deleted when it
    /// succeeds, so waiting for it fails with `TaskGone`.
    ///
    /// # Errors
    /// [`Error::Inspector`] with `WaitTimedOut` after `limit`, with `TaskGone` if the task does not exist, or no longer.
    pub async fn wait(
        &self,
        queue: &str,
        id: &str,
        limit: Option<Duration>,
    ) -> Result<StoredTask, Error> {
        let (queue, id) = (QueueName::new(queue)?, TaskId::new(id)?);
        let found = self.inner.wait(&queue, &id, limit, |_| ()).await?;
        Ok(StoredTask::new(found, self.inner.now()))
    }

    /// Pauses a queue: servers take no tasks from it. Returns false if it was paused already.
    ///
    /// # Errors
    /// [`Error::Broker`] if Redis cannot be reached, or there is no such queue.
    pub async fn pause(&self, queue: &str) -> Result<bool, Error> {
        let queue = QueueName::new(queue)?;
        self.inner.broker().expect_queue(&queue).await?;
        Ok(self.inner.broker().pause(&queue, self.inner.now()).await?)
    }

    /// Resumes a queue. Returns false if it was not paused.
    ///
    /// # Errors
    /// [`Error::Broker`] if Redis cannot be reached, or there is no such queue.
    pub async fn resume(&self, queue: &str) -> Result<bool, Error> {
        let queue = QueueName::new(queue)?;
        self.inner.broker().expect_queue(&queue).await?;
        Ok(self.inner.broker().resume(&queue).await?)
    }

    /// Deletes a queue with all its tasks, counters and locks. Returns how many tasks it had.
    ///
    /// # Errors
    /// [`Error::Broker`] with [`QueueActive`](crate::BrokerError::QueueActive) while tasks run, with
    /// [`QueueNotEmpty`](crate::BrokerError::QueueNotEmpty) if it holds tasks and `force` is not set.
    pub async fn drop_queue(&self, queue: &str, force: bool) -> Result<u64, Error> {
        let queue = QueueName::new(queue)?;
        let mut tasks = 0;
        let count = |deleted| tasks += deleted;
        let broker = self.inner.broker();
        broker
            .drop_queue(&queue, force, broker.now(), count)
            .await?;
        Ok(tasks)
    }
}

/// Tasks of a selection, page by page.
#[derive(Debug)]
pub struct Listing {
    inner: core::Listing,
}

impl Listing {
    /// The next tasks, all in one queue and state; `None` when there are no more. A page is empty if none of its
    /// tasks matches the selection.
    ///
    /// # Errors
    /// [`Error::Broker`] if Redis cannot be reached, [`Error::Inspector`] if the jq expression fails.
    pub async fn next(&mut self) -> Result<Option<Vec<StoredTask>>, Error> {
        let now = self.inner.now();
        let page = self.inner.next(now).await?;
        let stored = |task| StoredTask::new(task, now);
        Ok(page.map(|tasks| tasks.into_iter().map(stored).collect()))
    }

    /// Why some ids of the selection are left out so far: no queue has them, or several.
    pub fn not_found(&self) -> &[core::Error] {
        &self.inner.judged().not_found
    }
}

/// A change of many tasks that is ready to start, or under way. Each step is one short script, so that Redis serves
/// other clients in between. Dropping the plan leaves the remaining tasks unchanged.
#[derive(Debug)]
#[must_use = "nothing is changed before `step` or `finish`"]
pub struct Plan {
    inner: core::Plan,
}

impl Plan {
    /// How many tasks will be changed, if they are still there.
    pub const fn total(&self) -> u64 {
        self.inner.total()
    }

    /// The first of them, at most three.
    pub fn sample(&self) -> Vec<StoredTask> {
        let now = self.inner.now();
        let sample = self.inner.sample().iter().cloned();
        sample.map(|task| StoredTask::new(task, now)).collect()
    }

    /// The result so far.
    pub const fn outcome(&self) -> &core::Outcome {
        self.inner.outcome()
    }

    /// Waits as the rate demands, then changes the next tasks. Returns `None` when all are done.
    ///
    /// # Errors
    /// [`Error::Broker`] if Redis cannot be reached. The step may be repeated.
    pub async fn step(&mut self) -> Result<Option<core::Step>, Error> {
        Ok(self.inner.step(self.inner.now()).await?)
    }

    /// Changes all of them.
    ///
    /// # Errors
    /// [`Error::Broker`] if Redis cannot be reached. Completed steps are not undone.
    pub async fn finish(mut self) -> Result<core::Outcome, Error> {
        while self.step().await?.is_some() {}
        Ok(self.outcome().clone())
    }
}
