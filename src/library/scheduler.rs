//! Fires schedules in the program's own process.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::select_all;
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;

use super::client::Client;
use super::error::Error;
use super::log;
use super::periodic::{PeriodicTask, PeriodicTaskProvider};
use super::provided::Provided;
use crate::broker::Broker;
use crate::schedule::changed_by::{ChangedBy, Stamp};
use crate::schedule::event::ScheduleEvent;
use crate::schedule::stored::{self, Replace};
use crate::worker::host_name;

/// Stores periodic tasks in Redis and enqueues them when they are due.
///
/// Unlike in Asynq, a schedule outlives the process that stored it, and any number of schedulers may run, including
/// `qctl work`: each tick is enqueued once. Asynq's tools and `qctl cron ls` show the schedules.
///
/// ```no_run
/// use qctl::{Client, FileProvider, PeriodicTask, Scheduler, Task};
///
/// # async fn example() -> Result<(), qctl::Error> {
/// let client = Client::connect("redis://127.0.0.1:6379").await?;
/// let scheduler = Scheduler::new(&client).provider("app", FileProvider::new("periodic.yaml"));
/// scheduler
///     .register(PeriodicTask::new("0 3 * * *", Task::without_payload("report:build")).name("nightly"))
///     .await?;
/// let running = scheduler.start().await?;
/// running.stop_on(qctl::shutdown_signal()).await
/// # }
/// ```
pub struct Scheduler {
    client: Client,
    providers: Vec<Provided>,
    sync_interval: Duration,
}

/// How long a stop waits for ticks that are being enqueued.
const LAST_TICKS: Duration = Duration::from_secs(1);

impl Scheduler {
    /// A scheduler for the client's Redis.
    pub fn new(client: &Client) -> Self {
        Self {
            client: client.clone(),
            providers: Vec::new(),
            sync_interval: Duration::from_secs(180),
        }
    }

    /// Stores a periodic task, replacing one with the same name, and returns the name. A replaced task keeps its
    /// history, and its next tick unless its times change.
    ///
    /// # Errors
    /// [`Error::Schedule`] for one that can never be enqueued, [`Error::Broker`] if Redis cannot be reached or
    /// refuses.
    pub async fn register(&self, task: PeriodicTask) -> Result<String, Error> {
        let broker = self.client.broker();
        let now = broker.server_time().await?;
        let schedule = task.schedule(None, now)?;
        let by = &ChangedBy::User(program());
        let stamp = Stamp { by, now };
        stored::put(broker, &schedule, None, Replace::Yes, stamp).await?;
        Ok(schedule.name.to_string())
    }

    /// Removes a periodic task. Returns false if there was none with this name.
    ///
    /// # Errors
    /// [`Error::Broker`] if Redis cannot be reached or refuses.
    pub async fn unregister(&self, name: &str) -> Result<bool, Error> {
        Ok(self.client.broker().remove_schedule(name).await?)
    }

    /// Keeps the stored schedules equal to those of a provider while this scheduler runs: adds, replaces and removes
    /// them as the provider's list changes. Their names begin with `NAME/`; other schedules are left alone.
    ///
    /// Providers with the same name in several processes must return the same list, or they undo each other's changes.
    #[must_use]
    pub fn provider(
        mut self,
        name: impl Into<String>,
        provider: impl PeriodicTaskProvider,
    ) -> Self {
        let name = name.into();
        let by = ChangedBy::Provider {
            name: name.clone(),
            program: program(),
        };
        self.providers.push(Provided {
            name,
            provider: Arc::new(provider),
            by,
        });
        self
    }

    /// How often providers are asked: every three minutes by default, as in Asynq.
    #[must_use]
    pub const fn sync_interval(mut self, interval: Duration) -> Self {
        self.sync_interval = interval;
        self
    }

    /// Syncs with all providers once, then fires all stored schedules on the current tokio runtime, whoever stored
    /// them.
    ///
    /// A later sync that fails changes nothing and emits a [`tracing`] event of level error.
    ///
    /// # Errors
    /// [`Error::Provider`] if a provider fails, [`Error::Schedule`] if it lists what can never be enqueued,
    /// [`Error::Setting`] if its name is blank or has a slash, [`Error::Broker`] if Redis does not answer.
    pub async fn start(self) -> Result<RunningScheduler, Error> {
        let broker = self.client.broker().clone();
        for provided in &self.providers {
            if provided.name.trim().is_empty() || provided.name.contains('/') {
                let text = format!("{:?} cannot be the name of a provider", provided.name);
                return Err(Error::Setting(text));
            }
            provided.sync(&broker).await?;
        }
        self.client.ping().await?;
        let (stop, stopped) = oneshot::channel();
        let running = tokio::spawn(run(broker, self.providers, self.sync_interval, stopped));
        Ok(RunningScheduler {
            stop: Some(stop),
            running,
        })
    }
}

async fn run(
    broker: Broker,
    providers: Vec<Provided>,
    interval: Duration,
    stopped: oneshot::Receiver<()>,
) {
    let lost: Vec<Arc<Notify>> = providers.iter().map(|_| Arc::default()).collect();
    let notified = lost.clone();
    let reporter = Arc::new(move |event: &ScheduleEvent| {
        log::scheduler(event);
        if *event == ScheduleEvent::Lost {
            for lost in &notified {
                lost.notify_one();
            }
        }
    });
    let owner = format!("{}:{}", program(), std::process::id());
    let scheduler = crate::schedule::scheduler::Scheduler::new(broker.clone(), &owner, reporter);
    let stopped = stopped.map(drop).shared();
    let late = async {
        stopped.clone().await;
        tokio::time::sleep(LAST_TICKS).await;
    };
    let mut syncing = vec![std::future::pending().boxed()];
    for (provided, lost) in providers.into_iter().zip(lost) {
        syncing.push(provided.keep_synced(broker.clone(), interval, lost).boxed());
    }
    tokio::select! {
        () = scheduler.run(stopped.clone()) => {}
        _ = select_all(syncing) => {}
        () = late => {}
    }
}

/// How this process appears to others: the name of its program, and the host.
fn program() -> String {
    let program = std::env::current_exe().ok();
    let program = program.as_deref().and_then(std::path::Path::file_name);
    let program = program.unwrap_or_default().to_string_lossy();
    format!("{program}@{}", host_name())
}

/// A scheduler that fires schedules until it is stopped. Dropping the handle starts a stop without waiting for it.
#[must_use = "the scheduler stops when this is dropped"]
#[derive(Debug)]
pub struct RunningScheduler {
    /// Dropping it stops the scheduler too.
    stop: Option<oneshot::Sender<()>>,
    running: JoinHandle<()>,
}

impl RunningScheduler {
    /// Fires no more ticks, and waits up to a second for those under way. The schedules stay stored.
    ///
    /// # Errors
    /// [`Error::Crashed`] if the scheduler has panicked.
    pub async fn stop(mut self) -> Result<(), Error> {
        drop(self.stop.take());
        self.running.await.map_err(|_| Error::Crashed)
    }

    /// Fires until the future is ready, then stops as [`RunningScheduler::stop`] does.
    ///
    /// # Errors
    /// [`Error::Crashed`] if the scheduler has panicked.
    pub async fn stop_on<T>(mut self, stop: impl Future<Output = T>) -> Result<(), Error> {
        tokio::select! {
            ended = &mut self.running => ended.map_err(|_| Error::Crashed),
            _ = stop => self.stop().await,
        }
    }
}
