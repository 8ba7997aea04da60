//! A worker in this process, with closures for handlers, and a Redis of its own.
//!
//! The worker has a runtime of its own, so a test may block while it waits.

use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use qctl::broker::found::FoundTask;
use qctl::broker::keys::QueueKeys;
use qctl::broker::{Address, Broker, Tls};
use qctl::clock;
use qctl::task::transition::{Failure, Verdict};
use qctl::task::{NewTask, QueueName, State, TaskId, TaskType};
use qctl::worker::{
    Attempt, Control, Ended, Event, Handler, Mux, Phase, Queues, Route, Settings, Stop, TaskRef,
    Worker,
};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

use crate::harness::redis::Redis;
use crate::harness::{SOON, eventually, within};

pub(crate) fn queue(text: &str) -> QueueName {
    QueueName::new(text).unwrap()
}

pub(crate) fn id(text: &str) -> TaskId {
    TaskId::new(text).unwrap()
}

/// A task of type `t` in the queue `default`.
pub(crate) fn task(text: &str) -> NewTask {
    typed("t", text)
}

pub(crate) fn typed(kind: &str, text: &str) -> NewTask {
    NewTask {
        id: id(text),
        ..NewTask::new(TaskType::new(kind).unwrap(), Some(b"p".to_vec()))
    }
}

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
    fn run<'a>(&'a self, attempt: &'a Attempt, stop: Stop) -> BoxFuture<'a, Outcome> {
        Box::pin((self.0)(attempt.clone(), stop))
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

/// The keys of the queue `default`.
pub(crate) fn keys() -> QueueKeys {
    QueueKeys::new(&QueueName::default())
}

/// A Redis, and a client of it.
pub(crate) struct Shop {
    pub(crate) redis: Redis,
    runtime: Runtime,
    broker: Broker,
}

impl Shop {
    pub(crate) fn open() -> Self {
        Self::on(Redis::start())
    }

    pub(crate) fn on(redis: Redis) -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let broker = runtime.block_on(connect(&redis.url()));
        Self {
            redis,
            runtime,
            broker,
        }
    }

    /// What a client of the broker does.
    pub(crate) fn ask<T>(&self, asked: impl AsyncFnOnce(&Broker) -> T) -> T {
        self.runtime.block_on(asked(&self.broker))
    }

    pub(crate) fn enqueue(&self, task: &NewTask) {
        self.ask(async |broker| broker.enqueue(task, clock::now()).await)
            .unwrap();
    }

    /// Enqueues so many tasks of type `t`, called `prefix` and a number.
    pub(crate) fn enqueue_many(&self, queue: &QueueName, prefix: &str, count: usize) {
        for n in 0..count {
            self.enqueue(&NewTask {
                queue: queue.clone(),
                ..task(&format!("{prefix}{n}"))
            });
        }
    }

    pub(crate) fn find(&self, text: &str) -> Option<FoundTask> {
        self.find_in("default", text)
    }

    pub(crate) fn find_in(&self, name: &str, text: &str) -> Option<FoundTask> {
        self.ask(async |broker| broker.find(&queue(name), &id(text)).await)
            .unwrap()
    }

    /// The state of a task; `None` when it is gone.
    pub(crate) fn state(&self, text: &str) -> Option<State> {
        self.find(text).map(|found| found.state)
    }

    #[track_caller]
    pub(crate) fn reaches(&self, text: &str, state: State) -> FoundTask {
        eventually(SOON, || {
            self.find(text).filter(|found| found.state == state)
        })
    }

    /// Processed and failed attempts in all, of the queue `default`.
    pub(crate) fn counters(&self) -> (u64, u64) {
        let number = |key: String| self.redis.query::<Option<u64>>(&["GET", &key]).unwrap_or(0);
        let keys = keys();
        (number(keys.processed()), number(keys.failed()))
    }

    pub(crate) fn list(&self, key: &str) -> Vec<String> {
        self.redis.query(&["LRANGE", key, "0", "-1"])
    }

    /// Sets all leases of the queue `default` back, so that they have been over for a long time.
    pub(crate) fn rewind_leases(&self) {
        let lease = keys().lease();
        for id in self
            .redis
            .query::<Vec<String>>(&["ZRANGE", &lease, "0", "-1"])
        {
            self.redis.cmd(&["ZADD", &lease, "XX", "1", &id]);
        }
    }

    /// The second at which the lease of a task ends.
    pub(crate) fn lease_of(&self, text: &str) -> Option<i64> {
        self.redis
            .query::<Option<f64>>(&["ZSCORE", &keys().lease(), text])
            .map(whole)
    }

    /// A worker on this Redis.
    pub(crate) fn crew(&self) -> Crew {
        Crew::at(&self.redis.url())
    }
}

/// A score as Asynq writes them, without a fraction.
#[expect(clippy::cast_possible_truncation, reason = "checked one line above")]
fn whole(score: f64) -> i64 {
    assert!(score.fract() == 0.0, "{score}");
    score as i64
}

async fn connect(url: &str) -> Broker {
    let settings = qctl::broker::Settings {
        address: Address::parse(url).unwrap(),
        tls: Tls::default(),
        timeout: Duration::from_secs(2),
    };
    Broker::connect(settings).await.unwrap()
}

/// A worker to be.
#[must_use = "nothing runs before `start`"]
pub(crate) struct Crew {
    url: String,
    settings: Settings,
    mux: Mux,
}

impl Crew {
    /// With one slot, on the queue `default`.
    pub(crate) fn at(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            settings: Settings {
                concurrency: 1,
                queues: Queues::Weighted(vec![(QueueName::default(), 1)]),
                shutdown_timeout: SOON,
                burst: false,
                host: "here".to_owned(),
            },
            mux: Mux::default(),
        }
    }

    pub(crate) fn with(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.settings);
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

    pub(crate) fn start(self) -> AtWork {
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let broker = runtime.block_on(connect(&self.url));
        let seen = Arc::new(Seen::default());
        let told = Arc::clone(&seen);
        let reporter = Arc::new(move |event: &Event| told.add(event.clone()));
        let control = Control::default();
        let worker = Worker::new(broker, self.settings, self.mux, reporter);
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
}

/// A worker that works; it is dropped as a killed one would be.
pub(crate) struct AtWork {
    runtime: Option<Runtime>,
    pub(crate) control: Control,
    running: JoinHandle<()>,
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
        let events = self.seen.events.lock().unwrap();
        let mut found = None;
        let (events, _) = self
            .seen
            .more
            .wait_timeout_while(events, SOON, |events| {
                found = events.iter().find_map(&wanted);
                found.is_none()
            })
            .unwrap();
        found.unwrap_or_else(|| panic!("it did not happen; this did: {events:#?}"))
    }

    #[track_caller]
    pub(crate) fn started(&self, text: &str) -> TaskRef {
        self.wait_for(|event| match event {
            Event::Started(task) if task.id.as_str() == text => Some(task.clone()),
            _ => None,
        })
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

/// Seconds from now to then.
pub(crate) fn seconds_until(at: DateTime<Utc>) -> i64 {
    (at - clock::now()).num_seconds()
}
