//! Takes tasks from a queue under leases, and holds the leases.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::broker::keys::QueueKeys;
use crate::broker::{Broker, Error, script};
use crate::task::{Message, QueueName, TaskId};

/// The shortest time that a task waits in line, unless a worker with a free turn takes it earlier.
pub const FIRST_WAIT: Duration = Duration::from_secs(5);

/// The maximum number of waiting tasks that are due per second. Most of them find no free turn and go back, so this
/// bounds their cost. The wait grows by one second with each hundred waiting tasks.
pub const WAITS_DUE_PER_SECOND: u32 = 100;

/// How many more tasks a handler can run now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TurnsLeft<'a> {
    /// The pattern of its types. It is also the name of its waiting line.
    pub pattern: &'a str,
    /// `None`: no limit.
    pub left: Option<usize>,
}

/// A task that this process may run until the lease ends. Settling consumes it.
#[derive(Debug, PartialEq, Eq)]
pub struct Claim {
    /// The queue it was claimed from.
    pub queue: QueueName,
    /// The id under which it is stored.
    pub id: TaskId,
    /// The task.
    pub message: Message,
    /// Set by recovery, which settles a task only if its lease ended by this second.
    pub(crate) lease_before: Option<i64>,
}

/// A task whose lease is to be extended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The id of the task.
    pub id: TaskId,
    /// The latest end that this worker has written. A lease that ends later belongs to another worker.
    pub lease_until: i64,
}

/// The result of a claim.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Claimed {
    /// Tasks to run.
    pub claims: Vec<Claim>,
    /// Ids without a readable message, which were set aside.
    pub aside: Vec<TaskId>,
    /// Patterns of the handlers for which tasks now wait in line.
    pub in_line: Vec<String>,
}

/// Id and message as they are stored; neither is necessarily text.
pub(crate) type Row = (Vec<u8>, Vec<u8>);

/// Ids as they are stored.
pub(crate) type Ids = Vec<Vec<u8>>;

impl Claimed {
    pub(crate) fn with_aside(mut self, ids: Ids) -> Self {
        self.aside.extend(ids.into_iter().map(TaskId::from_stored));
        self
    }
}

