//! A task that was enqueued: a sentence.

use super::{Cell, Page, View};
use crate::document::enqueued::EnqueuedDocument;

impl View for EnqueuedDocument {
    fn page(&self) -> Page {
        let what = format!("task {} ({})", self.id, self.kind);
        let queue = &self.queue;
        if self.existing {
            let state = self.state;
            return Page::new().sentence(format!("{what} is already in queue {queue} ({state})"));
        }
        Page::new().sentence(match (self.next_process_at, &self.group) {
            (Some(at), _) => {
                let what = format!("scheduled {what} in queue {queue} for ");
                Cell::text_until(what, at, self.zone)
            }
            (None, Some(group)) => {
                Cell::text(format!("added {what} to group {group} of queue {queue}"))
            }
            (None, None) => Cell::text(format!("enqueued {what} in queue {queue}")),
        })
    }

    fn ids(&self) -> Vec<&str> {
        vec![&self.id]
    }
}
