//! A task that was enqueued.

use chrono::{DateTime, FixedOffset, Utc};

use super::document;
use crate::broker::Enqueued;
use crate::broker::records::FoundTask;
use crate::task::State;

document! {
    /// A task that was enqueued.
    pub(crate) struct EnqueuedDocument {
        id: String,
        queue: String,
        kind as "type": String,
        state: State,
        /// Only of a scheduled task.
        next_process_at: Option<DateTime<Utc>>,
        /// The group it was added to.
        group: Option<String>,
        /// It was there already.
        existing: bool,
    }
    hidden {
        /// The zone in which people have written the start.
        zone: Option<FixedOffset>,
    }
}

impl From<Enqueued> for EnqueuedDocument {
    fn from(enqueued: Enqueued) -> Self {
        let message = enqueued.message;
        let waits = enqueued.state == State::Scheduled;
        Self {
            id: message.id,
            queue: message.queue,
            kind: message.kind,
            state: enqueued.state,
            next_process_at: enqueued.next_process_at.filter(|_| waits),
            group: Some(message.group).filter(|group| !group.is_empty()),
            existing: false,
            zone: None,
        }
    }
}

impl EnqueuedDocument {
    /// The document of a task that was there already.
    pub(crate) fn existing(found: FoundTask) -> Self {
        let next_process_at = found.next_process_at();
        let message = found.message.unwrap_or_default();
        Self {
            id: found.id.to_string(),
            queue: found.queue.to_string(),
            kind: message.kind,
            state: found.state,
            next_process_at,
            group: Some(message.group).filter(|group| !group.is_empty()),
            existing: true,
            zone: None,
        }
    }
}
