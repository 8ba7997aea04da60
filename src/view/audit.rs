//! Changes by operators.

use super::{Cell, Column, Role, Row};
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
                let cell = Cell::maybe(outcome);
                match outcome {
                    Some("failed" | "interrupted") => cell.role(Role::Error),
                    Some(_) | None => cell,
                }
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

fn count_of(count: Option<u64>) -> Cell {
    count.map_or_else(Cell::none, Cell::count)
}
