//! Takes ids out of the depth of a long `pending` list, many at a time: each alone would cost a scan of
//! the list. A sorted set needs nothing of this.

use std::collections::HashSet;

use chrono::{DateTime, Utc};

use crate::broker::keys::QueueKeys;
use crate::broker::{Broker, Error, STEP, script};
use crate::task::transition::Action;
use crate::task::{QueueName, TaskId};

/// Arrivals that may have moved a part of the list on between a look at it and what is done about it.
pub(crate) const SLACK: u64 = 500;

/// Ids read in one go while some are looked for.
const PART: u64 = 1000;

/// What can be done to pending tasks in a part of their list.
pub(crate) struct Window<'a> {
    broker: &'a Broker,
    queue: &'a QueueName,
    archive: bool,
    now: DateTime<Utc>,
}

impl<'a> Window<'a> {
    /// Nothing when the action leaves `pending` alone.
    pub(crate) const fn new(
        broker: &'a Broker,
        queue: &'a QueueName,
        action: Action,
        now: DateTime<Utc>,
    ) -> Option<Self> {
        let archive = match action {
            Action::RunNow => return None,
            Action::Archive => true,
            Action::Delete => false,
        };
        Some(Self {
            broker,
            queue,
            archive,
            now,
        })
    }

    /// Takes ids out of a part of the list; returns those that were there.
    pub(crate) async fn take_out(
        &self,
        (from, to): (u64, u64),
        ids: &[TaskId],
    ) -> Result<HashSet<TaskId>, Error> {
        let mut taken = HashSet::new();
        for some in ids.chunks(2 * STEP) {
            let mut rest: Vec<&TaskId> = some.iter().collect();
            // A call takes no more than it has time for.
            while !rest.is_empty() {
                let found = self.call((from, to), &rest).await?;
                let before = rest.len();
                rest.retain(|id| !found.contains(id.as_str().as_bytes()));
                if rest.len() == before {
                    break;
                }
            }
            let rest: HashSet<&TaskId> = rest.into_iter().collect();
            taken.extend(some.iter().filter(|id| !rest.contains(id)).cloned());
        }
        Ok(taken)
    }

    async fn call(
        &self,
        (from, to): (u64, u64),
        ids: &[&TaskId],
    ) -> Result<HashSet<Vec<u8>>, Error> {
        let keys = QueueKeys::new(self.queue);
        let call = if self.archive {
            script::ARCHIVE_WINDOW.on(&[keys.pending(), keys.archived()])
        } else {
            script::DELETE_WINDOW.on(&[keys.pending()])
        };
        let mut call = call.arg(keys.task_prefix()).arg(from).arg(to);
        if self.archive {
            call.push(self.now.timestamp());
        }
        for id in ids {
            call.push(id.as_str());
        }
        call.run(&self.broker.conn).await
    }

    /// Looks for ids from a place on, and takes them out; returns those that were there.
    pub(crate) async fn search(
        &self,
        mut at: u64,
        ids: &[TaskId],
    ) -> Result<HashSet<TaskId>, Error> {
        let pending = QueueKeys::new(self.queue).pending();
        let mut taken = HashSet::new();
        while taken.len() < ids.len() {
            let mut range = redis::cmd("LRANGE");
            range.arg(&pending).arg(at).arg(at + PART - 1);
            let part: Vec<Vec<u8>> = self.broker.conn.command(&range).await?;
            if part.is_empty() {
                break;
            }
            let part: HashSet<Vec<u8>> = part.into_iter().collect();
            let here = ids
                .iter()
                .filter(|id| part.contains(id.as_str().as_bytes()));
            let here: Vec<TaskId> = here.cloned().collect();
            let found = self.take_out((at, at + PART + SLACK), &here).await?;
            at += PART - found.len() as u64;
            taken.extend(found);
        }
        Ok(taken)
    }
}
