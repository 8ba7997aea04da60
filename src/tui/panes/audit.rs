//! Changes by operators, the newest first.

use super::section;
use crate::document::audit::AuditDocument;
use crate::tui::place::List;
use crate::tui::target::Target;
use crate::view::{Cell, Role, text};

pub(in crate::tui) fn list(changes: &[AuditDocument], rows: usize) -> List {
    let shown = &changes[..changes.len().min(rows)];
    let more = shown.len() < changes.len();
    let count = text::plural(shown.len() as u64, "change");
    let mut list = List {
        count: if more { format!("last {count}") } else { count },
        more,
        still: false,
        ..List::default()
    };
    if shown.is_empty() {
        let note = "No changes are recorded yet.";
        list.notes.push(Cell::text(note).role(Role::Dim));
    } else {
        list.sections
            .push(section(None, shown, |_| Target::Nothing));
    }
    list
}
