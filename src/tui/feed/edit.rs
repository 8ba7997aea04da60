//! Reads a task that is edited or copied as text, and holds what was typed until it has become a change.

use super::Feed;
use super::typed::Typed;
use crate::editor::TextFile;
use crate::failure::Failure;
use crate::inspector::draft::{Draft, Purpose};
use crate::task::{QueueName, TaskId};
use crate::tui::message::Event;

impl Feed {
    /// Reads a task for the editor.
    pub(in crate::tui) fn draft(
        &mut self,
        number: u64,
        purpose: Purpose,
        (queue, id): (QueueName, TaskId),
    ) {
        let (inspector, events) = (self.inspector.clone(), self.events.clone());
        self.tasks.spawn(async move {
            let draft = inspector.draft(purpose, &[queue], &id).await;
            let draft = draft.map(Box::new).map_err(Failure::from);
            // Fails only when the dashboard has ended.
            events.send(Event::Drafted(number, draft)).ok();
        });
    }

    /// Leaves what was typed in its file, if it has not become a change.
    pub(in crate::tui) fn keep_text(&mut self) {
        self.typed = None;
    }

    /// Takes what was typed, until it has become a change.
    pub(in crate::tui) fn hold(&mut self, draft: Draft, file: TextFile) {
        self.typed = Some(Typed::new(draft, file, self.events.clone()));
    }
}
