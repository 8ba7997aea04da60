//! Changes by operators, the newest first.

use super::section;
use crate::document::audit::AuditDocument;
use crate::tui::place::{List, Sheet};
use crate::tui::target::Target;
use crate::view::{Cell, Page, Role, text};

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
        list.sections.push(section(None, shown, target));
    }
    list
}

/// A change, which may have been removed from the log.
pub(in crate::tui) fn sheet(change: Option<&AuditDocument>) -> Sheet {
    match change {
        Some(change) => Sheet {
            page: change.details(),
            target: target(change),
        },
        None => Sheet {
            page: Page::new().sentence("This is gone: the log keeps the newest changes only."),
            target: Target::Nothing,
        },
    }
}

/// What is not by qctl may have an id that is none.
fn target(change: &AuditDocument) -> Target {
    match change.id.parse() {
        Ok(id) => Target::AuditEntry {
            id,
            ended: change.outcome.is_some(),
        },
        Err(_) => Target::Nothing,
    }
}
