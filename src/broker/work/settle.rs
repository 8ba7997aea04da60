//! Writes how attempts ended, as many in one script as have gathered.

use std::mem;

use chrono::{DateTime, Utc};

use crate::broker::keys::QueueKeys;
use crate::broker::work::claim::Claim;
use crate::broker::{Broker, Counters, Error, nanoseconds, script};
use crate::task::transition::Settlement;
use crate::task::{Message, QueueName, TaskId};

/// What became of a settlement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// It is written.
    Written,
    /// The task was not active any more under our lease. After a lost answer this means that the first
    /// try succeeded; otherwise somebody else has recovered the task.
    NotActive,
}

/// Bytes of messages and results that one script call may carry.
const CALL_BYTES: usize = 1024 * 1024;

/// Settlements of one kind, in the order of their indexes in the batch.
#[derive(Default)]
struct Batch {
    indexes: Vec<usize>,
    arguments: Vec<Vec<u8>>,
    bytes: usize,
}

impl Batch {
    fn push(&mut self, index: usize, arguments: impl IntoIterator<Item = Vec<u8>>) {
        self.indexes.push(index);
        for argument in arguments {
            self.bytes += argument.len();
            self.arguments.push(argument);
        }
    }

    fn is_full(&self) -> bool {
        self.indexes.len() >= crate::broker::STEP || self.bytes >= CALL_BYTES
    }
}

/// The kinds of settlement, each with a script of its own.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Done,
    Complete,
    Retry,
    Archive,
    Requeue,
}

impl Kind {
    const ALL: [Self; 5] = [
        Self::Done,
        Self::Complete,
        Self::Retry,
        Self::Archive,
        Self::Requeue,
    ];
}

impl Broker {
    /// Settles attempts of one queue. The answer has one entry for each, in the same order.
    ///
    /// Each part of the work is atomic; when it fails half way the whole may be repeated, because what
    /// is settled already is recognised.
    pub async fn settle(
        &self,
        queue: &QueueName,
        batch: &[(Claim, Settlement)],
        now: DateTime<Utc>,
    ) -> Result<Vec<Settled>, Error> {
        let mut answer = vec![Settled::NotActive; batch.len()];
        let lease_before = batch.iter().find_map(|(claim, _)| claim.lease_before);
        let write = Write {
            broker: self,
            counters: Counters {
                keys: QueueKeys::new(queue),
                now,
            },
            lease_before,
        };
        let mut batches: [Batch; 5] = Default::default();
        for (index, (claim, settlement)) in batch.iter().enumerate() {
            let (kind, arguments) = arguments(claim, settlement);
            let gathered = &mut batches[kind as usize];
            gathered.push(index, arguments);
            if gathered.is_full() {
                write.send(kind, mem::take(gathered), &mut answer).await?;
            }
        }
        for (kind, gathered) in Kind::ALL.into_iter().zip(batches) {
            write.send(kind, gathered, &mut answer).await?;
        }
        Ok(answer)
    }

    /// Stores the result of a task that still exists, while it runs or after. Returns whether it does.
    pub async fn write_result(
        &self,
        queue: &QueueName,
        id: &TaskId,
        result: &[u8],
    ) -> Result<bool, Error> {
        script::WRITE_RESULT
            .on(&[QueueKeys::new(queue).task(id)])
            .arg(result)
            .run(&self.conn)
            .await
    }
}

fn arguments(claim: &Claim, settlement: &Settlement) -> (Kind, Vec<Vec<u8>>) {
    let id = claim.id.as_str().as_bytes().to_vec();
    let number = |number: i64| number.to_string().into_bytes();
    let bytes = Message::to_bytes;
    match settlement {
        Settlement::Done => (
            Kind::Done,
            vec![id, claim.message.unique_key.clone().into_bytes()],
        ),
        Settlement::Complete {
            message,
            result,
            expires_at,
        } => (
            Kind::Complete,
            vec![
                id,
                bytes(message),
                number(expires_at.timestamp()),
                result.clone(),
            ],
        ),
        Settlement::Retry {
            message,
            at,
            counted,
        } => (
            Kind::Retry,
            vec![
                id,
                bytes(message),
                number(at.timestamp()),
                number(i64::from(*counted)),
            ],
        ),
        Settlement::Archive { message } => (Kind::Archive, vec![id, bytes(message)]),
        Settlement::Requeue => (Kind::Requeue, vec![id]),
    }
}

/// What all calls of one batch share.
struct Write<'a> {
    broker: &'a Broker,
    counters: Counters,
    lease_before: Option<i64>,
}

impl Write<'_> {
    async fn send(&self, kind: Kind, batch: Batch, answer: &mut [Settled]) -> Result<(), Error> {
        if batch.indexes.is_empty() {
            return Ok(());
        }
        let width = batch.arguments.len() / batch.indexes.len();
        let mut done = 0;
        while done < batch.indexes.len() {
            let mut call = self.call(kind);
            for argument in &batch.arguments[done * width..] {
                call = call.arg(argument);
            }
            let codes: Vec<i64> = call.run(&self.broker.conn).await?;
            // The script may have done the first ones only.
            let rest = &batch.indexes[done..];
            for (&index, code) in rest.iter().zip(&codes) {
                if *code == 1 {
                    answer[index] = Settled::Written;
                }
            }
            done += codes.len().max(1);
        }
        Ok(())
    }

    fn call(&self, kind: Kind) -> script::Call {
        let Counters { keys, now } = &self.counters;
        let (active, lease) = (keys.active(), keys.lease());
        let (processed, processed_on) = (keys.processed(), self.counters.processed_on());
        let (failed, failed_on) = (keys.failed(), self.counters.failed_on());
        let call = match kind {
            Kind::Done => script::SETTLE_DONE.on(&[active, lease, processed, processed_on]),
            Kind::Complete => script::SETTLE_COMPLETE.on(&[
                active,
                lease,
                keys.completed(),
                processed,
                processed_on,
            ]),
            Kind::Retry => script::SETTLE_RETRY.on(&[
                active,
                lease,
                keys.retry(),
                processed,
                processed_on,
                failed,
                failed_on,
            ]),
            Kind::Archive => script::SETTLE_ARCHIVE.on(&[
                active,
                lease,
                keys.archived(),
                processed,
                processed_on,
                failed,
                failed_on,
            ]),
            Kind::Requeue => script::SETTLE_REQUEUE.on(&[active, lease, keys.pending()]),
        };
        let lease_before = self
            .lease_before
            .map_or_else(String::new, |second| second.to_string());
        let call = call.arg(keys.task_prefix()).arg(lease_before);
        match kind {
            Kind::Requeue => call.arg(nanoseconds(*now)),
            Kind::Done | Kind::Complete | Kind::Retry => call.arg(self.counters.day_expires_at()),
            Kind::Archive => call
                .arg(self.counters.day_expires_at())
                .arg(now.timestamp()),
        }
    }
}
