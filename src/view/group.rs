//! Groups of tasks.

use super::{Cell, Column, Role, Row};
use crate::document::queue::GroupDocument;
use crate::task::State;

impl Row for GroupDocument {
    const PLURAL: &'static str = "groups";

    fn columns() -> Vec<Column<Self>> {
        vec![
            Column::key("QUEUE", |group: &Self| Cell::text(&group.queue)),
            Column::key("GROUP", |group| Cell::text(&group.group)),
            Column::number("SIZE", |group| match group.size {
                Some(size) => Cell::count(size).role(Role::State(State::Aggregating)),
                None => Cell::unknown(),
            }),
        ]
    }

    fn id(&self) -> Option<&str> {
        Some(&self.group)
    }
}
