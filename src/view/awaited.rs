//! The columns of what a wait has come to.

use super::{Cell, Column, Row};
use crate::document::awaited::AwaitedDocument;

impl Row for AwaitedDocument {
    const PLURAL: &'static str = "conditions";

    fn columns() -> Vec<Column<Self>> {
        vec![
            Column::whole("CONDITION", |one: &Self| Cell::text(one.condition)),
            Column::text("QUEUE", |one: &Self| Cell::maybe(one.queue.as_ref())),
            Column::key("ID", |one: &Self| Cell::maybe(one.id.as_ref())),
            Column::whole("OUTCOME", |one: &Self| Cell::maybe(one.outcome)),
            Column::text("ERROR", |one: &Self| Cell::maybe(one.error.as_ref())),
        ]
    }

    fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }
}
