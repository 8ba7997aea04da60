//! A worker in the program's own process: its settings and its start.

use std::sync::Arc;
use std::time::Duration;

use super::client::Client;
use super::entry::Entry;
use super::error::Error;
use super::failed::FailedAttempt;
use super::groups::Groups;
use super::handler::Handler;
use super::log;
use super::running::RunningWorker;
use crate::task::QueueName;
use crate::worker::{
    Control, DEFAULT_LOG_LIMITS, Hooks, MAX_WORKERS_LOST, Mux, Queues, Reporter, Route, Settings,
    Timing, host_name,
};

/// Claims and runs tasks: what Asynq calls a server. Other programs list it, can cancel its tasks, and recover them
/// if it vanishes. Like `qctl work`, it maintains all registered queues: it forwards delayed tasks, recovers the
/// tasks of vanished workers, and deletes expired ones.
///
/// ```no_run
/// use qctl::{Client, Context, HandlerResult, Outcome, ServeMux, Task, Worker, shutdown_signal};
///
/// async fn send_welcome(task: Task, cx: Context) -> HandlerResult {
///     println!("{} for {} bytes", cx.task_id(), task.payload().len());
///     Ok(Outcome::Done)
/// }
///
/// # async fn example() -> Result<(), qctl::Error> {
/// let client = Client::connect("redis://127.0.0.1:6379").await?;
/// let worker = Worker::builder(&client)
///     .concurrency(10)
///     .queues([("critical", 6), ("default", 3), ("low", 1)])
///     .on_error(|failed| eprintln!("{}: {}", failed.task_id(), failed.error()))
///     .start(ServeMux::new().handle("email:welcome", send_welcome))
///     .await?;
/// worker.stop_on(shutdown_signal()).await
/// # }
/// ```
///
/// It emits [`tracing`] events with the target `qctl`: errors for archived or lost tasks, warnings for failures that
/// are retried, debug for every attempt.
pub struct Worker;

impl Worker {
    /// A worker for the client's Redis with Asynq's defaults: the queue `default`, one attempt per processor, eight
    /// seconds to shut down.
    pub fn builder(client: &Client) -> WorkerBuilder {
        WorkerBuilder {
            client: client.clone(),
            concurrency: 0,
            queues: Vec::new(),
            strict: false,
            max_workers_lost: MAX_WORKERS_LOST,
            shutdown_timeout: Duration::from_secs(8),
            stop_grace: Duration::from_secs(1),
            hooks: Hooks::default(),
            groups: None,
        }
    }
}

/// A worker that has not started; [`Worker::builder`] makes one.
#[must_use = "nothing runs before `start`"]
pub struct WorkerBuilder {
    client: Client,
    concurrency: usize,
    queues: Vec<(String, u32)>,
    strict: bool,
    max_workers_lost: u32,
    shutdown_timeout: Duration,
    stop_grace: Duration,
    hooks: Hooks,
    groups: Option<Groups>,
}

impl WorkerBuilder {
    /// How many attempts run at the same time. The default, and 0, is the number of processors.
    pub const fn concurrency(mut self, attempts: usize) -> Self {
        self.concurrency = attempts;
        self
    }

    /// Serves these queues in proportion to their weights: with weights that add up to 10, six of ten tasks come from
    /// the queue with weight 6 while all queues have tasks. The default is `[("default", 1)]`.
    pub fn queues<N: Into<String>>(mut self, queues: impl IntoIterator<Item = (N, u32)>) -> Self {
        self.queues = queues
            .into_iter()
            .map(|(name, weight)| (name.into(), weight))
            .collect();
        self
    }

    /// Serves a queue only while those with a higher weight are empty.
    pub const fn strict_priority(mut self) -> Self {
        self.strict = true;
        self
    }

    /// How many workers in a row may vanish while they run a task: 3 by default. When one more does, the task is archived,
    /// because it may be what ends them. Asynq retries it until no retries are left.
    pub const fn max_workers_lost(mut self, workers: u32) -> Self {
        self.max_workers_lost = workers;
        self
    }

    /// How long [`RunningWorker::stop`] waits for running attempts before it ends them: 8 seconds by default.
    pub const fn shutdown_timeout(mut self, timeout: Duration) -> Self {
        self.shutdown_timeout = timeout;
        self
    }

