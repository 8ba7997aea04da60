//! A Redis with queues to work on, and a client that puts tasks into them and looks what became of them.

use std::time::Duration;

use chrono::{DateTime, Utc};
use qctl::broker::keys::QueueKeys;
use qctl::broker::records::FoundTask;
use qctl::broker::{Address, Broker, Tls};
use qctl::clock;
use qctl::task::{NewTask, QueueName, State, TaskId, TaskType};
use tokio::runtime::{Builder, Runtime};

use super::crew::Crew;
use crate::harness::redis::Redis;
use crate::harness::{SOON, eventually};

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

    /// How many commands Redis has run, those of scripts included.
    pub(crate) fn commands(&self) -> u64 {
        let info: String = self.redis.query(&["INFO", "stats"]);
        let line = info
            .lines()
            .find_map(|line| line.strip_prefix("total_commands_processed:"));
        line.unwrap().trim().parse().unwrap()
    }

    pub(crate) fn enqueue(&self, task: &NewTask) {
        self.ask(async |broker| broker.enqueue(task, clock::now()).await)
            .unwrap();
    }

    /// Enqueues so many tasks of type `t`, called `prefix` and a number.
    pub(crate) fn enqueue_many(&self, queue: &QueueName, prefix: &str, count: usize) {
        for n in 0..count {
            self.enqueue(
                &task(&format!("{prefix}{n}")).with(|options| options.queue = queue.clone()),
            );
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

/// The second of a lease; its fraction is the mark of the worker.
#[expect(clippy::cast_possible_truncation, reason = "a second of this century")]
fn whole(score: f64) -> i64 {
    score as i64
}

pub(crate) async fn connect(url: &str) -> Broker {
    let settings = qctl::broker::Settings {
        address: Address::parse(url).unwrap(),
        tls: Tls::default(),
        timeout: Duration::from_secs(2),
    };
    Broker::connect(settings).await.unwrap()
}

/// Seconds from now to then.
pub(crate) fn seconds_until(at: DateTime<Utc>) -> i64 {
    (at - clock::now()).num_seconds()
}
