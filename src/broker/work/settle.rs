//! Writes the outcomes of attempts, many in one script call.

use std::mem::discriminant;

use chrono::{DateTime, Utc};

use crate::broker::conn::Conn;
use crate::broker::keys::QueueKeys;
use crate::broker::work::claim::Claim;
use crate::broker::{Broker, Counters, Error, STEP, nanoseconds, script};
use crate::task::transition::Settlement;
use crate::task::{Message, QueueName, TaskId};

/// The result of a settlement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// It was written.
    Written,
    /// The task was no longer active in this attempt. After a lost answer this means that the first call
    /// succeeded; otherwise another worker has recovered the task.
    NotActive,
}

/// A claimed task and its settlement. The caller keeps both, and repeats what could not be written.
pub trait Settle {
    /// The task.
    fn claim(&self) -> &Claim;
    /// Its settlement.
    fn settlement(&self) -> &Settlement;
}

impl Settle for (Claim, Settlement) {
    fn claim(&self) -> &Claim {
        &self.0
    }

    fn settlement(&self) -> &Settlement {
        &self.1
    }
}

/// Maximum size of the messages and results in one script call.
const CALL_BYTES: usize = 1024 * 1024;

impl Broker {
    /// Settles attempts of one queue. The answer has one entry for each, in the same order.
    ///
    /// Each script call is atomic. If one fails, the whole may be repeated: settled tasks are recognized.
    pub async fn settle<T: Settle + Sync>(
        &self,
        queue: &QueueName,
        batch: &[T],
        now: DateTime<Utc>,
    ) -> Result<Vec<Settled>, Error> {
        let mut answer = vec![Settled::NotActive; batch.len()];
        let keys = QueueKeys::new(queue);
        let write = Write {
            conn: &self.conn,
            counters: Counters { keys, now },
        };
        for places in by_script(batch) {
            write.send(batch, &places, &mut answer).await?;
        }
        Ok(answer)
    }

    /// Stores the result of a task, during or after its attempt. Returns false if the task no longer exists.
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

/// The indexes of attempts that the same script settles, in their order.
fn by_script(batch: &[impl Settle]) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (place, one) in batch.iter().enumerate() {
        let kind = discriminant(one.settlement());
        let alike = |group: &&mut Vec<usize>| discriminant(batch[group[0]].settlement()) == kind;
        match groups.iter_mut().find(alike) {
            Some(group) => group.push(place),
            None => groups.push(vec![place]),
        }
    }
    groups
}

/// Parameters of all calls for one batch.
struct Write<'a> {
    conn: &'a Conn,
    counters: Counters,
}

impl Write<'_> {
    /// Settles the attempts at `places`, all with the same script, and records the results in `answer`.
    async fn send(
        &self,
        batch: &[impl Settle],
        places: &[usize],
        answer: &mut [Settled],
    ) -> Result<(), Error> {
        let mut left = places;
        while let Some(first) = left.first() {
            let mut call = self.call(batch[*first].settlement());
            let mut bytes = 0;
            for place in left.iter().take(STEP) {
                bytes += push(&mut call, &batch[*place]);
                if bytes >= CALL_BYTES {
                    break;
                }
            }
            let codes: Vec<i64> = call.run(self.conn).await?;
            for (place, code) in left.iter().zip(&codes) {
                if *code == 1 {
                    answer[*place] = Settled::Written;
                }
            }
            // The script may have settled only the first ones.
            left = left.get(codes.len().max(1)..).unwrap_or_default();
        }
        Ok(())
    }

    /// A call of the script for a settlement, without the tasks.
    fn call(&self, settlement: &Settlement) -> script::Call {
        let Counters { keys, now } = &self.counters;
        let (active, lease) = (keys.active(), keys.lease());
        let (processed, processed_on) = (keys.processed(), self.counters.processed_on());
        let failed = |container: String| {
            let (processed, processed_on) = (keys.processed(), self.counters.processed_on());
            let (failed, failed_on) = (keys.failed(), self.counters.failed_on());
            let (active, lease) = (keys.active(), keys.lease());
            [
                active,
                lease,
                container,
                processed,
                processed_on,
                failed,
                failed_on,
            ]
        };
        let call = match settlement {
            Settlement::Done => script::SETTLE_DONE.on(&[active, lease, processed, processed_on]),
            Settlement::Complete { .. } => {
                let completed = keys.completed();
                script::SETTLE_COMPLETE.on(&[active, lease, completed, processed, processed_on])
            }
            Settlement::Retry { .. } => script::SETTLE_RETRY.on(&failed(keys.retry())),
            Settlement::Archive { .. } => {
                let keys = failed(keys.archived()).into_iter().chain([keys.aside()]);
                script::SETTLE_ARCHIVE.on(&keys.collect::<Vec<_>>())
            }
            Settlement::Requeue => {
                script::SETTLE_REQUEUE.on(&[active, lease, keys.pending(), keys.aside()])
            }
        };
        let call = call.arg(keys.task_prefix());
        match settlement {
            Settlement::Done | Settlement::Complete { .. } | Settlement::Retry { .. } => {
                call.arg(self.counters.day_expires_at())
            }
            Settlement::Archive { .. } => call
                .arg(self.counters.day_expires_at())
                .arg(now.timestamp()),
            Settlement::Requeue => call.arg(nanoseconds(*now)),
        }
    }
}

/// Adds a task to the call that settles it. Returns the size of its message and result.
fn push(call: &mut script::Call, one: &impl Settle) -> usize {
    let claim = one.claim();
    call.push(claim.id.as_str());
    let (lease_before, lost) = match claim.recovery {
        Some(recovery) => (recovery.lease_before.to_string(), recovery.lost.to_string()),
        None => Default::default(),
    };
    call.push(lease_before);
    call.push(claim.token.as_str());
    match one.settlement() {
        Settlement::Done => {
            call.push(&claim.message.unique_key);
            0
        }
        Settlement::Complete {
            message,
            result,
            expires_at,
        } => {
            let length = push_message(call, message);
            call.push(expires_at.timestamp());
            call.push(result);
            length + result.len()
        }
        Settlement::Retry {
            message,
            at,
            counted,
        } => {
            let length = push_message(call, message);
            call.push(at.timestamp());
            call.push(i32::from(*counted));
            call.push(lost);
            length
        }
        Settlement::Archive { message } => push_message(call, message),
        Settlement::Requeue => 0,
    }
}

fn push_message(call: &mut script::Call, message: &Message) -> usize {
    let bytes = message.to_bytes();
    call.push(&bytes);
    bytes.len()
}
