//! Takes tasks from a queue under leases, and holds the leases.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::broker::keys::QueueKeys;
use crate::broker::{Broker, Error, script};
use crate::task::{Message, QueueName, TaskId};

/// How long a task that stands in line waits at least, unless a worker takes it before.
pub const FIRST_WAIT: Duration = Duration::from_secs(5);

/// How many tasks that stand in line are due each second, at most. Most of them find no turn then and go back,
/// so this bounds what they cost. The wait grows by a second with each hundred tasks that stand in line.
pub const WAITS_DUE_PER_SECOND: u32 = 100;

/// How many more tasks a handler may run now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TurnsLeft<'a> {
    /// The pattern of its types. It also names the line of those that wait.
    pub pattern: &'a str,
    /// `None`: any number.
    pub left: Option<usize>,
}

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
    pub(crate) lease_before: Option<i64>,
}

/// What a claim brought.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Claimed {
    /// Tasks to be run.
    pub claims: Vec<Claim>,
    /// Tasks whose messages cannot be decoded; they have been archived with their bytes as they are.
    pub undecodable: Vec<TaskId>,
    /// Patterns of handlers for whose turn tasks stand in line since.
    pub in_line: Vec<String>,
}

/// Id and message as they are stored; neither need be text.
pub(crate) type Row = (Vec<u8>, Vec<u8>);

impl Broker {
    /// Claims up to `limit` tasks of a queue; none when it is paused.
    ///
    /// The leases begin at `now`.
    pub async fn claim(
        &self,
        queue: &QueueName,
        limit: usize,
        now: DateTime<Utc>,
    ) -> Result<Claimed, Error> {
        self.claim_in_turn(queue, limit, &[], now).await
    }

