//! Measures queues and the server: counts, latency, history, memory. Nothing here writes.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::try_join_all;
use redis::RedisResult;

use crate::broker::Container;
use crate::broker::keys::QueueKeys;
use crate::broker::read::tasks::{TOGETHER, since, utf8};
use crate::broker::records::{Day, Figure, QueueStats, ServerFacts, WrongType, type_name};
use crate::broker::{Broker, Error, info, script};
use crate::task::time::{from_second, plausible_past};
use crate::task::{QueueName, State};

/// How many tasks are measured in each container, and how many groups are sampled, as in Asynq.
const SAMPLE: usize = 20;
const GROUP_SAMPLE: usize = 5;

/// The states whose lengths the stats script returns, in its order.
const STATS_ORDER: [State; 6] = [
    State::Pending,
    State::Active,
    State::Scheduled,
    State::Retry,
    State::Archived,
    State::Completed,
];

/// The longest history that is read.
const TEN_YEARS: u32 = 3660;

impl Broker {
    /// The numbers of queues, in the order given.
    pub async fn stats(
        &self,
        queues: &[QueueName],
        now: DateTime<Utc>,
    ) -> Result<Vec<QueueStats>, Error> {
        let mut stats = Vec::with_capacity(queues.len());
        for some in queues.chunks(TOGETHER) {
            stats
                .extend(try_join_all(some.iter().map(|queue| self.queue_stats(queue, now))).await?);
        }
        Ok(stats)
    }

    async fn queue_stats(
        &self,
        queue: &QueueName,
        now: DateTime<Utc>,
    ) -> Result<QueueStats, Error> {
        let keys = QueueKeys::new(queue);
        let read = stats_keys(&keys, now);
        let call = script::STATS.on(&read).arg(keys.task_prefix());
        let row: Vec<redis::Value> = call.run(&self.conn).await?;
        let mut figures = Figures {
            row: &row,
            keys: &read,
            unreadable: Vec::new(),
        };
        let mut counts: BTreeMap<State, u64> = STATS_ORDER
            .into_iter()
            .enumerate()
            .map(|(index, state)| (state, figures.number(index, Figure::Count(state))))
            .collect();
        let groups = figures.number(6, Figure::Groups);
        if groups > 0 {
            let (aggregating, wrong) = self.aggregating(queue).await?;
            counts.insert(State::Aggregating, aggregating);
            let figure = Figure::Count(State::Aggregating);
            let wrong = wrong.into_iter().map(|wrong| (figure, wrong));
            figures.unreadable.extend(wrong);
        } else {
            counts.insert(State::Aggregating, 0);
        }
        counts.insert(
            State::Aside,
            figures.number(12, Figure::Count(State::Aside)),
        );
        Ok(QueueStats {
            queue: queue.clone(),
            counts,
            groups,
            paused: row.get(7).is_some_and(|at| *at != redis::Value::Nil),
            paused_at: (figures.text(7))
                .and_then(|text| from_second(text.parse().ok()?))
                .and_then(|at| plausible_past(at, now)),
            latency: (figures.text(13))
                .and_then(|text| plausible_past(since(&text)?, now))
                .map(|since| (now - since).to_std().unwrap_or(Duration::ZERO)),
            processed_today: figures.number(8, Figure::ProcessedToday),
            failed_today: figures.number(9, Figure::FailedToday),
            processed_total: figures.number(10, Figure::ProcessedTotal),
            failed_total: figures.number(11, Figure::FailedTotal),
            memory_bytes: None,
            unreadable: figures.unreadable,
        })
    }

    /// Tasks in all groups of a queue, and the keys of groups that cannot be read.
    async fn aggregating(&self, queue: &QueueName) -> Result<(u64, Vec<WrongType>), Error> {
        let mut total = 0;
        let mut wrong = Vec::new();
        let mut pages = self.groups(queue);
        while let Some(groups) = pages.next().await? {
            total += groups.iter().map(|group| group.size).sum::<u64>();
            wrong.extend(groups.into_iter().filter_map(|group| group.unreadable));
        }
        Ok((total, wrong))
    }

