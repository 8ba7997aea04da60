//! Groups and the tasks that wait in them.

use serde::Serialize;

use super::{Cell, Column, Role, Row};
use crate::broker::records::GroupSize;
use crate::task::State;

/// One group.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct GroupDocument {
    /// Its queue.
    pub queue: String,
    /// Its name.
    pub group: String,
    /// Tasks waiting in it.
    pub size: u64,
}

impl From<&GroupSize> for GroupDocument {
    fn from(found: &GroupSize) -> Self {
        Self {
            queue: found.queue.to_string(),
            group: found.group.clone(),
            size: found.size,
        }
    }
}

impl Row for GroupDocument {
    const PLURAL: &'static str = "groups";

    const FIELDS: &'static [&'static str] = &["queue", "group", "size"];

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
