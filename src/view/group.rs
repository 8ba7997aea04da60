//! Groups of tasks.

use super::{Cell, Column, Role, Row};
use crate::document::queue::GroupDocument;
use crate::task::State;

impl Row for GroupDocument {
    const PLURAL: &'static str = "groups";

    fn columns() -> Vec<Column<Self>> {
        vec![
            Column::text("QUEUE", |group: &Self| Cell::text(&group.queue)),
            Column::text("GROUP", |group| Cell::text(&group.group)),
            Column::number("SIZE", |group| {
                Cell::text(group.size.to_string()).role(Role::State(State::Aggregating))
            }),
        ]
    }

    fn id(&self) -> &str {
        &self.group
    }
}
