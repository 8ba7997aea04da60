//! A worker in this process, with closures for handlers.
//!
//! It has a runtime of its own, so a test may block while it waits.

use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use futures_util::future::BoxFuture;
use qctl::broker::{Broker, Leases};
use qctl::task::QueueName;
use qctl::task::transition::{Failure, TaskResult, Verdict};
use qctl::worker::{
    Attempt, Control, Ended, Event, Groups, Handler, Hooks, Mux, Phase, Queues, Reporter, Route,
    Settings, Stop, TaskRef, Timing, Worker, WorkerError,
};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

use super::shop::{connect, queue};
use crate::harness::{SOON, within};

pub(crate) fn failure(verdict: Verdict) -> Failure {
    Failure::new("boom".to_owned(), verdict)
}

pub(crate) type Outcome = Result<Vec<u8>, Failure>;

/// A handler that is a function of an attempt.
struct Work<F>(F);

impl<F, R> Handler for Work<F>
where
    F: Fn(Attempt, Stop) -> R + Send + Sync + 'static,
    R: Future<Output = Outcome> + Send + 'static,
{
    fn run<'a>(
        &'a self,
        attempt: &'a Attempt,
        stop: Stop,
    ) -> BoxFuture<'a, Result<TaskResult, Failure>> {
        let work = (self.0)(attempt.clone(), stop);
        Box::pin(async { work.await.map(TaskResult::Bytes) })
    }
}

pub(crate) fn route<F, R>(pattern: &str, work: F) -> Route
where
    F: Fn(Attempt, Stop) -> R + Send + Sync + 'static,
    R: Future<Output = Outcome> + Send + 'static,
{
    Route::new(pattern, Work(work))
}

/// A route whose tasks do nothing and succeed.
pub(crate) fn succeed(pattern: &str) -> Route {
    route(pattern, |_, _| async { Ok(Vec::new()) })
}

/// A route whose tasks run until they are asked to end, and say so then.
pub(crate) fn until_stopped(pattern: &str) -> Route {
    route(pattern, |_, mut stop| async move {
        let reason = stop.requested().await;
        Err(Failure::new(format!("{reason:?}"), Verdict::Retry))
    })
}

/// A gate that handlers wait at.
#[derive(Clone)]
pub(crate) struct Gate(tokio::sync::watch::Sender<bool>);

impl Gate {
    pub(crate) fn closed() -> Self {
        Self(tokio::sync::watch::Sender::new(false))
    }

    pub(crate) fn open(&self) {
        self.0.send_replace(true);
    }

    pub(crate) fn close(&self) {
        self.0.send_replace(false);
    }

    /// A route whose tasks wait until the gate is open, and succeed.
    pub(crate) fn route(&self, pattern: &str) -> Route {
        let gate = self.clone();
        route(pattern, move |_, _| {
            let gate = gate.clone();
            async move {
                gate.passed().await;
                Ok(Vec::new())
            }
        })
    }

    pub(crate) async fn passed(&self) {
        self.0.subscribe().wait_for(|open| *open).await.unwrap();
    }
}

/// Intervals at which no test has to wait for a second look.
fn quick() -> Timing {
    Timing {
        heartbeat: Duration::from_millis(200),
        poll: Duration::from_millis(100),
        lines: Duration::from_millis(100),
        ..Timing::default()
    }
}

/// A worker to be.
#[must_use = "nothing runs before `start`"]
pub(crate) struct Crew {
    url: String,
    settings: Settings,
    mux: Mux,
    hooks: Hooks,
    groups: Vec<Groups>,
}

