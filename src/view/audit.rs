//! Changes by operators.

use super::{Cell, Column, Page, Role, Row};
use crate::document::audit::AuditDocument;

impl Row for AuditDocument {
    const PLURAL: &'static str = "changes";

    fn columns() -> Vec<Column<Self>> {
        vec![
            Column::whole("WHEN", |change: &Self| Cell::time(change.at)),
            Column::text("WHO", |change| Cell::maybe(change.who.as_ref())),
            Column::text("FROM", |change| Cell::maybe(change.from.as_ref())),
            Column::whole("VERB", |change| Cell::maybe(change.verb.as_ref())),
            Column::key("TARGET", |change: &Self| {
                Cell::maybe(change.target.as_ref())
            })
            .reserve(24),
            Column::number("MATCHED", |change: &Self| count_of(change.matched)).rank(2),
            Column::number("CHANGED", |change| count_of(change.changed)),
            // A failure shows in the outcome.
            Column::number("FAILED", |change: &Self| count_of(change.failed)).rank(1),
            Column::whole("OUTCOME", |change| {
                let outcome = change.outcome.as_deref();
                Cell::maybe(outcome).role(role(outcome))
            }),
            Column::text("DETAILS", |change: &Self| {
                Cell::maybe(change.details.as_ref())
            })
            .wide(),
        ]
    }

    fn id(&self) -> Option<&str> {
        Some(&self.id)
    }
}

impl AuditDocument {
    /// The whole change, for a page of its own.
    pub(crate) fn details(&self) -> Page {
        Page::new().facts(self.facts())
    }

    /// All that is recorded of it.
    pub(crate) fn facts(&self) -> [(&'static str, Cell); 13] {
        let text = |text: &Option<String>| Cell::maybe(text.as_deref());
        let outcome = self.outcome.as_deref();
        let ended = match outcome {
            None => Cell::text(UNFINISHED).role(Role::Warning),
            Some("interrupted") => Cell::text(INTERRUPTED).role(role(outcome)),
            Some(outcome) => Cell::text(outcome).role(role(Some(outcome))),
        };
        [
            ("When", Cell::moment(self.at)),
            ("Ended", Cell::moment(self.ended_at)),
            ("Who", text(&self.who)),
            ("From", text(&self.from)),
            ("Verb", text(&self.verb)),
            ("Target", text(&self.target)),
            ("Matched", count_of(self.matched)),
            ("Changed", count_of(self.changed)),
            ("Failed", count_of(self.failed)),
            ("Outcome", ended),
            ("Details", text(&self.details)),
            ("Version", text(&self.version)),
            ("ID", Cell::text(&self.id)),
        ]
    }
}

/// Of a change that has no outcome.
const UNFINISHED: &str = "not finished: it is under way, or its process was killed";

/// Of a change that was stopped.
const INTERRUPTED: &str = "interrupted: it was stopped before its end";

fn role(outcome: Option<&str>) -> Role {
    match outcome {
        Some("failed" | "interrupted") => Role::Error,
        Some(_) | None => Role::Plain,
    }
}

fn count_of(count: Option<u64>) -> Cell {
    count.map_or_else(Cell::none, Cell::count)
}
