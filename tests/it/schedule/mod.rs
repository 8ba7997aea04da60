//! Schedulers on a real Redis: that each tick is enqueued once, whoever else is there and whatever dies.

mod alone;
mod asynq;
mod endurance;
mod program;
mod together;
mod trouble;

use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use qctl::broker::{SchedulePlaced, keys};
use qctl::schedule::changed_by::{ChangedBy, Stamp};
use qctl::schedule::entry::Schedule;
use qctl::schedule::event::ScheduleEvent;
use qctl::schedule::form::Form;
use qctl::schedule::scheduler::{ANNOUNCER, Clock, Scheduler};
use qctl::schedule::stored::{self, Replace, Stored, TickReport};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::harness::redis::Redis;
use crate::harness::{SOON, eventually};
use crate::worker::shop::{Shop, connect};

/// An instant of the past at which a story begins; its second is whole.
fn dawn() -> DateTime<Utc> {
    "2024-03-01T00:00:00Z".parse().unwrap()
}

/// A clock that starts at `start` and runs so many times as fast as the real one.
fn clock_from(start: DateTime<Utc>, speed: i32) -> Clock {
    let begun = Instant::now();
    Arc::new(move || start + TimeDelta::from_std(begun.elapsed()).unwrap() * speed)
}

/// A clock that stands still, until it is moved.
#[derive(Clone)]
struct Hand(Arc<Mutex<DateTime<Utc>>>);

impl Hand {
    fn at(start: DateTime<Utc>) -> Self {
        Self(Arc::new(Mutex::new(start)))
    }

    fn set(&self, now: DateTime<Utc>) {
        *self.0.lock().unwrap() = now;
    }

    fn clock(&self) -> Clock {
        let hand = Arc::clone(&self.0);
        Arc::new(move || *hand.lock().unwrap())
    }
}

/// What schedulers have told, with the number of each.
#[derive(Default)]
struct Told {
    events: Mutex<Vec<(usize, ScheduleEvent)>>,
    more: Condvar,
}

/// A Redis with schedulers.
struct Tower {
    shop: Shop,
    runtime: Runtime,
    told: Arc<Told>,
    running: Vec<(oneshot::Sender<()>, JoinHandle<()>)>,
}

impl Tower {
    fn open() -> Self {
        Self::on(Redis::start())
    }

    fn on(redis: Redis) -> Self {
        let mut runtime = Builder::new_multi_thread();
        runtime.worker_threads(2).enable_all();
        Self {
            shop: Shop::on(redis),
            runtime: runtime.build().unwrap(),
            told: Arc::default(),
            running: Vec::new(),
        }
    }

    /// Stores a schedule that begins at [`dawn`].
    fn put(&self, name: &str, spec: &str) {
        self.put_form(&form(name, spec), dawn());
    }

    #[track_caller]
    fn put_form(&self, form: &Form, now: DateTime<Utc>) -> SchedulePlaced {
        let schedule: Schedule = form.check(now).unwrap();
        let by = ChangedBy::User("me".to_owned());
        let stamp = Stamp { by: &by, now };
        let placed = self.shop.ask(async |broker| {
            stored::put(broker, &schedule, form.paused, Replace::Yes, stamp).await
        });
        placed.unwrap()
    }

    fn stored(&self, name: &str) -> Stored {
        self.shop
            .ask(async |broker| stored::one(broker, name).await)
            .unwrap()
    }

    fn history(&self, name: &str) -> Vec<TickReport> {
        // The first use of a connection that a restart has broken tells of it.
        eventually(SOON, || {
            let history = self
                .shop
                .ask(async |broker| stored::history(broker, name, 1000).await);
            history.ok()
        })
    }

    fn start(&mut self, clock: Clock) {
        let url = self.shop.redis.url();
        self.start_at(&url, clock);
    }

    /// Starts a scheduler that reaches Redis under another URL.
    fn start_at(&mut self, url: &str, clock: Clock) {
        let broker = self.runtime.block_on(connect(url));
        let (number, told) = (self.running.len(), Arc::clone(&self.told));
        let reporter = Arc::new(move |event: &ScheduleEvent| {
            told.events.lock().unwrap().push((number, event.clone()));
            told.more.notify_all();
        });
        let owner = format!("here:{number}");
        let scheduler = Scheduler::new(broker, &owner, reporter).with_clock(clock);
        let (stop, stopped) = oneshot::channel();
        let running = self.runtime.spawn(scheduler.run(async move {
            stopped.await.ok();
        }));
        self.running.push((stop, running));
    }

    /// Stops a scheduler as an order does: what it has begun is finished.
    fn stop(&mut self) {
        for (stop, running) in self.running.drain(..) {
            stop.send(()).ok();
            self.runtime.block_on(running).unwrap();
        }
    }

    /// Waits until something has been told, and returns all that was told.
    #[track_caller]
    fn until(
        &self,
        enough: impl Fn(&[(usize, ScheduleEvent)]) -> bool,
    ) -> Vec<(usize, ScheduleEvent)> {
        let events = self.told.events.lock().unwrap();
        let waited = self
            .told
            .more
            .wait_timeout_while(events, SOON, |events| !enough(events));
        let (events, timeout) = waited.unwrap();
        assert!(!timeout.timed_out(), "it was not told: {events:#?}");
        events.clone()
    }

    /// Waits until a schedule has fired so often, by whoever.
    #[track_caller]
    fn until_fired(&self, name: &str, times: usize) {
        self.until(|events| {
            let of_name = |(_, event): &&(usize, ScheduleEvent)| {
                matches!(event, ScheduleEvent::Fired { name: fired, .. } if fired == name)
            };
            events.iter().filter(of_name).count() >= times
        });
    }

    /// Waits until a scheduler has read the schedules and announced them.
    #[track_caller]
    fn until_it_runs(&self) {
        let key = keys::scheduler(ANNOUNCER);
        eventually(SOON, || {
            (self.shop.redis.query::<i64>(&["EXISTS", &key]) == 1).then_some(())
        });
    }

    /// The ids of the tasks that wait in the queue `default`, oldest first.
    fn pending(&self) -> Vec<String> {
        let mut ids = self.shop.list(&crate::worker::shop::keys().pending());
        ids.reverse();
        ids
    }
}

fn form(name: &str, spec: &str) -> Form {
    Form {
        name: Some(name.to_owned()),
        spec: spec.to_owned(),
        kind: "t".to_owned(),
        ..Form::default()
    }
}

/// The ticks that were fired, of all events.
fn fired(events: &[(usize, ScheduleEvent)]) -> Vec<(String, String, Duration)> {
    let fired = events.iter().filter_map(|(_, event)| match event {
        ScheduleEvent::Fired {
            name,
            task_id,
            late,
            ..
        } => Some((name.clone(), task_id.clone(), *late)),
        _ => None,
    });
    fired.collect()
}
