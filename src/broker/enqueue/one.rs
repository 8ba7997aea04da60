//! Puts new tasks into a queue: now, later, or into a group, each with or without a uniqueness lock.

use chrono::{DateTime, Utc};

use crate::broker::keys::QueueKeys;
use crate::broker::{Broker, Error, nanoseconds, script};
use crate::task::new::Placement;
use crate::task::{Invalid, Message, NewTask, State};

/// A task that is in Redis now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enqueued {
    /// What was stored.
    pub message: Message,
    /// Where it is.
    pub state: State,
    /// When it will be processed, if that is known.
    pub next_process_at: Option<DateTime<Utc>>,
}

impl Enqueued {
    /// A task that was stored by an attempt whose answer was lost, as found out by its id.
    pub fn sent_before(task: &NewTask, now: DateTime<Utc>) -> Self {
        let message = task.message().unwrap_or_default();
        Self::new(task, message, now)
    }

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

/// Whether a task is sent for the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sending {
    /// It cannot be in Redis yet.
    First,
    /// It was sent before and nobody knows what came of that: its own message there means success.
    Again,
}

impl Broker {
    /// Enqueues a task.
    ///
    /// A connection that breaks on the way leaves it open whether the task was stored. It is sent once
    /// more then, and the script recognises the message that it has stored before. That doubles the task
    /// only if its first copy was both processed and deleted meanwhile.
    ///
    /// # Errors
    /// [`Error::IdTaken`] and [`Error::Duplicate`] when there is such a task already, [`Error::Invalid`]
    /// when an option is, and what a connection may bring.
    pub async fn enqueue(&self, task: &NewTask, now: DateTime<Utc>) -> Result<Enqueued, Error> {
        let (message, lock) = message(task, now)?;
        self.register(&task.options.queue).await?;
        let call = call(task, &message, lock.unwrap_or(0), now);
        let mut code: Result<i64, Error> = call.run(&self.conn).await;
        let sent_again = matches!(code, Err(Error::Unreachable { .. }));
        if sent_again {
            code = call.run(&self.conn).await;
        }
        let sending = if sent_again {
            Sending::Again
        } else {
            Sending::First
        };
        admitted(code?, task, lock.is_some(), sending)?;
        Ok(Enqueued::new(task, message, now))
    }
}

/// What is stored of a task, and the seconds of its lock.
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

/// What the code that a script returns means for its task.
pub(crate) fn admitted(
    code: i64,
    task: &NewTask,
    locked: bool,
    sending: Sending,
) -> Result<(), Error> {
    match code {
        1 => Ok(()),
        2 if sending == Sending::Again => Ok(()),
        // 2: the same task given twice, which meets its own lock.
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
pub(crate) fn call(
    task: &NewTask,
    message: &Message,
    lock_seconds: i64,
    now: DateTime<Utc>,
) -> script::Call {
    let keys = QueueKeys::new(&task.options.queue);
    let task_key = keys.task(&task.id);
    // Without a lock some key of the same slot stands in; the script does not look at it.
    let lock = if lock_seconds == 0 {
        task_key.clone()
    } else {
        message.unique_key.clone()
    };
    let call = match task.placement(now) {
        Placement::Pending => script::ENQUEUE_PENDING
            .on(&[task_key, keys.pending(), lock])
            .arg(task.id.as_str())
            .arg(message.to_bytes())
            .arg(nanoseconds(now)),
        Placement::Scheduled(at) => script::ENQUEUE_SCHEDULED
            .on(&[task_key, keys.scheduled(), lock])
            .arg(task.id.as_str())
            .arg(message.to_bytes())
            .arg(at.timestamp()),
        Placement::Group(group) => script::ENQUEUE_GROUP
            .on(&[task_key, keys.group(group), keys.groups(), lock])
            .arg(task.id.as_str())
            .arg(message.to_bytes())
            .arg(now.timestamp())
            .arg(group),
    };
    call.arg(lock_seconds)
}