    /// How long a handler may go on once its attempt must end (timeout, cancellation, lost lease, abort), before
    /// its future is dropped: 1 second unless set, 25 at most.
    pub const fn stop_grace(mut self, grace: Duration) -> Self {
        self.stop_grace = grace;
        self
    }

    /// Called for every failed attempt before its outcome is written, for example to log or count it. Also called for
    /// panics, timeouts and types without a handler, but not for [`Outcome::Release`](crate::Outcome) or the attempts
    /// of vanished workers. The attempt waits for it, so it should be quick.
    pub fn on_error(mut self, report: impl Fn(&FailedAttempt) + Send + Sync + 'static) -> Self {
        self.hooks.on_failure = Some(Arc::new(move |message, failure| {
            report(&FailedAttempt::new(message, failure));
        }));
        self
    }

    /// Sets the delay before the next attempt when the handler does not. The default is Asynq's: n⁴ + 15 + r·(n + 1)
    /// seconds after n retries, with a random r from 0 to 29.
    pub fn retry_delay(
        mut self,
        choose: impl Fn(&FailedAttempt) -> Duration + Send + Sync + 'static,
    ) -> Self {
        self.hooks.retry_delay = Some(Arc::new(move |message, failure| {
            choose(&FailedAttempt::new(message, failure))
        }));
        self
    }

    /// Merges the groups in the queues that this worker serves. By default, groups are left to other workers.
    pub fn groups(mut self, groups: Groups) -> Self {
        self.groups = Some(groups);
        self
    }

    /// Starts the worker on the current tokio runtime, which must have its I/O and time drivers enabled.
    ///
    /// # Errors
    /// [`Error::Broker`] if Redis does not answer, or the user lacks a right; [`Error::Name`] or [`Error::Setting`] for an invalid setting.
    pub async fn start(self, handler: impl Handler) -> Result<RunningWorker, Error> {
        let queues = queues(self.queues, self.strict)?;
        let groups = self.groups.map(Groups::into_engine).transpose()?;
        self.client.ping().await?;
        let broker = self.client.broker().clone();
        if let Some(queue) = queues.names().next() {
            broker.expect_rights_of_a_worker(queue).await?;
        }
        let cpus = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let settings = Settings {
            concurrency: match self.concurrency {
                0 => cpus(),
                attempts => attempts,
            },
            queues,
            max_workers_lost: self.max_workers_lost,
            logs: DEFAULT_LOG_LIMITS,
            shutdown_timeout: self.shutdown_timeout,
            burst: false,
            host: host_name(),
            timing: Timing::default(),
        };
        let mut mux = Mux::default();
        mux.add(Route::new(
            "*",
            Entry {
                handler,
                client: self.client,
                stop_grace: self.stop_grace.min(MAX_STOP_GRACE),
            },
        ));
        let engine = crate::worker::Worker::new(broker, settings, mux, Reporter::new(log::worker));
        let engine = engine.with_hooks(self.hooks);
        let engine = match groups {
            Some(groups) => engine.with_groups(groups),
            None => engine,
        };
        let control = Control::default();
        let work = engine.run(control.clone());
        // Starting a closure cannot fail.
        let running = tokio::spawn(async move { work.await.unwrap_or_default() });
        Ok(RunningWorker::new(control, running))
    }
}

/// The engine itself drops a handler after thirty seconds.
const MAX_STOP_GRACE: Duration = Duration::from_secs(25);

/// The queues, highest weight first. A queue that is given twice counts once, with its last weight.
fn queues(given: Vec<(String, u32)>, strict: bool) -> Result<Queues, Error> {
    let mut queues: Vec<(QueueName, u32)> = Vec::with_capacity(given.len());
    for (name, weight) in given {
        let name = QueueName::new(name)?;
        if weight == 0 {
            let text = format!("queue {:?} has the weight 0", name.as_str());
            return Err(Error::Setting(text));
        }
        queues.retain(|(known, _)| *known != name);
        queues.push((name, weight));
    }
    if queues.is_empty() {
        queues.push((QueueName::default(), 1));
    }
    queues.sort_by_key(|(_, weight)| std::cmp::Reverse(*weight));
    Ok(if strict {
        Queues::Strict(queues)
    } else {
        Queues::Weighted(queues)
    })
}
