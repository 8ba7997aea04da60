//! Groups and the sets in which their tasks are merged.
//!
//! A set is opened when a group is ripe, read, and replaced by the task into which its tasks were merged (`merge`). One that
//! is not replaced in time is reclaimed: its tasks go back to their group.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::broker::keys::QueueKeys;
use crate::broker::{Broker, Error, STEP, instant, script};
use crate::task::QueueName;

/// When a group is to be merged. As in Asynq, but a set never holds more than a thousand tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ripeness {
    /// No task was added for this long.
    pub grace: Duration,
    /// The oldest task has been waiting for this long; zero = no limit.
    pub max_delay: Duration,
    /// This many tasks are waiting; 0 = no limit.
    pub max_size: usize,
}

/// Time until an open set is reclaimed, as in Asynq, unless it says otherwise.
pub const SET_LIFETIME: Duration = Duration::from_secs(120);

/// Maximum number of tasks in a set.
pub const MAX_SET_TASKS: usize = 1000;

/// An open aggregation set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AggregationSet {
    queue: QueueName,
    group: String,
    key: String,
    lifetime: Duration,
}

impl AggregationSet {
    /// A set of a group, with a random id. It is not open yet.
    pub fn new(queue: &QueueName, group: &str) -> Self {
        let id = uuid::Uuid::new_v4().to_string();
        Self {
            queue: queue.clone(),
            group: group.to_owned(),
            key: QueueKeys::new(queue).aggregation_set(group, &id),
            lifetime: SET_LIFETIME,
        }
    }

    /// The same set, which is reclaimed when it has been open for this long.
    #[must_use]
    pub const fn lasting(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// The queue of its tasks.
    pub const fn queue(&self) -> &QueueName {
        &self.queue
    }

    /// The group whose tasks it holds.
    pub fn group(&self) -> &str {
        &self.group
    }

    pub(crate) fn key(&self) -> &str {
        &self.key
    }
}

impl Broker {
    /// If the group is ripe, opens the set with the group's oldest tasks and returns true.
    pub async fn open_set(
        &self,
        set: &AggregationSet,
        ripeness: Ripeness,
        now: DateTime<Utc>,
    ) -> Result<bool, Error> {
        let keys = QueueKeys::new(&set.queue);
        let taken: usize = script::AGGREGATE
            .on(&[
                keys.group(&set.group),
                keys.groups(),
                keys.aggregation_sets(),
                set.key.clone(),
            ])
            .arg(&set.group)
            .arg(now.timestamp())
            .arg(ripeness.max_size)
            .arg(ripeness.max_delay.as_secs())
            .arg(ripeness.grace.as_secs())
            .arg((now + set.lifetime).timestamp())
            .arg(MAX_SET_TASKS)
            .run(&self.conn)
            .await?;
        Ok(taken > 0)
    }

    /// Deletes the tasks of a set with their locks, and the set.
    pub async fn delete_set(&self, set: AggregationSet) -> Result<(), Error> {
        let keys = QueueKeys::new(&set.queue);
        loop {
            let left: usize = script::DELETE_SET
                .on(&[set.key.clone(), keys.aggregation_sets()])
                .arg(keys.task_prefix())
                .arg(STEP)
                .run(&self.conn)
                .await?;
            if left == 0 {
                return Ok(());
            }
        }
    }

    /// Moves the tasks of sets that were not deleted in time back to their groups. Returns the number of sets.
    pub async fn reclaim_sets(
        &self,
        queue: &QueueName,
        now: DateTime<Utc>,
    ) -> Result<usize, Error> {
        let keys = QueueKeys::new(queue);
        let stale: Vec<Vec<u8>> = self
            .conn
            .command(
                redis::cmd("ZRANGEBYSCORE")
                    .arg(keys.aggregation_sets())
                    .arg("-inf")
                    .arg(now.timestamp())
                    .arg("LIMIT")
                    .arg(0)
                    .arg(STEP),
            )
            .await?;
        for set in &stale {
            let Some((set, group)) = set_and_group(&keys, set) else {
                continue;
            };
            loop {
                let left: usize = script::RECLAIM_SET
                    .on(&[
                        set.to_owned(),
                        keys.aggregation_sets(),
                        keys.group(group),
                        keys.groups(),
                    ])
                    .arg(group)
                    .arg(now.timestamp())
                    .arg(STEP)
                    .run(&self.conn)
                    .await?;
                if left == 0 {
                    break;
                }
            }
        }
        Ok(stale.len())
    }

    /// The open sets of a queue, each with its size and the time at which it may be reclaimed.
    pub async fn open_sets(
        &self,
        queue: &QueueName,
    ) -> Result<Vec<(AggregationSet, u64, Option<DateTime<Utc>>)>, Error> {
        let keys = QueueKeys::new(queue);
        let open: Vec<(Vec<u8>, f64)> = self
            .conn
            .command(
                redis::cmd("ZRANGE")
                    .arg(keys.aggregation_sets())
                    .arg(0)
                    .arg(MAX_SET_TASKS - 1)
                    .arg("WITHSCORES"),
            )
            .await?;
        let mut sets = Vec::new();
        for (key, score) in open {
            let Some((key, group)) = set_and_group(&keys, &key) else {
                continue;
            };
            let size: u64 = self.conn.command(redis::cmd("ZCARD").arg(key)).await?;
            let set = AggregationSet {
                queue: queue.clone(),
                group: group.to_owned(),
                key: key.to_owned(),
                lifetime: SET_LIFETIME,
            };
            sets.push((set, size, instant(score)));
        }
        Ok(sets)
    }
}

/// The key of a set and its group, which is between the prefix of groups and the set's id at the end of the key. `None`
/// for other keys.
fn set_and_group<'a>(keys: &QueueKeys, set: &'a [u8]) -> Option<(&'a str, &'a str)> {
    let set = str::from_utf8(set).ok()?;
    let rest = set.strip_prefix(&keys.group_prefix())?;
    rest.rsplit_once(':').map(|(group, _)| (set, group))
}
