//! The outcome of an import: a sentence on the whole, a row for each line.

use super::{Cell, Column, Page, Role, Row, View, text};
use crate::document::import::{ImportDocument, LineDocument, RestoreDocument};

/// `enqueued 3 tasks, 1 already there, 2 lines failed`
fn sentence(stored: String, existing: u64, failed: u64) -> String {
    let existing = (existing > 0).then(|| format!("{} already there", text::thousands(existing)));
    let failed = (failed > 0).then(|| format!("{} failed", text::plural(failed, "line")));
    let parts: Vec<String> = [Some(stored), existing, failed]
        .into_iter()
        .flatten()
        .collect();
    parts.join(", ")
}

impl ImportDocument {
    pub(crate) fn sentence(&self) -> String {
        let enqueued = if self.dry_run {
            format!("would enqueue {}", text::plural(self.would_enqueue, "task"))
        } else {
            format!("enqueued {}", text::plural(self.enqueued, "task"))
        };
        sentence(enqueued, self.existing, self.failed)
    }
}

impl RestoreDocument {
    pub(crate) fn sentence(&self) -> String {
        let imported = if self.dry_run {
            format!("would import {}", text::plural(self.would_import, "task"))
        } else {
            format!("imported {}", text::plural(self.imported, "task"))
        };
        sentence(imported, self.existing, self.failed)
    }
}

impl View for ImportDocument {
    /// Failures are errors on stderr besides; a table would repeat them.
    fn page(&self) -> Page {
        Page::new().sentence(self.sentence())
    }

    /// None: a stream may be of any length, so it keeps no ids.
    fn ids(&self) -> Vec<&str> {
        Vec::new()
    }
}

impl View for RestoreDocument {
    fn page(&self) -> Page {
        Page::new().sentence(self.sentence())
    }

    fn ids(&self) -> Vec<&str> {
        Vec::new()
    }
}

impl Row for LineDocument {
    const PLURAL: &'static str = "lines";

    fn columns() -> Vec<Column<Self>> {
        vec![
            Column::number("LINE", |line: &Self| Cell::text(line.line.to_string())),
            Column::key("ID", |line| Cell::maybe(line.id.as_ref())),
            Column::text("QUEUE", |line| Cell::maybe(line.queue.as_ref())),
            Column::text("STATE", |line| {
                line.state.map_or_else(Cell::none, Cell::state)
            }),
            Column::text("ERROR", |line| {
                Cell::maybe(line.error.as_ref()).role(Role::Error)
            }),
        ]
    }

    fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }
}
