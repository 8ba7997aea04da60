//! Enqueues one task: pending, scheduled or in a group, with or without a uniqueness lock.

use chrono::{DateTime, Utc};

use crate::broker::keys::QueueKeys;
use crate::broker::receipt::{Receipt, Receipts};
use crate::broker::script::{self, Call, Script};
use crate::broker::{Broker, Error, nanoseconds};
use crate::task::new::Placement;
use crate::task::{Invalid, Message, NewTask, State};

/// What the script returns for a task that an earlier call with the same receipt has stored.
const STORED_BEFORE: i64 = 3;

/// For how long [`Broker::enqueue_once`] knows what it has enqueued.
const ONCE_SECONDS: u64 = 24 * 3600;

/// A task that was enqueued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enqueued {
    /// What was stored.
    pub message: Message,
    /// Pending, scheduled or aggregating.
    pub state: State,
    /// When it becomes pending; absent for a task in a group.
    pub next_process_at: Option<DateTime<Utc>>,
}

impl Enqueued {
    pub(crate) fn new(task: &NewTask, message: Message, now: DateTime<Utc>) -> Self {
        let (state, next_process_at) = match task.placement(now) {
            Placement::Pending => (State::Pending, Some(now)),
            Placement::Scheduled(at) => (State::Scheduled, Some(at)),
            Placement::Group(_) => (State::Aggregating, None),
        };
        Self {
            message,
            state,
            next_process_at,
        }
    }
}

impl Broker {
    /// Enqueues a task. If the answer is lost, it is sent once more; its receipt keeps it from being stored twice.
    ///
    /// # Errors
    /// [`Error::IdTaken`] and [`Error::Duplicate`] if there is such a task already, [`Error::Invalid`] for an invalid
    /// option, [`Error::Unanswered`] if it is unknown whether the task was stored, and errors of the connection.
    pub async fn enqueue(&self, task: &NewTask, now: DateTime<Utc>) -> Result<Enqueued, Error> {
        let (message, lock) = message(task, now)?;
        self.register(&task.options.queue).await?;
        let page = self.receipts.open();
        let call = call(task, (&message, lock.unwrap_or(0)), &page.receipt(0), now);
        let sent = self.send(task, &call).await;
        if !matches!(sent, Err(Error::Unanswered { .. })) {
            self.receipts.close(&page);
        }
        let (code, sent_before) = sent?;
        admitted(code, task, lock.is_some(), sent_before)?;
        Ok(Enqueued::new(task, message, now))
    }

    /// Enqueues a task whose id stands for the request to do so: within a day, it is stored once, however often and by
    /// whichever process it is sent, even if it has been processed meanwhile. `sent_before` says that an earlier call of this
    /// request got no answer.
    ///
    /// # Errors
    /// As of [`Broker::enqueue`]; [`Error::EnqueuedBefore`] if an earlier request has stored it.
    pub async fn enqueue_once(
        &self,
        task: &NewTask,
        now: DateTime<Utc>,
        sent_before: bool,
    ) -> Result<Enqueued, Error> {
        let (message, lock) = message(task, now)?;
        self.register(&task.options.queue).await?;
        let receipt = Receipts::ById.of_call(0, task);
        let call = call(task, (&message, lock.unwrap_or(0)), &receipt, now).arg(ONCE_SECONDS);
        let (code, resent) = self.send(task, &call).await?;
        let sent_before = sent_before || resent;
        if code == STORED_BEFORE && !sent_before {
            return Err(Error::EnqueuedBefore {
                queue: task.options.queue.clone(),
                id: task.id.clone(),
            });
        }
        admitted(code, task, lock.is_some(), sent_before)?;
        Ok(Enqueued::new(task, message, now))
    }

    /// Sends a call that stores a task, once more if the answer is lost. Returns its code, and whether it was sent twice.
    async fn send(&self, task: &NewTask, call: &Call) -> Result<(i64, bool), Error> {
        match call.run(&self.conn).await {
            Err(Error::Unreachable { .. }) => match call.run(&self.conn).await {
                Err(error) if error.passing() => Err(Error::Unanswered {
                    queue: task.options.queue.clone(),
                    id: task.id.clone(),
                    cause: Box::new(error),
                }),
                code => Ok((code?, true)),
            },
            code => Ok((code?, false)),
        }
    }
}

/// The message of a task, and how many seconds its lock lasts.
pub(crate) fn message(
    task: &NewTask,
    now: DateTime<Utc>,
) -> Result<(Message, Option<i64>), Invalid> {
    let mut message = task.message()?;
    let lock = task.lock_seconds(now)?;
    if lock.is_some() {
        let keys = QueueKeys::new(&task.options.queue);
        message.unique_key = keys.unique(&message.kind, task.payload.as_deref());
    }
    Ok((message, lock))
}

/// What the code that a script returns means for the task.
pub(crate) fn admitted(
    code: i64,
    task: &NewTask,
    locked: bool,
    sent_before: bool,
) -> Result<(), Error> {
    match code {
        1 | STORED_BEFORE => Ok(()),
        2 if sent_before => Ok(()),
        // 2: the same task is there, and holds the lock itself.
        -1 | 2 if locked => Err(Error::Duplicate {
            queue: task.options.queue.clone(),
            kind: task.kind.to_string(),
        }),
        _ => Err(Error::IdTaken {
            queue: task.options.queue.clone(),
            id: task.id.clone(),
        }),
    }
}

/// The call that stores a task; `lock_seconds` is 0 for a task without a lock.
pub(crate) fn call(
    task: &NewTask,
    (message, lock_seconds): (&Message, i64),
    receipt: &Receipt,
    now: DateTime<Utc>,
) -> Call {
    let keys = QueueKeys::new(&task.options.queue);
    storing(&script::ENQUEUE, &[], task, (message, lock_seconds), now).receipt(&keys, Some(receipt))
}

/// A call of a script that stores a task (`shared/store.lua`), with the keys and arguments that all of these have, followed
/// by the script's own keys.
pub(crate) fn storing(
    script: &'static Script,
    own_keys: &[String],
    task: &NewTask,
    (message, lock_seconds): (&Message, i64),
    now: DateTime<Utc>,
) -> Call {
    let keys = QueueKeys::new(&task.options.queue);
    let task_key = keys.task(&task.id);
    // Without a lock, any key of the same slot will do: the script does not use it.
    let lock = if lock_seconds == 0 {
        task_key.clone()
    } else {
        message.unique_key.clone()
    };
    let (state, container, at, group) = match task.placement(now) {
        Placement::Pending => (State::Pending, keys.pending(), nanoseconds(now), ""),
        Placement::Scheduled(at) => (State::Scheduled, keys.scheduled(), at.timestamp(), ""),
        Placement::Group(group) => {
            let container = keys.group(group);
            (State::Aggregating, container, now.timestamp(), group)
        }
    };
    let shared = [task_key, container, keys.groups(), lock];
    script
        .on(&[&shared, own_keys].concat())
        .arg(task.id.as_str())
        .arg(message.to_bytes())
        .arg(state.name())
        .arg(at)
        .arg(group)
        .arg(lock_seconds)
}
