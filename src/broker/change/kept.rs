//! Tasks on their way to another queue: the second half of a move, and moves that were cut short. See [`relocate`](super::relocate).

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, TimeDelta, Utc};

use super::batch;
use super::edit::changed;
use crate::broker::enqueue::restore::Ticket;
use crate::broker::keys::QueueKeys;
use crate::broker::records::{LockEnd, Restorable};
use crate::broker::{Broker, Error, STEP, script};
use crate::task::{Message, QueueName, TaskId};

/// A task that was taken out of its queue.
#[derive(Debug)]
struct Kept {
    id: TaskId,
    /// Its fields.
    fields: HashMap<String, Vec<u8>>,
}

impl Broker {
    /// Finishes the moves from a queue that were cut short. Returns the tasks that are in their new queues now, and why others
    /// are not.
    pub async fn finish_moves(
        &self,
        queue: &QueueName,
    ) -> Result<Vec<(TaskId, Result<(), Error>)>, Error> {
        let ids = self.unfinished_moves(queue).await?;
        let ids = self.in_order(&QueueKeys::new(queue), ids).await?;
        let (mut all, mut receipts) = (Vec::new(), BTreeSet::new());
        for ids in ids.chunks(STEP) {
            let published = self.publish(queue, ids, &mut receipts).await?;
            all.extend(ids.iter().cloned().zip(published));
        }
        if all.iter().all(|(_, outcome)| outcome.is_ok()) {
            self.expire_receipts(&receipts).await?;
        }
        Ok(all)
    }

    /// Whether a move has taken a task out of this queue and has not stored it in another one yet.
    pub async fn is_moving(&self, queue: &QueueName, id: &TaskId) -> Result<bool, Error> {
        let mut look = redis::cmd("SISMEMBER");
        look.arg(QueueKeys::new(queue).moving()).arg(id.as_str());
        self.conn.command(&look).await
    }

    /// The number of moves from a queue that were cut short, or are under way.
    pub(super) async fn count_unfinished_moves(&self, queue: &QueueName) -> Result<u64, Error> {
        let mut count = redis::cmd("SCARD");
        count.arg(QueueKeys::new(queue).moving());
        match self.conn.command(&count).await {
            Err(error) if error.is_wrong_type() => Ok(0),
            count => count,
        }
    }

    /// The tasks of these moves.
    pub(crate) async fn unfinished_moves(&self, queue: &QueueName) -> Result<Vec<TaskId>, Error> {
        let mut ids = Vec::new();
        let mut scan = self.scan_set(QueueKeys::new(queue).moving());
        loop {
            match scan.next().await {
                Ok(Some(page)) => ids.extend(page.into_iter().map(TaskId::from_stored)),
                Ok(None) => return Ok(ids),
                Err(error) if error.is_wrong_type() => return Ok(ids),
                Err(error) => return Err(error),
            }
        }
    }

    /// Stores tasks that were taken in their new queues, and deletes what was kept of them. There is an outcome for each id.
    pub(super) async fn publish(
        &self,
        from: &QueueName,
        ids: &[TaskId],
        receipts: &mut BTreeSet<String>,
    ) -> Result<Vec<Result<(), Error>>, Error> {
        let keys = QueueKeys::new(from);
        let kept = self.kept(&keys, ids).await?;
        let mut outcomes = Vec::with_capacity(ids.len());
        let mut tasks = Vec::with_capacity(ids.len());
        for one in &kept {
            let to = one.destination().filter(|_| !one.fields.is_empty());
            // Without fields, somebody else has finished the move.
            outcomes.push(match &to {
                None if !one.fields.is_empty() => Err(changed(from, &one.id)),
                Some(_) | None => Ok(()),
            });
            tasks.extend(to.map(|to| one.task(to, "msg", self.now())));
        }
        let queues: BTreeSet<&QueueName> = tasks.iter().map(|(task, _)| &task.queue).collect();
        self.register_all(queues).await?;
        let stored = self.store_once(&tasks, true).await?;
        // The whole step is repeated.
        let passing =
            |outcome: &Result<(), Error>| outcome.as_ref().err().cloned().filter(Error::passing);
        if let Some(error) = stored.iter().find_map(passing) {
            return Err(error);
        }
        let mut stored = stored.into_iter();
        let mut forgotten = Vec::with_capacity(ids.len());
        for (one, outcome) in kept.iter().zip(&mut outcomes) {
            if outcome.is_err() {
                continue;
            }
            if !one.fields.is_empty()
                && let Some(Err(refused)) = stored.next()
            {
                let stays = self.put_back(from, one, refused, receipts).await?;
                *outcome = Err(stays.error);
                if stays.is_kept {
                    continue;
                }
            }
            forgotten.push(one);
        }
        receipts.extend(
            tasks
                .iter()
                .map(|(task, ticket)| QueueKeys::new(&task.queue).receipt(&ticket.receipt)),
        );
        self.forget_moves(&keys, &forgotten).await?;
        Ok(outcomes)
    }

