//! Takes tasks from a queue under leases, and holds the leases.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::{Broker, Error, keys::QueueKeys, script};
use crate::task::{Message, QueueName, TaskId};

/// How long a lease lasts unless it is extended, as in Asynq.
pub const LEASE: Duration = Duration::from_secs(30);

/// A task that is ours until its lease ends. Settling it uses it up.
#[derive(Debug, PartialEq, Eq)]
pub struct Claim {
    /// The queue it was claimed from.
    pub queue: QueueName,
    /// The id under which it lies in Redis.
    pub id: TaskId,
    /// The task.
    pub message: Message,
    /// Recovery claims a task only if its lease ended before this second; a worker needs no such guard.
    pub(super) lease_before: Option<i64>,
}

/// What a claim brought.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Claimed {
    /// Tasks to be run.
    pub claims: Vec<Claim>,
    /// Tasks whose messages cannot be decoded; they have been archived with their bytes as they are.
    pub undecodable: Vec<TaskId>,
}

impl Broker {
    /// Claims up to `limit` tasks of a queue; none when it is paused.
    ///
    /// The leases end [`LEASE`] after `now`.
    pub async fn claim(
        &self,
        queue: &QueueName,
        limit: usize,
        now: DateTime<Utc>,
    ) -> Result<Claimed, Error> {
        let keys = QueueKeys::new(queue);
        let rows: Vec<(String, Vec<u8>)> = script::CLAIM
            .on(&[keys.pending(), keys.active(), keys.lease(), keys.paused()])
            .arg(keys.task_prefix())
            .arg((now + LEASE).timestamp())
            .arg(limit.min(super::STEP))
            .run(&self.conn)
            .await?;
        self.decode(queue, rows, None, now).await
    }

    /// Makes claims of stored messages and archives those that are none.
    pub(super) async fn decode(
        &self,
        queue: &QueueName,
        rows: Vec<(String, Vec<u8>)>,
        lease_before: Option<i64>,
        now: DateTime<Utc>,
    ) -> Result<Claimed, Error> {
        let mut claimed = Claimed::default();
        for (id, bytes) in rows {
            let Ok(id) = TaskId::new(id) else { continue };
            match Message::from_bytes(&bytes) {
                Ok(message) => claimed.claims.push(Claim {
                    queue: queue.clone(),
                    id,
                    message,
                    lease_before,
                }),
                Err(_) => claimed.undecodable.push(id),
            }
        }
        if !claimed.undecodable.is_empty() {
            let keys = QueueKeys::new(queue);
            let mut call = script::QUARANTINE
                .on(&[keys.active(), keys.lease(), keys.archived()])
                .arg(keys.task_prefix())
                .arg(lease_before.map_or_else(String::new, |second| second.to_string()))
                .arg(now.timestamp());
            for id in &claimed.undecodable {
                call = call.arg(id.as_str());
            }
            call.run::<Vec<i64>>(&self.conn).await?;
        }
        Ok(claimed)
    }

    /// Extends the leases of running tasks to [`LEASE`] after `now`. Returns those that have none any
    /// more: somebody else has recovered them.
    pub async fn extend_leases(
        &self,
        queue: &QueueName,
        ids: &[TaskId],
        now: DateTime<Utc>,
    ) -> Result<Vec<TaskId>, Error> {
        let keys = QueueKeys::new(queue);
        let mut lost = Vec::new();
        for step in ids.chunks(super::STEP) {
            let mut call = script::EXTEND_LEASES
                .on(&[keys.lease()])
                .arg((now + LEASE).timestamp());
            for id in step {
                call = call.arg(id.as_str());
            }
            let missing: Vec<String> = call.run(&self.conn).await?;
            lost.extend(missing.into_iter().filter_map(|id| TaskId::new(id).ok()));
        }
        Ok(lost)
    }
}
