//! What was typed in an editor, and is kept if it has not become a change.

use tokio::sync::mpsc::UnboundedSender;

use crate::editor::{self, TextFile};
use crate::inspector::draft::Draft;
use crate::tui::message::Event;

/// What was typed in an editor. The file is deleted with it.
#[derive(Debug)]
pub(super) struct Typed {
    pub draft: Draft,
    pub file: TextFile,
}

impl Typed {
    /// Leaves the text where it is, and says where that is.
    pub(super) fn keep(self, events: &UnboundedSender<Event>) {
        let kept = editor::keep(&self.draft, self.file);
        // Fails only when the dashboard has ended.
        events.send(Event::TextKept(kept)).ok();
    }
}
