//! Connects to Redis and enqueues tasks.

use chrono::{DateTime, Utc};

use super::error::Error;
use super::settings::RedisSettings;
use super::task::Task;
use crate::broker::{self, Broker};
use crate::task::{NewTask, State};

/// Enqueues tasks. Cheap to clone; clones share one connection, which reconnects when it breaks.
///
/// ```no_run
/// use qctl::{Client, Task};
///
/// # async fn example() -> Result<(), qctl::Error> {
/// let client = Client::connect("redis://127.0.0.1:6379").await?;
/// let enqueued = client.enqueue(Task::new("image:resize", "cat.png").queue("low")).await?;
/// println!("{} is {}", enqueued.id, enqueued.state);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Client {
    broker: Broker,
}

/// Tasks sent in one batch.
const BATCH: usize = 1_000;

impl Client {
    /// Connects to the server of a URL, as [`RedisSettings::new`] reads it.
    ///
    /// # Errors
    /// [`Error::Address`] if the URL cannot be used, [`Error::Broker`] if Redis does not answer within five
    /// seconds, refuses the login, or is older than 6.2.
    pub async fn connect(url: &str) -> Result<Self, Error> {
        Self::connect_with(RedisSettings::new(url)?).await
    }

    /// Connects with these settings.
    ///
    /// # Errors
    /// As [`Client::connect`].
    pub async fn connect_with(settings: RedisSettings) -> Result<Self, Error> {
        let broker = Broker::connect(settings.into_settings()).await?;
        Ok(Self { broker })
    }

    pub(crate) const fn broker(&self) -> &Broker {
        &self.broker
    }

    /// Checks that Redis answers.
    ///
    /// # Errors
    /// [`Error::Broker`] if it does not.
    pub async fn ping(&self) -> Result<(), Error> {
        self.broker.server_time().await?;
        Ok(())
    }

    /// Enqueues a task.
    ///
    /// If the connection breaks before the answer, the task is sent once more. It is stored once, even if a worker has
    /// processed and deleted it meanwhile.
    ///
    /// # Errors
    /// [`Error::Name`] and [`Error::Option`] for an option that Asynq would refuse; [`Error::Broker`] if
    /// there is such a task already ([`Error::is_duplicate`], [`Error::is_id_taken`]), or Redis cannot be
    /// reached or refuses. If Redis does not answer ([`Error::is_temporary`]), the task may be enqueued.
    pub async fn enqueue(&self, task: Task) -> Result<Enqueued, Error> {
        let now = self.broker.now();
        let task = task.into_new(now)?;
        let enqueued = self.broker.enqueue(&task, now).await?;
        Ok(Enqueued::new(&task, &enqueued))
    }

    /// Enqueues many tasks in batches of a thousand. Returns the outcome of each, in their order.
    ///
    /// They may have groups, uniqueness locks and headers, unlike in Go, and a failure does not stop the others. A batch
    /// whose answer is lost is sent once more; its tasks are stored once, as with [`Client::enqueue`].
    ///
    /// ```no_run
    /// # use qctl::{Client, Task};
    /// # async fn example(client: Client) -> Result<(), qctl::Error> {
    /// let tasks = (1..=100_000).map(|user| Task::new("email:digest", user.to_string()));
    /// let failed = client.enqueue_many(tasks).await.into_iter().filter(Result::is_err).count();
    /// # Ok(())
    /// # }
    /// ```
    pub async fn enqueue_many(
        &self,
        tasks: impl IntoIterator<Item = Task, IntoIter: Send> + Send,
    ) -> Vec<Result<Enqueued, Error>> {
        let mut outcomes = Vec::new();
        let mut tasks = tasks.into_iter();
        loop {
            let batch: Vec<Task> = tasks.by_ref().take(BATCH).collect();
            if batch.is_empty() {
                return outcomes;
            }
            self.enqueue_batch(batch, &mut outcomes).await;
        }
    }

    async fn enqueue_batch(&self, batch: Vec<Task>, outcomes: &mut Vec<Result<Enqueued, Error>>) {
        let now = self.broker.now();
        let mut valid: Vec<NewTask> = Vec::with_capacity(batch.len());
        // Where the outcome of each valid task goes.
        let mut places = Vec::with_capacity(batch.len());
        for task in batch {
            match task.into_new(now) {
                Ok(task) => {
                    places.push(outcomes.len());
                    valid.push(task);
                    outcomes.push(Err(Error::Crashed));
                }
                Err(error) => outcomes.push(Err(error.into())),
            }
        }
        let mut submission = self.broker.submission(&valid, now);
        self.broker.submit(&mut submission).await;
        if submission.unanswered().is_some() {
            self.broker.submit(&mut submission).await;
        }
        let outcomes_of_valid = submission.into_outcomes();
        for ((place, task), answer) in places.into_iter().zip(&valid).zip(outcomes_of_valid) {
            outcomes[place] = answer
                .map(|enqueued| Enqueued::new(task, &enqueued))
                .map_err(Error::from);
        }
    }
}

/// A task that is in Redis now.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Enqueued {
    /// The id, unique within the queue.
    pub id: String,
    /// The queue.
    pub queue: String,
    /// [`State::Pending`], [`State::Scheduled`] or [`State::Aggregating`].
    pub state: State,
    /// When the task becomes pending; `None` unless it is scheduled.
    pub next_process_at: Option<DateTime<Utc>>,
}

impl Enqueued {
    fn new(task: &NewTask, enqueued: &broker::Enqueued) -> Self {
        Self {
            id: task.id.to_string(),
            queue: task.options.queue.to_string(),
            state: enqueued.state,
            next_process_at: enqueued
                .next_process_at
                .filter(|_| enqueued.state == State::Scheduled),
        }
    }
}
