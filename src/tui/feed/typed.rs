//! What was typed in an editor, and is kept if it has not become a change.

use tokio::sync::mpsc::UnboundedSender;

use crate::editor::{self, TextFile};
use crate::inspector::draft::Draft;
use crate::tui::message::Event;

/// What was typed in an editor. Unless it has become a change, the file stays, also if the task that holds it is aborted.
#[derive(Debug)]
pub(super) struct Typed {
    draft: Draft,
    file: Option<TextFile>,
    events: UnboundedSender<Event>,
}

impl Typed {
    pub(super) fn new(draft: Draft, file: TextFile, events: UnboundedSender<Event>) -> Self {
        Self {
            draft,
            file: Some(file),
            events,
        }
    }

    /// It has become a change: the file is deleted.
    pub(super) fn discard(mut self) {
        self.file = None;
    }
}

impl Drop for Typed {
    /// Leaves the text where it is, and says where that is.
    fn drop(&mut self) {
        if let Some(file) = self.file.take() {
            let kept = editor::keep(&self.draft, file);
            // Fails only when the dashboard has ended.
            self.events.send(Event::TextKept(kept)).ok();
        }
    }
}
