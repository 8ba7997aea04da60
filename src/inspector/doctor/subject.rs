//! What is looked at, and what was seen.

use crate::broker::StoredId;
use crate::task::{QueueName, TaskId};

use super::code::Code;

/// Something that may be wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Subject {
    Task(StoredId),
    /// A task on its way to another queue.
    Moving(TaskId),
    /// The key of a lock.
    Lock(String),
    /// A group by its name.
    Group(String),
    /// An aggregation set by its name.
    Set(String),
    /// The queue itself, which has keys.
    Queue,
    /// A name in the list of queues, of which there are no keys.
    Name,
    /// A key of another type than Asynq's.
    Key(String),
    /// A member of a set of announcements.
    Entry(&'static str, Vec<u8>),
    /// The key of the history of a scheduler entry.
    History(String),
    /// What several schedulers announce.
    Schedule(String),
}

impl Subject {
    /// What people see of it.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Task(bytes) | Self::Entry(_, bytes) => {
                String::from_utf8_lossy(bytes).into_owned()
            }
            Self::Moving(id) => id.to_string(),
            Self::Lock(text)
            | Self::Group(text)
            | Self::Set(text)
            | Self::Key(text)
            | Self::History(text)
            | Self::Schedule(text) => text.clone(),
            Self::Queue | Self::Name => String::new(),
        }
    }
}

/// Something to look at.
pub(super) type Suspect = (Option<QueueName>, Subject);

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Sighting {
    pub(super) code: Code,
    pub(super) queue: Option<QueueName>,
    pub(super) subject: Subject,
}