    /// The same for handlers that run only so many tasks at a time. The longest pattern that fits a task's type
    /// counts, as everywhere. Tasks beyond the turns of their handler are not claimed: they are put aside, to
    /// stand in line for [`Self::claim_waiting`], or to come back after [`FIRST_WAIT`] or more.
    pub async fn claim_in_turn(
        &self,
        queue: &QueueName,
        limit: usize,
        turns: &[TurnsLeft<'_>],
        now: DateTime<Utc>,
    ) -> Result<Claimed, Error> {
        let keys = QueueKeys::new(queue);
        let limit = limit.min(crate::broker::STEP);
        if limit == 0 {
            return Ok(Claimed::default());
        }
        let mut call = script::CLAIM
            .on(&[
                keys.pending(),
                keys.active(),
                keys.lease(),
                keys.paused(),
                keys.retry(),
            ])
            .arg(keys.task_prefix())
            .arg(self.leases.end(now).timestamp())
            .arg(limit);
        if !turns.is_empty() {
            call = call
                .arg(keys.waiting_prefix())
                .arg(now.timestamp())
                .arg(FIRST_WAIT.as_secs())
                .arg(WAITS_DUE_PER_SECOND);
        }
        for TurnsLeft { pattern, left } in turns {
            let left = left.map_or_else(String::new, |left| left.to_string());
            call = call.arg(pattern).arg(left);
        }
        loop {
            let (looked, rows, in_line): (usize, Vec<Row>, Vec<String>) =
                call.run(&self.conn).await?;
            // A call that found only ids without a message says nothing about the tasks behind them.
            if !rows.is_empty() || !in_line.is_empty() || looked < limit {
                if !rows.is_empty() || !in_line.is_empty() {
                    self.register_served(queue).await;
                }
                let claimed = self.decode(queue, rows, None, now).await?;
                return Ok(Claimed { in_line, ..claimed });
            }
        }
    }

    /// Registers a queue that has tasks: another client may have enqueued into it without. The tasks are claimed
    /// already, so a failure must not lose them.
    async fn register_served(&self, queue: &QueueName) {
        if let Err(error) = self.register(queue).await {
            tracing::debug!(%queue, %error, "cannot register the queue");
        }
    }

    /// Which of these handlers tasks of the queue may wait for.
    pub async fn waiting(&self, queue: &QueueName, scopes: &[&str]) -> Result<Vec<bool>, Error> {
        let keys = QueueKeys::new(queue);
        let mut exist = redis::pipe();
        for scope in scopes {
            exist.exists(keys.waiting(scope));
        }
        self.conn.pipeline(&exist).await
    }

    /// Claims up to `limit` tasks that wait until a handler may run more; none when the queue is paused.
    /// Says also how many may still wait.
    pub async fn claim_waiting(
        &self,
        queue: &QueueName,
        scope: &str,
        limit: usize,
        now: DateTime<Utc>,
    ) -> Result<(Claimed, u64), Error> {
        let keys = QueueKeys::new(queue);
        let (left, rows): (u64, Vec<Row>) = script::CLAIM_WAITING
            .on(&[
                keys.waiting(scope),
                keys.retry(),
                keys.active(),
                keys.lease(),
                keys.paused(),
            ])
            .arg(keys.task_prefix())
            .arg(self.leases.end(now).timestamp())
            .arg(limit.min(crate::broker::STEP))
            .run(&self.conn)
            .await?;
        Ok((self.decode(queue, rows, None, now).await?, left))
    }

    /// Decodes stored messages into claims, and archives tasks whose message cannot be decoded.
    pub(crate) async fn decode(
        &self,
        queue: &QueueName,
        rows: Vec<Row>,
        lease_before: Option<i64>,
        now: DateTime<Utc>,
    ) -> Result<Claimed, Error> {
        let mut claimed = Claimed::default();
        let mut broken = Vec::new();
        for (id, bytes) in rows {
            let text = String::from_utf8(id.clone()).ok();
            let named = text.and_then(|text| TaskId::new(text).ok());
            // No bytes at all decode as an empty message, but there is none.
            let message = Message::from_bytes(&bytes).ok();
            let message = message.filter(|_| !bytes.is_empty());
            let (Some(id), Some(message)) = (named, message) else {
                broken.push(id);
                continue;
            };
            claimed.claims.push(Claim {
                queue: queue.clone(),
                message: Message {
                    // Go derives keys from these two fields, so a wrong one must not be written back.
                    id: id.to_string(),
                    queue: queue.to_string(),
                    ..message
                },
                id,
                lease_before,
            });
        }
        match self.quarantine(queue, &broken, lease_before, now).await {
            Ok(undecodable) => claimed.undecodable = undecodable,
            // The other tasks are claimed already and must run. Recovery will archive these later.
            Err(error) if !claimed.claims.is_empty() => {
                tracing::warn!(%queue, %error, "cannot archive undecodable tasks");
            }
            Err(error) => return Err(error),
        }
        Ok(claimed)
    }

    /// Archives active tasks that cannot be decoded. Returns those that were.
    async fn quarantine(
        &self,
        queue: &QueueName,
        ids: &[Vec<u8>],
        lease_before: Option<i64>,
        now: DateTime<Utc>,
    ) -> Result<Vec<TaskId>, Error> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let keys = QueueKeys::new(queue);
        let mut call = script::QUARANTINE
            .on(&[keys.active(), keys.lease(), keys.archived()])
            .arg(keys.task_prefix())
            .arg(lease_before.map_or_else(String::new, |second| second.to_string()))
            .arg(now.timestamp());
        for id in ids {
            call = call.arg(id);
        }
        let codes: Vec<i64> = call.run(&self.conn).await?;
        let archived = ids.iter().zip(codes).filter(|(_, code)| *code == 1);
        Ok(archived
            .filter_map(|(id, _)| TaskId::new(String::from_utf8_lossy(id)).ok())
            .collect())
    }

    /// Extends the leases of running tasks, as if they began at `now`. Returns those that have none any
    /// more: somebody else has recovered them.
    pub async fn extend_leases(
        &self,
        queue: &QueueName,
        ids: &[TaskId],
        now: DateTime<Utc>,
    ) -> Result<Vec<TaskId>, Error> {
        let keys = QueueKeys::new(queue);
        let mut lost = Vec::new();
        for step in ids.chunks(crate::broker::STEP) {
            let mut call = script::EXTEND_LEASES
                .on(&[keys.lease()])
                .arg(self.leases.end(now).timestamp());
            for id in step {
                call = call.arg(id.as_str());
            }
            let missing: Vec<String> = call.run(&self.conn).await?;
            lost.extend(missing.into_iter().filter_map(|id| TaskId::new(id).ok()));
        }
        Ok(lost)
    }
}