    /// Attempts on each of the last `days` days, today first. Asynq keeps the counters for 90 days; at most ten years are
    /// read.
    pub async fn history(
        &self,
        queue: &QueueName,
        days: u32,
        now: DateTime<Utc>,
    ) -> Result<Vec<Day>, Error> {
        let keys = QueueKeys::new(queue);
        let dates: Vec<_> = (0..days.min(TEN_YEARS))
            .map(|ago| (now - TimeDelta::days(i64::from(ago))).date_naive())
            .collect();
        if dates.is_empty() {
            return Ok(Vec::new());
        }
        let mut read = redis::pipe();
        for &date in &dates {
            read.get(keys.processed_on(date)).get(keys.failed_on(date));
        }
        // A counter of another type must not hide the others.
        read.ignore_errors();
        let counters: Vec<RedisResult<Option<Vec<u8>>>> = self.conn.pipeline(&read).await?;
        let number = |counter: Option<&RedisResult<Option<Vec<u8>>>>| match counter {
            Some(Ok(Some(text))) => utf8(text)?.parse().ok(),
            Some(Ok(None)) | None => Some(0),
            Some(Err(_)) => None,
        };
        let days = dates
            .into_iter()
            .zip(counters.chunks(2))
            .map(|(date, counters)| Day {
                queue: queue.clone(),
                date,
                processed: number(counters.first()),
                failed: number(counters.get(1)),
            });
        Ok(days.collect())
    }

    /// The approximate memory of a queue, estimated from samples as in Asynq.
    pub async fn memory(&self, queue: &QueueName) -> Result<u64, Error> {
        let keys = QueueKeys::new(queue);
        // Like Asynq, rounds only the sum.
        let mut total = 0.0;
        for state in STATS_ORDER {
            let container = Container::State(state);
            let key = container.key(&keys);
            let range = if container.is_list() {
                "LRANGE"
            } else {
                "ZRANGE"
            };
            let mut sample = redis::cmd(range);
            sample.arg(&key).arg(0).arg(SAMPLE - 1);
            let ids: Vec<Vec<u8>> = match self.conn.command(&sample).await {
                Ok(ids) => ids,
                Err(error) if error.is_wrong_type() => continue,
                Err(error) => return Err(error),
            };
            if ids.is_empty() {
                continue;
            }
            let sizes = self.sizes(&keys, &ids, Some(&key)).await?;
            let (tasks, own) = sizes.split_at(ids.len());
            let count = self.count(queue, &container).await?;
            total += scaled(tasks, ids.len(), count) + sum(own);
        }
        total += self.group_memory(queue).await?;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "an approximate size, cut as Asynq cuts it"
        )]
        Ok(total as u64)
    }

    async fn group_memory(&self, queue: &QueueName) -> Result<f64, Error> {
        let keys = QueueKeys::new(queue);
        let mut groups = Vec::new();
        let mut total = 0;
        let mut pages = self.groups(queue);
        loop {
            match pages.next().await {
                Ok(Some(page)) => {
                    total += page.iter().map(|group| group.size).sum::<u64>();
                    let readable = page.into_iter().filter(|group| group.unreadable.is_none());
                    groups.extend(readable.take(GROUP_SAMPLE - groups.len()));
                }
                Ok(None) => break,
                Err(error) if error.is_wrong_type() => break,
                Err(error) => return Err(error),
            }
        }
        let mut found = Vec::new();
        for group in &groups {
            let mut range = redis::cmd("ZRANGE");
            range.arg(keys.group(&group.group)).arg(0).arg(SAMPLE - 1);
            let ids: Vec<Vec<u8>> = self.conn.command(&range).await?;
            if !ids.is_empty() {
                let sizes = self.sizes(&keys, &ids, None).await?;
                found.extend(sizes.into_iter().flatten().map(Some));
            }
        }
        Ok(scaled(&found, found.len(), total))
    }

    /// The memory of some tasks, then of their container.
    async fn sizes(
        &self,
        keys: &QueueKeys,
        ids: &[Vec<u8>],
        container: Option<&String>,
    ) -> Result<Vec<Option<u64>>, Error> {
        let prefix = keys.task_prefix();
        let tasks = ids.iter().map(|id| [prefix.as_bytes(), id].concat());
        let container = container.map(|key| key.clone().into_bytes());
        let mut usage = redis::pipe();
        for key in tasks.chain(container) {
            usage.cmd("MEMORY").arg("USAGE").arg(key);
        }
        self.conn.pipeline(&usage).await
    }

    /// Facts from the `INFO` of the server; `None` without the right to call it.
    ///
    /// For a cluster: the memory and clients of all primaries together, the oldest version, and the shortest uptime. Memory
    /// counts as limited only if every primary has a limit.
    pub async fn server_facts(&self) -> Result<Option<ServerFacts>, Error> {
        let told: Vec<String> = match self.conn.everywhere(&redis::cmd("INFO")).await {
            Ok(told) => told,
            Err(Error::NotPermitted { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let facts = told.iter().map(|text| facts(text));
        Ok(facts.reduce(together))
    }
}

/// The keys of the stats script, in its order.
fn stats_keys(keys: &QueueKeys, now: DateTime<Utc>) -> [String; 13] {
    let today = now.date_naive();
    [
        keys.pending(),
        keys.active(),
        keys.scheduled(),
        keys.retry(),
        keys.archived(),
        keys.completed(),
        keys.groups(),
        keys.paused(),
        keys.processed_on(today),
        keys.failed_on(today),
        keys.processed(),
        keys.failed(),
        keys.aside(),
    ]
}

/// What the stats script returned for some keys.
struct Figures<'a> {
    row: &'a [redis::Value],
    keys: &'a [String],
    unreadable: Vec<(Figure, WrongType)>,
}

impl Figures<'_> {
    fn text(&self, index: usize) -> Option<String> {
        redis::from_redis_value_ref(self.row.get(index)?)
            .ok()
            .flatten()
    }

    /// A number; 0 for an absent key, and for one that holds something else.
    fn number(&mut self, index: usize, figure: Figure) -> u64 {
        let expected = match figure {
            Figure::Count(State::Pending | State::Active) => "list",
            Figure::Count(_) => "sorted set",
            Figure::Groups => "set",
            Figure::ProcessedToday
            | Figure::FailedToday
            | Figure::ProcessedTotal
            | Figure::FailedTotal => "number",
        };
        let found = match self.row.get(index) {
            Some(redis::Value::Array(kind)) => {
                let kind = kind
                    .first()
                    .and_then(|kind| redis::from_redis_value_ref(kind).ok());
                type_name(kind.unwrap_or_default())
            }
            Some(redis::Value::Nil) | None => return 0,
            Some(_) => match self.text(index).and_then(|text| text.parse().ok()) {
                Some(number) => return number,
                None => "string".to_owned(),
            },
        };
        let key = self.keys.get(index).cloned().unwrap_or_default();
        self.unreadable.push((
            figure,
            WrongType {
                key,
                found,
                expected,
            },
        ));
        0
    }
}