/// A second as the scripts read it; empty for `None`.
pub(crate) fn second_or_none(second: Option<i64>) -> String {
    second.map_or_else(String::new, |second| second.to_string())
}

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

    /// Claims for handlers with a limit. As everywhere, the longest pattern that matches a type counts. Tasks beyond the
    /// free turns of their handler are not claimed: they wait in line for [`Self::claim_waiting`], or come back after
    /// [`FIRST_WAIT`] or more.
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
                keys.aside(),
            ])
            .arg(keys.task_prefix())
            .arg(self.lease_score(now))
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
        let mut aside = Ids::new();
        loop {
            let (looked, rows, in_line, more): (usize, Vec<Row>, Vec<String>, Ids) =
                call.run(&self.conn).await?;
            aside.extend(more);
            let found = !rows.is_empty() || !in_line.is_empty();
            // A call that found only ids without a message says nothing about the tasks behind them.
            if found || looked < limit || aside.len() >= crate::broker::STEP {
                if found || !aside.is_empty() {
                    self.register_served(queue).await;
                }
                let claimed = self.decode(queue, rows, None).await?;
                return Ok(Claimed { in_line, ..claimed }.with_aside(aside));
            }
        }
    }

    /// Registers a queue whose tasks another client enqueued without doing so. The tasks are claimed already, so a failure
    /// is only logged.
    async fn register_served(&self, queue: &QueueName) {
        if let Err(error) = self.register(queue).await {
            tracing::debug!(%queue, %error, "cannot register the queue");
        }
    }

    /// For each of these handlers, whether tasks of the queue may be waiting in its line.
    pub async fn waiting(&self, queue: &QueueName, scopes: &[&str]) -> Result<Vec<bool>, Error> {
        let keys = QueueKeys::new(queue);
        let mut exist = redis::pipe();
        for scope in scopes {
            exist.exists(keys.waiting(scope));
        }
        self.conn.pipeline(&exist).await
    }

    /// Claims up to `limit` tasks from the line of a handler; none if the queue is paused. Also returns how many may still
    /// be waiting.
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
            .arg(self.lease_score(now))
            .arg(limit.min(crate::broker::STEP))
            .run(&self.conn)
            .await?;
        Ok((self.decode(queue, rows, None).await?, left))
    }

    /// Decodes stored messages into claims, and sets aside tasks whose message cannot be decoded.
    pub(crate) async fn decode(
        &self,
        queue: &QueueName,
        rows: Vec<Row>,
        lease_before: Option<i64>,
    ) -> Result<Claimed, Error> {
        let mut claimed = Claimed::default();
        let mut broken = Vec::new();
        for (id, bytes) in rows {
            let text = String::from_utf8(id.clone()).ok();
            let named = text.and_then(|text| TaskId::new(text).ok());
            // Zero bytes decode as an empty message, but no task has one.
            let message = Message::from_bytes(&bytes).ok();
            let message = message.filter(|_| !bytes.is_empty());
            let (Some(id), Some(message)) = (named, message) else {
                broken.push(id);
                continue;
            };
            claimed.claims.push(Claim {
                queue: queue.clone(),
                message: Message {
                    // Go derives keys from these two fields, so wrong values must not be written back.
                    id: id.to_string(),
                    queue: queue.to_string(),
                    ..message
                },
                id,
                lease_before,
            });
        }
        match self.set_aside_active(queue, broken, lease_before).await {
            Ok(aside) => Ok(claimed.with_aside(aside)),
            // The other tasks are claimed already and must run. Recovery sets these aside later.
            Err(error) if !claimed.claims.is_empty() => {
                tracing::warn!(%queue, %error, "cannot set aside unreadable tasks");
                Ok(claimed)
            }
            Err(error) => Err(error),
        }
    }

    /// Sets aside active tasks that cannot be decoded, and returns their ids.
    async fn set_aside_active(
        &self,
        queue: &QueueName,
        ids: Ids,
        lease_until: Option<i64>,
    ) -> Result<Ids, Error> {
        if ids.is_empty() {
            return Ok(Ids::new());
        }
        let keys = QueueKeys::new(queue);
        let mut call = script::SET_ASIDE_ACTIVE
            .on(&[keys.active(), keys.lease(), keys.aside()])
            .arg(keys.task_prefix())
            .arg(second_or_none(lease_until));
        for id in &ids {
            call = call.arg(id);
        }
        let codes: Vec<i64> = call.run(&self.conn).await?;
        let aside = ids.into_iter().zip(codes).filter(|(_, code)| *code == 1);
        Ok(aside.map(|(id, _)| id).collect())
    }

    /// Gives back the tasks of a claim made at `claimed_at` whose answer was lost, if Redis performed it. `is_known` is true
    /// for tasks whose claims were answered. Returns how many were given back.
    ///
    /// The lease scores identify them: they contain the mark of this worker.
    pub(crate) async fn take_back(
        &self,
        queue: &QueueName,
        claimed_at: DateTime<Utc>,
        is_known: impl Fn(&TaskId) -> bool,
    ) -> Result<usize, Error> {
        let keys = QueueKeys::new(queue);
        let score = self.lease_score(claimed_at);
        let mut leased = redis::cmd("ZRANGEBYSCORE");
        leased.arg(keys.lease()).arg(&score).arg(&score);
        let ids: Ids = self.conn.command(&leased).await?;
        let ids = ids.into_iter().map(TaskId::from_stored);
        let lost: Vec<TaskId> = ids.filter(|id| !is_known(id)).collect();
        for step in lost.chunks(crate::broker::STEP) {
            let mut call = script::SETTLE_REQUEUE
                .on(&[keys.active(), keys.lease(), keys.pending(), keys.aside()])
                .arg(keys.task_prefix())
                .arg(crate::broker::nanoseconds(self.now()));
            for id in step {
                call = call.arg(id.as_str()).arg(&score);
            }
            call.run::<Vec<i64>>(&self.conn).await?;
        }
        Ok(lost.len())
    }

    /// The first whole second after the end of a lease taken or extended at `now`.
    pub(crate) fn lease_until(&self, now: DateTime<Utc>) -> i64 {
        self.leases.end(now).timestamp() + 1
    }

    /// The score of such a lease: a whole second, as in Asynq, plus the mark.
    fn lease_score(&self, now: DateTime<Utc>) -> String {
        let end = self.leases.end(now).timestamp();
        match self.lease_mark {
            0 => end.to_string(),
            mark => format!("{end}.{mark:06}"),
        }
    }

    /// Extends the leases of running tasks, as if they began at `now`. Returns the lost ones: another worker has recovered
    /// the task.
    pub async fn extend_leases(
        &self,
        queue: &QueueName,
        held: &[Held],
        now: DateTime<Utc>,
    ) -> Result<Vec<TaskId>, Error> {
        let keys = QueueKeys::new(queue);
        let mut lost = Vec::new();
        for step in held.chunks(crate::broker::STEP) {
            let mut call = script::EXTEND_LEASES
                .on(&[keys.lease()])
                .arg(self.lease_score(now));
            for Held { id, lease_until } in step {
                call = call.arg(id.as_str()).arg(*lease_until);
            }
            let missing: Vec<String> = call.run(&self.conn).await?;
            lost.extend(missing.into_iter().filter_map(|id| TaskId::new(id).ok()));
        }
        Ok(lost)
    }
}
