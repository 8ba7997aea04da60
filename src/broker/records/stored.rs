//! A task with everything that is stored about it, as it is read and as it is stored again.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::FoundTask;
use crate::task::{QueueName, State, TaskId};

/// A task and what [`FoundTask`] leaves out.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredTask {
    /// The task.
    pub found: FoundTask,
    /// The bytes of its message, or what was set aside. Empty if there are none.
    pub message: Vec<u8>,
    /// Its score, whatever it says.
    pub score: Option<f64>,
    /// The group that it joins when it is forwarded, or waits in.
    pub group: Option<String>,
    /// How much longer it holds its unique lock; `None` if it does not hold one.
    pub lock: Option<LockLife>,
}

/// How much longer a lock is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockLife {
    /// For this long.
    For(Duration),
    /// Until it is released.
    Ever,
}

impl StoredTask {
    /// Whether its id is text, so that a document can name it.
    pub fn has_text_id(id: &[u8]) -> bool {
        str::from_utf8(id).is_ok_and(|id| !id.is_empty())
    }

    /// Whether there is an id in a container, and nothing else. What was set aside may be just an id.
    pub fn is_empty(&self) -> bool {
        self.message.is_empty() && self.found.state != State::Aside
    }
}

/// A task to be stored as it was.
#[derive(Debug, Clone, PartialEq)]
pub struct Restorable {
    /// Its queue.
    pub queue: QueueName,
    /// Its id.
    pub id: TaskId,
    /// Its type, for errors.
    pub kind: String,
    /// Any but active: a running task cannot be stored.
    pub state: State,
    /// It was running, and is pending now.
    pub was_active: bool,
    /// It is set aside because its message cannot be decoded.
    pub is_unreadable: bool,
    /// The bytes of its message. Empty only for an id that was set aside without one.
    pub message: Vec<u8>,
    /// The score in its container; `None` = now.
    pub score: Option<f64>,
    /// Of a pending task; `None` = now.
    pub pending_since: Option<DateTime<Utc>>,
    /// The group that it waits in, or will join when it is forwarded.
    pub group: Option<String>,
    /// The key of its unique lock, if it has had one.
    pub unique_key: String,
    /// How long it holds the lock, if it does.
    pub lock: Option<LockEnd>,
    /// What its handler has returned.
    pub result: Option<Vec<u8>>,
}

/// When a lock ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockEnd {
    /// At this time. A lock that has ended is not taken.
    At(DateTime<Utc>),
    /// Not before it is released.
    Never,
}
