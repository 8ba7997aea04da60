//! Reads the numbers of queues: lengths, counters, groups, history, memory, and the server's own facts.
//! Nothing here writes.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::try_join_all;

use super::found::{Day, GroupSize, QueueStats, ServerFacts};
use super::inspect::{Container, TOGETHER, since};
use super::{Broker, Error, STEP, info_field, keys::QueueKeys, script};
use crate::task::{QueueName, State};

/// Tasks whose memory is measured in each container, and groups looked into, as in Asynq.
const SAMPLE: usize = 20;
const GROUP_SAMPLE: usize = 5;

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
        let today = now.date_naive();
        let row: Vec<Option<String>> = script::STATS
            .on(&[
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
            ])
            .arg(keys.task_prefix())
            .run(&self.conn)
            .await?;
        let text = |index: usize| row.get(index).and_then(Option::as_deref);
        let number = |index: usize| text(index).and_then(|text| text.parse().ok()).unwrap_or(0);
        let mut counts: BTreeMap<State, u64> = STATS_ORDER
            .into_iter()
            .enumerate()
            .map(|(index, state)| (state, number(index)))
            .collect();
        let groups = number(6);
        let aggregating = if groups == 0 {
            0
        } else {
            self.aggregating(queue).await?
        };
        counts.insert(State::Aggregating, aggregating);
        Ok(QueueStats {
            queue: queue.clone(),
            counts,
            groups,
            paused_at: text(7).map(|text| {
                let second = text.parse().unwrap_or(0);
                DateTime::from_timestamp(second, 0).unwrap_or_default()
            }),
            latency: text(12)
                .and_then(since)
                .map(|since| (now - since).to_std().unwrap_or(Duration::ZERO)),
            processed_today: number(8),
            failed_today: number(9),
            processed_total: number(10),
            failed_total: number(11),
            memory_bytes: None,
        })
    }

    async fn aggregating(&self, queue: &QueueName) -> Result<u64, Error> {
        let mut total = 0;
        let mut cursor = Some(0);
        while let Some(at) = cursor {
            let (groups, next) = self.groups(queue, at).await?;
            total += groups.iter().map(|group| group.size).sum::<u64>();
            cursor = next;
        }
        Ok(total)
    }

    /// A page of the groups of a queue and the cursor of the next page. Start with cursor 0.
    pub async fn groups(
        &self,
        queue: &QueueName,
        cursor: u64,
    ) -> Result<(Vec<GroupSize>, Option<u64>), Error> {
        let keys = QueueKeys::new(queue);
        let mut scan = redis::cmd("SSCAN");
        scan.arg(keys.groups())
            .arg(cursor)
            .arg("COUNT")
            .arg(10 * STEP);
        let (next, names): (u64, Vec<String>) = self.conn.command(&scan).await?;
        let mut sizes = redis::pipe();
        for name in &names {
            sizes.zcard(keys.group(name));
        }
        let sizes: Vec<u64> = if names.is_empty() {
            Vec::new()
        } else {
            self.conn.pipeline(&sizes).await?
        };
        let groups = names.into_iter().zip(sizes).map(|(group, size)| GroupSize {
            queue: queue.clone(),
            group,
            size,
        });
        Ok((groups.collect(), (next != 0).then_some(next)))
    }

    /// Attempts of each of the last `days` days, today first.
    pub async fn history(
        &self,
        queue: &QueueName,
        days: u32,
        now: DateTime<Utc>,
    ) -> Result<Vec<Day>, Error> {
        let keys = QueueKeys::new(queue);
        let dates: Vec<_> = (0..days)
            .map(|ago| (now - TimeDelta::days(i64::from(ago))).date_naive())
            .collect();
        let mut read = redis::pipe();
        for &date in &dates {
            read.get(keys.processed_on(date)).get(keys.failed_on(date));
        }
        let counters: Vec<Option<u64>> = self.conn.pipeline(&read).await?;
        let days = dates
            .into_iter()
            .zip(counters.chunks(2))
            .map(|(date, counters)| Day {
                queue: queue.clone(),
                date,
                processed: counters.first().copied().flatten().unwrap_or(0),
                failed: counters.get(1).copied().flatten().unwrap_or(0),
            });
        Ok(days.collect())
    }

    /// Approximate bytes that a queue takes, from samples of its tasks, computed as Asynq does.
    pub async fn memory(&self, queue: &QueueName) -> Result<u64, Error> {
        let keys = QueueKeys::new(queue);
        let mut total = 0;
        for state in STATS_ORDER {
            let container = Container::State(state);
            let (key, scored) = container.key(&keys);
            let range = if scored { "ZRANGE" } else { "LRANGE" };
            let ids: Vec<String> = self
                .conn
                .command(redis::cmd(range).arg(&key).arg(0).arg(SAMPLE - 1))
                .await?;
            if ids.is_empty() {
                continue;
            }
            let sizes = self.sizes(&keys, &ids, Some(&key)).await?;
            let (tasks, own) = sizes.split_at(ids.len());
            let sampled: u64 = tasks.iter().flatten().sum();
            let count = self.count(queue, &container).await?;
            total += scaled(sampled, ids.len(), count) + own.iter().flatten().sum::<u64>();
        }
        Ok(total + self.group_memory(queue).await?)
    }

    async fn group_memory(&self, queue: &QueueName) -> Result<u64, Error> {
        let keys = QueueKeys::new(queue);
        let total = self.aggregating(queue).await?;
        if total == 0 {
            return Ok(0);
        }
        let (groups, _) = self.groups(queue, 0).await?;
        let mut found = Vec::new();
        for group in groups.iter().take(GROUP_SAMPLE) {
            let mut range = redis::cmd("ZRANGE");
            range.arg(keys.group(&group.group)).arg(0).arg(SAMPLE - 1);
            let ids: Vec<String> = self.conn.command(&range).await?;
            if !ids.is_empty() {
                found.extend(self.sizes(&keys, &ids, None).await?.into_iter().flatten());
            }
        }
        Ok(scaled(found.iter().sum(), found.len(), total))
    }

    /// The memory of some tasks, then of their container.
    async fn sizes(
        &self,
        keys: &QueueKeys,
        ids: &[String],
        container: Option<&String>,
    ) -> Result<Vec<Option<u64>>, Error> {
        let prefix = keys.task_prefix();
        let mut usage = redis::pipe();
        for key in ids
            .iter()
            .map(|id| format!("{prefix}{id}"))
            .chain(container.cloned())
        {
            usage.cmd("MEMORY").arg("USAGE").arg(key);
        }
        self.conn.pipeline(&usage).await
    }

    /// What the Redis server says of itself; nothing where our user may not ask.
    pub async fn server_facts(&self) -> Result<Option<ServerFacts>, Error> {
        let text: String = match self.conn.command(&redis::cmd("INFO")).await {
            Ok(text) => text,
            Err(Error::NotPermitted { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let number = |field: &str| info_field(&text, field).and_then(|value| value.parse().ok());
        Ok(Some(ServerFacts {
            version: info_field(&text, "redis_version")
                .unwrap_or_default()
                .to_owned(),
            used_memory: number("used_memory"),
            max_memory: number("maxmemory"),
            clients: number("connected_clients"),
            uptime: number("uptime_in_seconds").map(Duration::from_secs),
        }))
    }
}

/// The states whose lengths the stats script returns, in its order.
const STATS_ORDER: [State; 6] = [
    State::Pending,
    State::Active,
    State::Scheduled,
    State::Retry,
    State::Archived,
    State::Completed,
];

/// The sum of a sample, scaled to the whole.
fn scaled(sampled: u64, sample: usize, count: u64) -> u64 {
    let sample = u64::try_from(sample).unwrap_or(u64::MAX).max(1);
    u64::try_from(u128::from(sampled) * u128::from(count) / u128::from(sample)).unwrap_or(u64::MAX)
}
