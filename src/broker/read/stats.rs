//! Measures queues and the server: counts, latency, history. Nothing here writes.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::try_join_all;
use redis::RedisResult;

use crate::broker::keys::QueueKeys;
use crate::broker::read::tasks::{TOGETHER, since, utf8};
use crate::broker::records::{Day, Figure, Late, QueueStats, ServerFacts, WrongType, type_name};
use crate::broker::{Broker, Error, Fact, info, instant, script};
use crate::task::time::{from_second, plausible, plausible_past};
use crate::task::{QueueName, State};

/// The states whose lengths the stats script returns, in its order.
pub(super) const STATS_ORDER: [State; 6] = [
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
        let mut stats = self.all_ungrouped_stats(queues, now).await?;
        for some in stats.chunks_mut(TOGETHER) {
            let grouped = some.iter_mut().filter(|queue| queue.groups > 0);
            try_join_all(grouped.map(|queue| self.count_grouped(queue))).await?;
        }
        Ok(stats)
    }

    /// What [`Broker::ungrouped_stats`] reads, of each of these queues.
    pub(crate) async fn all_ungrouped_stats(
        &self,
        queues: &[QueueName],
        now: DateTime<Utc>,
    ) -> Result<Vec<QueueStats>, Error> {
        let mut stats = Vec::with_capacity(queues.len());
        for some in queues.chunks(TOGETHER) {
            let reads = some.iter().map(|queue| self.ungrouped_stats(queue, now));
            stats.extend(try_join_all(reads).await?);
        }
        Ok(stats)
    }

    /// The numbers of a queue, read by one command. Tasks in groups count as none until [`Broker::count_grouped`].
    pub(crate) async fn ungrouped_stats(
        &self,
        queue: &QueueName,
        now: DateTime<Utc>,
    ) -> Result<QueueStats, Error> {
        let keys = QueueKeys::new(queue);
        let read = stats_keys(&keys, now);
        let call = script::STATS
            .on(&read)
            .arg(keys.task_prefix())
            .arg(now.timestamp())
            .arg((now + Late::SOON).timestamp());
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
        counts.insert(State::Aggregating, 0);
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
            late: figures.late(now),
            unreadable: figures.unreadable,
        })
    }

    /// Adds the tasks in groups. It takes a command for each group, and one for each page of their names.
    pub(crate) async fn count_grouped(&self, stats: &mut QueueStats) -> Result<(), Error> {
        let queue = stats.queue.clone();
        let mut total = 0;
        let mut pages = self.groups(&queue);
        while let Some(groups) = pages.next().await? {
            total += groups.iter().map(|group| group.size).sum::<u64>();
            let wrong = groups.into_iter().filter_map(|group| group.unreadable);
            let figure = Figure::Count(State::Aggregating);
            stats.unreadable.extend(wrong.map(|wrong| (figure, wrong)));
        }
        stats.counts.insert(State::Aggregating, total);
        Ok(())
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

    /// Facts from the `INFO` of the server; `None` without the right to call it.
    ///
    /// For a cluster: the memory and clients of all primaries together, the oldest version, and the shortest uptime. Memory
    /// counts as limited only if every primary has a limit.
    pub async fn server_facts(&self) -> Result<Option<ServerFacts>, Error> {
        let told = self.conn.everywhere::<String>(&redis::cmd("INFO")).await;
        let told = self.unless_denied(Fact::Server, told)?;
        let facts = told.iter().flatten().map(|text| facts(text));
        Ok(facts.reduce(together))
    }
}

/// The keys of the stats script, in its order.
fn stats_keys(keys: &QueueKeys, now: DateTime<Utc>) -> [String; 14] {
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
        keys.lease(),
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

    /// What the figures after the counters and the time say.
    fn late(&self, now: DateTime<Utc>) -> Late {
        let number = |index| self.text(index).and_then(|text| text.parse::<u64>().ok());
        let score = |index| {
            let score = self.text(index).and_then(|text| text.parse().ok());
            score.and_then(instant).and_then(plausible)
        };
        let sum = |one: Option<u64>, other: Option<u64>| Some(one?.saturating_add(other?));
        let past = |at: &DateTime<Utc>| *at <= now;
        Late {
            retries_due_soon: number(14),
            due: sum(number(15), number(16)),
            due_since: score(17).into_iter().chain(score(18)).filter(past).min(),
            // A lease without a task that is active says nothing.
            orphaned: number(1).and_then(|active| Some(active.saturating_sub(number(19)?))),
            orphaned_since: score(20).filter(past),
        }
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