impl Crew {
    /// With one slot, on the queue `default`.
    pub(crate) fn at(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            settings: Settings {
                concurrency: 1,
                queues: Queues::Weighted(vec![(QueueName::default(), 1)]),
                max_workers_lost: qctl::worker::MAX_WORKERS_LOST,
                logs: qctl::worker::DEFAULT_LOG_LIMITS,
                shutdown_timeout: SOON,
                burst: false,
                host: "here".to_owned(),
                timing: quick(),
            },
            mux: Mux::default(),
            hooks: Hooks::default(),
            groups: Vec::new(),
        }
    }

    pub(crate) fn with(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.settings);
        self
    }

    /// How long leases last, and how much longer until their tasks are recovered.
    pub(crate) fn leases(mut self, seconds: u64) -> Self {
        let length = Duration::from_secs(seconds);
        self.settings.timing.leases = Leases {
            length,
            grace: length,
        };
        self
    }

    pub(crate) fn slots(self, concurrency: usize) -> Self {
        self.with(|settings| settings.concurrency = concurrency)
    }

    pub(crate) fn burst(self) -> Self {
        self.with(|settings| settings.burst = true)
    }

    pub(crate) fn weights(self, weights: &[(&str, u32)]) -> Self {
        let weights = weights.iter().map(|(name, weight)| (queue(name), *weight));
        self.with(|settings| settings.queues = Queues::Weighted(weights.collect()))
    }

    pub(crate) fn strict(self, names: &[&str]) -> Self {
        let queues = names.iter().map(|name| (queue(name), 1)).collect();
        self.with(|settings| settings.queues = Queues::Strict(queues))
    }

    pub(crate) fn route(mut self, route: Route) -> Self {
        self.mux.add(route);
        self
    }

    pub(crate) fn mux(mut self, change: impl FnOnce(&mut Mux)) -> Self {
        change(&mut self.mux);
        self
    }

    pub(crate) fn hooks(mut self, hooks: Hooks) -> Self {
        self.hooks = hooks;
        self
    }

    pub(crate) fn groups(mut self, groups: Groups) -> Self {
        self.groups.push(groups);
        self
    }

    fn worker(self, broker: Broker, reporter: Reporter) -> Worker {
        let worker = Worker::new(broker, self.settings, self.mux, reporter).with_hooks(self.hooks);
        self.groups.into_iter().fold(worker, Worker::with_groups)
    }

    pub(crate) fn start(self) -> AtWork {
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let broker = runtime.block_on(connect(&self.url));
        let seen = Arc::new(Seen::default());
        let told = Arc::clone(&seen);
        let reporter = Reporter::new(move |report| told.add(report.event.clone()));
        let control = Control::default();
        let worker = self.worker(broker, reporter);
        let running = runtime.spawn(worker.run(control.clone()));
        AtWork {
            runtime: Some(runtime),
            control,
            running,
            seen,
        }
    }

    /// Works until the queues are empty, and returns what happened.
    #[track_caller]
    pub(crate) fn work_off(self) -> Vec<Event> {
        self.burst().start().ended()
    }
}

#[derive(Default)]
struct Seen {
    events: Mutex<Vec<Event>>,
    more: Condvar,
}

impl Seen {
    fn add(&self, event: Event) {
        self.events.lock().unwrap().push(event);
        self.more.notify_all();
    }

    #[track_caller]
    fn wait_for<T>(&self, wanted: impl Fn(&Event) -> Option<T>) -> T {
        let events = self.events.lock().unwrap();
        let mut found = None;
        let (events, _) = self
            .more
            .wait_timeout_while(events, SOON, |events| {
                found = events.iter().find_map(&wanted);
                found.is_none()
            })
            .unwrap();
        found.unwrap_or_else(|| panic!("it did not happen; this did: {events:#?}"))
    }
}

/// A worker that works; it is dropped as a killed one would be.
pub(crate) struct AtWork {
    runtime: Option<Runtime>,
    pub(crate) control: Control,
    running: JoinHandle<Result<(), WorkerError>>,
    seen: Arc<Seen>,
}

impl AtWork {
    /// All that happened so far.
    pub(crate) fn events(&self) -> Vec<Event> {
        self.seen.events.lock().unwrap().clone()
    }

    /// Waits until something happens, or sees that it has.
    #[track_caller]
    pub(crate) fn wait_for<T>(&self, wanted: impl Fn(&Event) -> Option<T>) -> T {
        self.seen.wait_for(wanted)
    }

    #[track_caller]
    pub(crate) fn started(&self, text: &str) -> TaskRef {
        self.wait_for(|event| match event {
            Event::Started(task) if task.id.as_str() == text => Some(task.clone()),
            _ => None,
        })
    }

    pub(crate) fn has_finished(&self, text: &str) -> bool {
        let events = self.events();
        events.iter().any(|event| ended_of(event, text).is_some())
    }

    /// How the first attempt of a task ended.
    #[track_caller]
    pub(crate) fn finished(&self, text: &str) -> Ended {
        self.wait_for(|event| ended_of(event, text))
    }

    /// Lets what runs end, and waits for that.
    #[track_caller]
    pub(crate) fn stop(self) -> Vec<Event> {
        self.control.advance(Phase::Draining);
        self.ended()
    }

    /// Waits for the end, and returns how it came.
    pub(crate) fn result(mut self) -> Result<(), WorkerError> {
        let runtime = self.runtime.as_ref().unwrap();
        runtime.block_on(&mut self.running).unwrap()
    }

    /// Waits for the end.
    #[track_caller]
    pub(crate) fn ended(self) -> Vec<Event> {
        let over = within(SOON * 2, || self.running.is_finished().then_some(()));
        assert!(over.is_some(), "it goes on: {:#?}", self.events());
        self.events()
    }
}

impl Drop for AtWork {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

pub(crate) fn ended_of(event: &Event, text: &str) -> Option<Ended> {
    match event {
        Event::Finished { task, ended, .. } if task.id.as_str() == text => Some(ended.clone()),
        _ => None,
    }
}

/// How many attempts ended so.
pub(crate) fn count(events: &[Event], wanted: impl Fn(&Ended) -> bool) -> usize {
    let ended = events.iter().filter_map(|event| match event {
        Event::Finished { ended, .. } => Some(ended),
        _ => None,
    });
    ended.filter(|ended| wanted(ended)).count()
}