/// The facts in an `INFO` reply.
fn facts(text: &str) -> ServerFacts {
    let number = |field: &str| info::field(text, field).and_then(|value| value.parse().ok());
    ServerFacts {
        version: info::field(text, "redis_version")
            .unwrap_or_default()
            .to_owned(),
        used_memory: number("used_memory"),
        max_memory: number("maxmemory"),
        clients: number("connected_clients"),
        uptime: number("uptime_in_seconds").map(Duration::from_secs),
    }
}

/// The facts of two servers of a cluster.
fn together(one: ServerFacts, other: ServerFacts) -> ServerFacts {
    let sum = |one: Option<u64>, other: Option<u64>| Some(one?.saturating_add(other?));
    let limited = [one.max_memory, other.max_memory]
        .iter()
        .all(|limit| *limit != Some(0));
    let parts = |version: &str| -> Vec<u32> {
        let numbers = version.split('.').map(|part| part.parse().unwrap_or(0));
        numbers.collect()
    };
    ServerFacts {
        max_memory: if limited {
            sum(one.max_memory, other.max_memory)
        } else {
            Some(0)
        },
        used_memory: sum(one.used_memory, other.used_memory),
        clients: sum(one.clients, other.clients),
        uptime: one.uptime.min(other.uptime),
        version: if parts(&one.version) <= parts(&other.version) {
            one.version
        } else {
            other.version
        },
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "sizes beyond 2^53 bytes do not fit any memory"
)]
fn sum(sizes: &[Option<u64>]) -> f64 {
    sizes.iter().flatten().sum::<u64>() as f64
}

/// The sum of a sample, scaled to the whole.
#[expect(
    clippy::cast_precision_loss,
    reason = "numbers of tasks beyond 2^53 do not fit any memory"
)]
fn scaled(sampled: &[Option<u64>], sample: usize, count: u64) -> f64 {
    sum(sampled) / sample.max(1) as f64 * count as f64
}
