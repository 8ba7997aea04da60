//! Upkeep of queues: forwards due tasks, finds abandoned ones, deletes expired ones. Each call does a bounded part and
//! returns whether there may be more.

use chrono::{DateTime, Utc};

#[cfg(doc)]
use crate::broker::Leases;
use crate::broker::keys::QueueKeys;
use crate::broker::work::claim::{Claimed, Ids, Read, Row};
use crate::broker::{Broker, Error, STEP, instant, nanoseconds, script};
use crate::task::{QueueName, TaskId};

/// [`STEP`] as a part of a list's index, which counts from the right when it is negative.
const STEP_BACK: i64 = 100;

/// Ids with their scores.
type Scored = Vec<(Vec<u8>, f64)>;

/// The result of one step of forwarding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forwarded {
    /// How many tasks were due; a full step means that there may be more.
    pub moved: usize,
    /// When the next one is due.
    pub next_due_at: Option<DateTime<Utc>>,
    /// Ids without a message, which were set aside.
    pub aside: Vec<TaskId>,
}

/// The result of one step of cleaning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cleaned {
    /// Whether another step may find more at once.
    pub more: bool,
    /// Ids without a message, which were set aside.
    pub aside: Vec<TaskId>,
}

impl Cleaned {
    fn new((count, aside): (usize, Ids)) -> Self {
        Self {
            more: count >= STEP,
            aside: aside.into_iter().map(TaskId::from_stored).collect(),
        }
    }
}

impl Forwarded {
    /// Whether another step may find more at once.
    pub const fn may_have_more(&self) -> bool {
        self.moved >= STEP
    }
}

impl Broker {
    /// Moves due tasks of a queue, scheduled ones and retries, to pending or into their groups.
    pub async fn forward(&self, queue: &QueueName, now: DateTime<Utc>) -> Result<Forwarded, Error> {
        let keys = QueueKeys::new(queue);
        // Usually nothing is due, and two plain commands show that.
        let mut first = redis::pipe();
        for set in [keys.scheduled(), keys.retry()] {
            first.zrange_withscores(set, 0, 0);
        }
        let first: Result<[Scored; 2], Error> = self.conn.pipeline(&first).await;
        let first = match first {
            // The script fails on the same key, and names it.
            Err(error) if error.is_wrong_type() => f64::NEG_INFINITY,
            first => {
                let first = first?;
                let scores = first.iter().flatten().map(|(_, score)| *score);
                scores.fold(f64::INFINITY, f64::min)
            }
        };
        let next_due_at = instant(first);
        // A score may be outside the range of dates, on either side.
        if next_due_at.map_or(first > 0.0, |at| at.timestamp() > now.timestamp()) {
            return Ok(Forwarded {
                moved: 0,
                next_due_at,
                aside: Vec::new(),
            });
        }
        let (moved, next, aside): (usize, i64, Ids) = script::FORWARD
            .on(&[
                keys.scheduled(),
                keys.retry(),
                keys.pending(),
                keys.groups(),
                keys.aside(),
            ])
            .arg(keys.task_prefix())
            .arg(keys.group_prefix())
            .arg(now.timestamp())
            .arg(nanoseconds(now))
            .arg(STEP)
            .run(&self.conn)
            .await?;
        let next_due_at = if next < 0 {
            None
        } else {
            DateTime::from_timestamp(next, 0)
        };
        Ok(Forwarded {
            moved,
            next_due_at,
            aside: aside.into_iter().map(TaskId::from_stored).collect(),
        })
    }

    /// Reads tasks whose leases ended long enough before `now` ([`Leases::grace`]), as claims to be settled. If the worker
    /// of a task has extended its lease meanwhile, settling it does nothing.
    pub async fn expired(&self, queue: &QueueName, now: DateTime<Utc>) -> Result<Claimed, Error> {
        let keys = QueueKeys::new(queue);
        let lease_before = self.leases.abandoned_before(now).timestamp();
        let call = script::EXPIRED
            .on(&[keys.lease(), keys.active(), keys.aside()])
            .arg(keys.task_prefix())
            .arg(lease_before)
            .arg(STEP);
        loop {
            let (looked, rows, aside, lost): (usize, Vec<Row>, Ids, Vec<u32>) =
                call.run(&self.conn).await?;
            // A call that found only ids of deleted tasks says nothing about the tasks behind them.
            if looked == 0 || !rows.is_empty() || !aside.is_empty() {
                let lost = &lost;
                let read = Read::Expired { lease_before, lost };
                let found = self.decode(queue, rows, read).await?;
                return Ok(found.with_aside(aside));
            }
        }
    }

    /// Reads the ids of active tasks without a lease, among the oldest ten thousand. Other clients may add the lease in a
    /// second command, so only a task that is seen twice, some time apart, has lost it.
    pub async fn unleased(&self, queue: &QueueName) -> Result<Vec<TaskId>, Error> {
        let keys = QueueKeys::new(queue);
        let mut unleased = Vec::new();
        for page in 0..100 {
            // From the right, where the oldest are.
            let stop = -1 - page * STEP_BACK;
            let mut ids: Vec<Vec<u8>> = script::UNLEASED
                .on(&[keys.active(), keys.lease()])
                .arg(stop - STEP_BACK + 1)
                .arg(stop)
                .run(&self.conn)
                .await?;
            let seen = ids.pop().and_then(|seen| String::from_utf8(seen).ok());
            let seen = seen.and_then(|seen| seen.parse().ok()).unwrap_or(0);
            let ids = ids.into_iter().filter_map(|id| String::from_utf8(id).ok());
            unleased.extend(ids.filter_map(|id| TaskId::new(id).ok()));
            if seen < STEP {
                break;
            }
        }
        Ok(unleased)
    }

    /// Gives active tasks without a lease an expired one, so that [`Self::expired`] finds them. Ids of tasks in other states
    /// are removed from the list of active tasks.
    pub async fn lease_orphans(
        &self,
        queue: &QueueName,
        ids: &[TaskId],
        now: DateTime<Utc>,
    ) -> Result<usize, Error> {
        let keys = QueueKeys::new(queue);
        let mut given = 0;
        for step in ids.chunks(STEP) {
            let mut call = script::LEASE_ORPHANS
                .on(&[keys.lease(), keys.active()])
                .arg(keys.task_prefix())
                .arg(self.leases.abandoned_before(now).timestamp());
            for id in step {
                call = call.arg(id.as_str());
            }
            given += call.run::<usize>(&self.conn).await?;
        }
        Ok(given)
    }

    /// Deletes completed tasks whose retention has expired.
    pub async fn delete_expired(
        &self,
        queue: &QueueName,
        now: DateTime<Utc>,
    ) -> Result<Cleaned, Error> {
        let keys = QueueKeys::new(queue);
        let call = script::DELETE_EXPIRED.on(&[keys.completed(), keys.aside()]);
        self.clean(call, &keys, now).await
    }

    /// Deletes archived tasks over 90 days old and all but the 9999 newest.
    pub async fn trim_archive(
        &self,
        queue: &QueueName,
        now: DateTime<Utc>,
    ) -> Result<Cleaned, Error> {
        let keys = QueueKeys::new(queue);
        let call = script::TRIM_ARCHIVE.on(&[keys.archived(), keys.aside()]);
        self.clean(call, &keys, now).await
    }

    async fn clean(
        &self,
        call: script::Call,
        keys: &QueueKeys,
        now: DateTime<Utc>,
    ) -> Result<Cleaned, Error> {
        let call = call.arg(keys.task_prefix()).arg(now.timestamp()).arg(STEP);
        Ok(Cleaned::new(call.run(&self.conn).await?))
    }
}
