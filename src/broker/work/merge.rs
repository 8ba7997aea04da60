//! What becomes of an open aggregation set: its tasks are read in parts, and then, in one call, replaced by the task into which
//! they were merged.

use chrono::{DateTime, Utc};

use crate::broker::enqueue::one;
use crate::broker::keys::QueueKeys;
use crate::broker::receipt::ReceiptPage;
use crate::broker::script::Call;
use crate::broker::work::claim::{Ids, Row};
use crate::broker::work::groups::AggregationSet;
use crate::broker::{Broker, Error, STEP, script};
use crate::task::{Invalid, Message, NewTask, TaskId};

/// A part of a set ends with the task that makes it this large, so that few large tasks are in memory at a time.
const ENOUGH_BYTES: usize = 1024 * 1024;

/// A part of the tasks of a set.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SetPart {
    /// The tasks, oldest first.
    pub messages: Vec<Message>,
    /// The same tasks, for [`Broker::set_merge`].
    pub members: Vec<SetMember>,
    /// Ids without a readable message. They cannot be merged, and were set aside.
    pub aside: Vec<TaskId>,
    /// Whether there was nothing more to read.
    pub is_end: bool,
}

/// A task of a set, as it must be known to delete it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetMember {
    id: Vec<u8>,
    /// The key of its uniqueness lock; empty if it has none.
    lock: String,
}

/// The call that replaces a set by a task. It may be sent again when its answer is lost.
pub struct SetMerge<'a> {
    broker: &'a Broker,
    task: &'a NewTask,
    call: Call,
    page: ReceiptPage,
    is_locked: bool,
    was_sent: bool,
}

impl Broker {
    /// Reads tasks of a set after the first `offset`.
    pub async fn read_set(&self, set: &AggregationSet, offset: usize) -> Result<SetPart, Error> {
        let prefix = QueueKeys::new(set.queue()).task_prefix();
        let rows: Vec<Row> = script::READ_MESSAGES
            .on(&[set.key()])
            .arg(prefix)
            .arg(offset)
            .arg(offset + STEP - 1)
            .arg(ENOUGH_BYTES)
            .run(&self.conn)
            .await?;
        let mut part = SetPart {
            is_end: rows.is_empty(),
            ..SetPart::default()
        };
        let mut broken = Ids::new();
        for (id, bytes) in rows {
            match Message::from_bytes(&bytes) {
                Ok(message) if !bytes.is_empty() => {
                    let lock = message.unique_key.clone();
                    part.members.push(SetMember { id, lock });
                    part.messages.push(message);
                }
                Ok(_) | Err(_) => broken.push(id),
            }
        }
        if !broken.is_empty() {
            part.aside = self.set_aside_grouped(set, &broken).await?;
        }
        Ok(part)
    }

    /// Takes at most [`STEP`] ids out of a set and sets aside what is stored under them.
    async fn set_aside_grouped(
        &self,
        set: &AggregationSet,
        broken: &Ids,
    ) -> Result<Vec<TaskId>, Error> {
        let keys = QueueKeys::new(set.queue());
        let mut call = script::SET_ASIDE_GROUPED
            .on(&[set.key(), &keys.aside()])
            .arg(keys.task_prefix());
        for id in broken {
            call = call.arg(id);
        }
        let ids: Ids = call.run(&self.conn).await?;
        Ok(ids.into_iter().map(TaskId::from_stored).collect())
    }

    /// The call that replaces the tasks of a set, all of which are `members`, by a task in the same queue.
    ///
    /// # Errors
    /// An option of the task is invalid.
    pub fn set_merge<'a>(
        &'a self,
        set: &AggregationSet,
        members: &[SetMember],
        task: &'a NewTask,
        now: DateTime<Utc>,
    ) -> Result<SetMerge<'a>, Invalid> {
        let (message, lock) = one::message(task, now)?;
        let keys = QueueKeys::new(set.queue());
        let own_keys = [set.key().to_owned(), keys.aggregation_sets()];
        let stored = (&message, lock.unwrap_or(0));
        let page = self.receipts.open();
        let mut call = one::storing(&script::MERGE_SET, &own_keys, task, stored, now)
            .receipt(&keys, Some(&page.receipt(0)))
            .arg(keys.task_prefix());
        for member in members {
            call.push(&member.id);
            call.push(&member.lock);
        }
        Ok(SetMerge {
            broker: self,
            task,
            call,
            page,
            is_locked: lock.is_some(),
            was_sent: false,
        })
    }
}

impl SetMerge<'_> {
    /// Returns whether the set was replaced. If it was not, it was reclaimed before, and nothing was stored.
    ///
    /// # Errors
    /// As for [`Broker::enqueue`]. After an error that is [passing](Error::passing), the call may be sent again.
    pub async fn send(&mut self) -> Result<bool, Error> {
        self.broker.register(&self.task.options.queue).await?;
        let code: i64 = self.call.run(&self.broker.conn).await.inspect_err(|_| {
            self.was_sent = true;
        })?;
        self.broker.receipts.close(&self.page);
        if code == SET_IS_CLOSED {
            return Ok(false);
        }
        one::admitted(code, self.task, self.is_locked, self.was_sent)?;
        Ok(true)
    }
}

/// The code of `merge_set.lua` for a set that has been reclaimed, or is being reclaimed.
const SET_IS_CLOSED: i64 = -2;
