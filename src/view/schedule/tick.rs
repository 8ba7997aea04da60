//! Single ticks of a schedule: future ones, and the outcomes of past ones.

use super::columns::outcome_role;
use crate::document::schedule::Source;
use crate::document::tick::{HistoryDocument, NextDocument};
use crate::view::{Cell, Column, Role, Row, text};

impl Row for NextDocument {
    const PLURAL: &'static str = "future ticks";

    fn columns() -> Vec<Column<Self>> {
        vec![
            Column::key("AT", |next: &Self| Cell::text(&next.clock)),
            Column::key("UTC", |next: &Self| Cell::text(&next.text)).wide(),
            Column::key("IN", |next| Cell::time(Some(next.at))),
        ]
    }

    fn id(&self) -> Option<&str> {
        Some(&self.text)
    }
}

impl HistoryDocument {
    fn outcome(&self) -> Cell {
        let text = match (self.skipped_from, self.tick) {
            (Some(first), Some(last)) if first < last => {
                let span = (last - first).to_std().unwrap_or_default();
                format!("{} ({})", self.outcome, text::duration(span))
            }
            (None, None) if self.source == Source::Qctl => format!("{} (cron run)", self.outcome),
            (_, _) => self.outcome.to_owned(),
        };
        Cell::text(text).role(outcome_role(self.outcome))
    }

    fn state(&self) -> Cell {
        match (self.task_state, &self.task_id, &self.queue) {
            (Some(state), _, _) => Cell::state(state),
            (None, Some(_), Some(_)) => Cell::text("gone").role(Role::Dim),
            (None, _, _) => Cell::none(),
        }
    }
}

impl Row for HistoryDocument {
    const PLURAL: &'static str = "past ticks";

    fn columns() -> Vec<Column<Self>> {
        vec![
            Column::key("TICK", |one: &Self| {
                Cell::time(Some(one.tick.unwrap_or(one.at)))
            }),
            Column::key("FIRED", |one: &Self| Cell::time(Some(one.at))).wide(),
            Column::number("LATE", |one| {
                Cell::maybe(one.late_seconds.map(text::duration)).role(Role::Dim)
            }),
            Column::key("OUTCOME", Self::outcome),
            Column::key("STATE", Self::state),
            Column::text("QUEUE", |one| Cell::maybe(one.queue.as_ref())),
            Column::text("TASK", |one| {
                let id = one.task_id.as_ref().map(Cell::id);
                id.unwrap_or_else(|| Cell::maybe(one.error.as_ref()))
            }),
            Column::text("BY", |one: &Self| Cell::maybe(Some(&one.by))).wide(),
        ]
    }

    /// The id of the task, so that it can be piped to another command.
    fn id(&self) -> Option<&str> {
        self.task_id.as_deref()
    }
}
