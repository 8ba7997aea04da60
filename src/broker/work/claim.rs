//! Takes tasks from a queue under leases, and holds the leases.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::broker::keys::QueueKeys;
use crate::broker::read::tasks;
use crate::broker::work::lease::{ClaimToken, Held, Ticket};
use crate::broker::{Broker, Error, script};
use crate::task::transition::AttemptError;
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
    /// The call that claimed it.
    pub token: ClaimToken,
    /// Set if the attempt is that of a vanished worker, and this claim is to recover its task.
    pub(crate) recovery: Option<Recovery>,
}

impl From<&Claim> for Held {
    fn from(claim: &Claim) -> Self {
        Self {
            id: claim.id.clone(),
            token: claim.token.clone(),
        }
    }
}

/// What recovery knows about a task whose lease has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Recovery {
    /// The task is only settled if its lease still ends by this second.
    pub(crate) lease_before: i64,
    /// How many attempts in a row have lost their lease, this one included.
    pub(crate) lost: u32,
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
    /// Since when the first task was pending, which had waited longest; `None`: it was not, or that is unknown.
    pub pending_since: Option<DateTime<Utc>>,
}

/// Where rows come from.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Read<'a> {
    Claimed(&'a Ticket),
    /// Abandoned tasks. `lost` has for each row how many attempts before this one are known to have lost their lease.
    Expired {
        lease_before: i64,
        lost: &'a [u32],
    },
}

impl Read<'_> {
    fn token(self) -> ClaimToken {
        match self {
            Self::Claimed(ticket) => ticket.token.clone(),
            Self::Expired { .. } => ClaimToken::any(),
        }
    }

    /// What is known about the task in a row.
    fn recovery(self, place: usize, message: &Message) -> Option<Recovery> {
        let Self::Expired { lease_before, lost } = self else {
            return None;
        };
        // Go servers recover tasks without counting, but the last error shows how the last attempt ended.
        let before = if message.last_error == AttemptError::LeaseExpired.to_string() {
            lost.get(place).copied().unwrap_or_default().max(1)
        } else {
            0
        };
        let lost = before.saturating_add(1);
        Some(Recovery { lease_before, lost })
    }

    /// The latest end of the leases of tasks that may be set aside; empty: any.
    fn lease_before(self) -> String {
        match self {
            Self::Claimed(_) => String::new(),
            Self::Expired { lease_before, .. } => lease_before.to_string(),
        }
    }
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
        self.claim_in_turn(queue, limit, &[], &self.ticket(now))
            .await
    }

    /// Claims for handlers with a limit. As everywhere, the longest pattern that matches a type counts. Tasks beyond the
    /// free turns of their handler are not claimed: they wait in line for [`Self::claim_waiting`], or come back after
    /// [`FIRST_WAIT`] or more.
    pub async fn claim_in_turn(
        &self,
        queue: &QueueName,
        limit: usize,
        turns: &[TurnsLeft<'_>],
        ticket: &Ticket,
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
            .arg(self.lease_score(ticket.at))
            .arg(ticket.token.as_str())
            .arg(limit);
        if !turns.is_empty() {
            call = call
                .arg(keys.waiting_prefix())
                .arg(ticket.at.timestamp())
                .arg(FIRST_WAIT.as_secs())
                .arg(WAITS_DUE_PER_SECOND);
        }
        for TurnsLeft { pattern, left } in turns {
            let left = left.map_or_else(String::new, |left| left.to_string());
            call = call.arg(pattern).arg(left);
        }
        let mut aside = Ids::new();
        loop {
            let (looked, rows, in_line, more, since): (usize, Vec<Row>, Vec<String>, Ids, Vec<u8>) =
                call.run(&self.conn).await?;
            aside.extend(more);
            let found = !rows.is_empty() || !in_line.is_empty();
            // A call that found only ids without a message says nothing about the tasks behind them.
            if found || looked < limit || aside.len() >= crate::broker::STEP {
                if found || !aside.is_empty() {
                    self.register_served(queue).await;
                }
                let claimed = self.decode(queue, rows, Read::Claimed(ticket)).await?;
                let claimed = Claimed {
                    in_line,
                    pending_since: tasks::utf8(&since).and_then(tasks::since),
                    ..claimed
                };
                return Ok(claimed.with_aside(aside));
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
        ticket: &Ticket,
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
            .arg(self.lease_score(ticket.at))
            .arg(ticket.token.as_str())
            .arg(limit.min(crate::broker::STEP))
            .run(&self.conn)
            .await?;
        Ok((self.decode(queue, rows, Read::Claimed(ticket)).await?, left))
    }

    /// Decodes stored messages into claims, and sets aside tasks whose message cannot be decoded.
    pub(crate) async fn decode(
        &self,
        queue: &QueueName,
        rows: Vec<Row>,
        read: Read<'_>,
    ) -> Result<Claimed, Error> {
        let mut claimed = Claimed::default();
        let mut broken = Vec::new();
        for (place, (id, bytes)) in rows.into_iter().enumerate() {
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
                token: read.token(),
                recovery: read.recovery(place, &message),
                queue: queue.clone(),
                message: Message {
                    // Go derives keys from these two fields, so wrong values must not be written back.
                    id: id.to_string(),
                    queue: queue.to_string(),
                    ..message
                },
                id,
            });
        }
        match self
            .set_aside_active(queue, broken, read.lease_before())
            .await
        {
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
        lease_before: String,
    ) -> Result<Ids, Error> {
        if ids.is_empty() {
            return Ok(Ids::new());
        }
        let keys = QueueKeys::new(queue);
        let mut call = script::SET_ASIDE_ACTIVE
            .on(&[keys.active(), keys.lease(), keys.aside()])
            .arg(keys.task_prefix())
            .arg(lease_before);
        for id in &ids {
            call = call.arg(id);
        }
        let codes: Vec<i64> = call.run(&self.conn).await?;
        let aside = ids.into_iter().zip(codes).filter(|(_, code)| *code == 1);
        Ok(aside.map(|(id, _)| id).collect())
    }
}