    /// Puts a task back into its queue because the other one refuses it. If that is refused too, it stays where it is kept.
    async fn put_back(
        &self,
        from: &QueueName,
        kept: &Kept,
        refused: Error,
        receipts: &mut BTreeSet<String>,
    ) -> Result<Stays, Error> {
        if !matches!(refused, Error::IdTaken { .. } | Error::Duplicate { .. }) {
            // It may have been stored: the move is finished later.
            return Ok(Stays {
                error: refused,
                is_kept: true,
            });
        }
        let back = kept.task(from.clone(), "qctl_old", self.now());
        let receipt = QueueKeys::new(from).receipt(&back.1.receipt);
        let stored = self.store_once(&[back], false).await?.pop();
        receipts.insert(receipt);
        Ok(Stays {
            error: refused,
            is_kept: !matches!(stored, Some(Ok(()))),
        })
    }

    /// The ids in the order in which the tasks were taken, each once.
    async fn in_order(&self, keys: &QueueKeys, ids: Vec<TaskId>) -> Result<Vec<TaskId>, Error> {
        let mut marked = Vec::with_capacity(ids.len());
        for ids in ids.chunks(STEP) {
            let kept = self.kept(keys, ids).await?;
            marked.extend(kept.into_iter().map(|one| (one.ticket(), one.id)));
        }
        marked.sort_by(|(one, one_id), (other, other_id)| {
            let by_place = (&one.receipt, one.place).cmp(&(&other.receipt, other.place));
            by_place.then_with(|| one_id.cmp(other_id))
        });
        marked.dedup_by(|(_, one), (_, other)| one == other);
        Ok(marked.into_iter().map(|(_, id)| id).collect())
    }

    async fn kept(&self, keys: &QueueKeys, ids: &[TaskId]) -> Result<Vec<Kept>, Error> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut read = redis::pipe();
        for id in ids {
            read.hgetall(keys.moving_of(id));
        }
        let found: Vec<HashMap<String, Vec<u8>>> = self.conn.pipeline(&read).await?;
        let kept = ids.iter().cloned().zip(found);
        Ok(kept.map(|(id, fields)| Kept { id, fields }).collect())
    }

    /// Deletes what was kept of these tasks. Another process may have finished the same moves, and a task may have been moved
    /// again since: what that move keeps stays.
    async fn forget_moves(&self, keys: &QueueKeys, moved: &[&Kept]) -> Result<(), Error> {
        let calls = moved.iter().map(|kept| {
            script::FORGET_MOVED
                .on(&[keys.moving_of(&kept.id), keys.moving()])
                .arg(kept.id.as_str())
                .arg(kept.text("qctl_mark").unwrap_or_default())
        });
        let calls: Vec<_> = calls.collect();
        if calls.is_empty() {
            return Ok(());
        }
        for answer in script::run_all(calls, &self.conn).await? {
            answer?;
        }
        Ok(())
    }

    /// Lets receipts expire soon, of which no task is kept any more. Another process that is finishing the same moves may still
    /// be about to store the tasks.
    pub(super) async fn expire_receipts(&self, receipts: &BTreeSet<String>) -> Result<(), Error> {
        for receipt in receipts {
            let mut expire = redis::cmd("EXPIRE");
            expire.arg(receipt).arg(3600);
            let () = self.conn.command(&expire).await?;
        }
        Ok(())
    }
}

/// What becomes of a task that its new queue refuses.
struct Stays {
    error: Error,
    /// It is in neither queue.
    is_kept: bool,
}

impl Kept {
    fn text(&self, field: &str) -> Option<&str> {
        self.fields
            .get(field)
            .and_then(|bytes| str::from_utf8(bytes).ok())
    }

    fn destination(&self) -> Option<QueueName> {
        self.text("qctl_to").and_then(|to| QueueName::new(to).ok())
    }

    /// Its place among the tasks that were taken together.
    fn ticket(&self) -> Ticket {
        let mark = self.text("qctl_mark").unwrap_or_default();
        let (receipt, place) = batch::ticket(mark);
        Ticket { receipt, place }
    }

    /// The task as it is to be stored, with the message in this field, and its place in a receipt.
    fn task(&self, queue: QueueName, message: &str, now: DateTime<Utc>) -> (Restorable, Ticket) {
        let bytes = self.fields.get(message).cloned().unwrap_or_default();
        let decoded = Message::from_bytes(&bytes).unwrap_or_default();
        let state = self.text("state").and_then(|state| state.parse().ok());
        let since = self
            .text("pending_since")
            .and_then(crate::broker::read::tasks::since);
        let left: Option<i64> = self.text("qctl_lock").and_then(|left| left.parse().ok());
        let task = Restorable {
            queue,
            id: self.id.clone(),
            kind: decoded.kind,
            state: state.unwrap_or_default(),
            was_active: false,
            is_unreadable: false,
            message: bytes,
            score: self.text("qctl_score").and_then(|score| score.parse().ok()),
            pending_since: since,
            group: self.text("group").map(ToOwned::to_owned),
            unique_key: decoded.unique_key,
            lock: left.map(|left| match TimeDelta::try_milliseconds(left) {
                Some(left) if left >= TimeDelta::zero() => LockEnd::At(now + left),
                Some(_) | None => LockEnd::Never,
            }),
            result: self.fields.get("result").cloned(),
        };
        (task, self.ticket())
    }
}
