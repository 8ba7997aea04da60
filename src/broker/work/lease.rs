//! Leases of claimed tasks, and the tokens that tell one claim from another.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::broker::keys::QueueKeys;
use crate::broker::{Broker, Error, script};
use crate::task::{QueueName, TaskId};

/// Names one call that claims tasks, in the field `qctl_claim` of each of them: a repeated settlement can never end the
/// attempt of a later claim, and tasks whose claim had no answer are found again.
///
/// It begins with the mark of its worker, which Redis compares with the lease: Go servers leave the field as it is, but
/// write leases of their own. The token of a task to recover is empty: whoever had the attempt, it is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimToken(Arc<str>);

impl ClaimToken {
    /// That of a task to recover.
    pub(super) fn any() -> Self {
        Self("".into())
    }

    fn new(mark: u32) -> Self {
        // Six digits, as in the score.
        Self(format!("{mark:06}-{:016x}", fastrand::u64(..)).into())
    }

    /// As it is stored.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// A claim before it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    pub(super) token: ClaimToken,
    /// When its leases begin.
    pub(super) at: DateTime<Utc>,
}

/// A task whose lease is to be extended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The id of the task.
    pub id: TaskId,
    /// The claim that began the attempt.
    pub token: ClaimToken,
}

impl Broker {
    /// A ticket for one claim.
    pub fn ticket(&self, at: DateTime<Utc>) -> Ticket {
        Ticket {
            token: ClaimToken::new(self.lease_mark),
            at,
        }
    }

    /// Gives back the tasks of a claim whose answer was lost, if Redis performed it. Returns how many were given back.
    ///
    /// Their leases are found by their ends, which contain the mark of this worker, and the tasks by the token.
    pub(crate) async fn take_back(
        &self,
        queue: &QueueName,
        ticket: &Ticket,
    ) -> Result<usize, Error> {
        let keys = QueueKeys::new(queue);
        let score = self.lease_score(ticket.at);
        let mut leased = redis::cmd("ZRANGEBYSCORE");
        leased.arg(keys.lease()).arg(&score).arg(&score);
        let ids: Vec<Vec<u8>> = self.conn.command(&leased).await?;
        let mut given_back = 0;
        let mut left = ids.as_slice();
        while !left.is_empty() {
            let step = &left[..left.len().min(crate::broker::STEP)];
            let mut call = script::SETTLE_REQUEUE
                .on(&[keys.active(), keys.lease(), keys.pending(), keys.aside()])
                .arg(keys.task_prefix())
                .arg(crate::broker::nanoseconds(self.now()));
            for id in step {
                call = call.arg(id).arg("").arg(ticket.token.as_str());
            }
            let codes: Vec<usize> = call.run(&self.conn).await?;
            given_back += codes.iter().sum::<usize>();
            // The script may have looked only at the first ones.
            left = left.get(codes.len().max(1)..).unwrap_or_default();
        }
        Ok(given_back)
    }

    /// The score of such a lease: a whole second, as in Asynq, plus the mark.
    pub(super) fn lease_score(&self, now: DateTime<Utc>) -> String {
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
                .arg(keys.task_prefix())
                .arg(self.lease_score(now));
            for Held { id, token } in step {
                call = call.arg(id.as_str()).arg(token.as_str());
            }
            let missing: Vec<String> = call.run(&self.conn).await?;
            lost.extend(missing.into_iter().filter_map(|id| TaskId::new(id).ok()));
        }
        Ok(lost)
    }
}
