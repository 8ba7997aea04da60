//! The columns of a table of schedules.

use crate::document::schedule::{SHORT_ID, ScheduleDocument, ScheduleState, Source};
use crate::view::{Cell, Column, Role, Row};

impl Row for ScheduleDocument {
    const PLURAL: &'static str = "schedules";

    /// The name is never cut: it is typed in other commands.
    fn columns() -> Vec<Column<Self>> {
        vec![
            Column::whole("NAME", Self::name).reserve(18),
            Column::text("WHEN", |one: &Self| Cell::maybe(one.when_without_zone())).reserve(WHEN),
            Column::text("SPEC", |one: &Self| Cell::maybe(one.spec.as_ref())).wide(),
            Column::text("ZONE", |one: &Self| Cell::maybe(one.zone())).reserve(16),
            Column::text("TYPE", |one: &Self| Cell::maybe(one.kind.as_ref())).wide(),
            Column::text("QUEUE", |one: &Self| Cell::maybe(one.queue.as_ref())).rank(2),
            Column::whole("NEXT", Self::next)
                .reserve(10)
                .sorted_by("next_at"),
            Column::whole("PREVIOUS", |one: &Self| Cell::time(one.previous_at)).wide(),
            Column::text("LAST", Self::last).rank(1),
            Column::whole("STATE", Self::state).wide(),
            Column::text("NOTE", |one: &Self| {
                Cell::maybe(one.error.as_ref().or(one.note.as_ref()))
            })
            .wide(),
            Column::whole("CHANGED", |one: &Self| Cell::time(one.changed_at)).wide(),
            Column::text("BY", |one: &Self| {
                Cell::maybe(one.changed_by.as_ref().or(one.scheduler_id.as_ref()))
            })
            .wide(),
        ]
    }

    /// None of an entry of a Go scheduler: no command can change it.
    fn id(&self) -> Option<&str> {
        match self.source {
            Source::Qctl => Some(&self.name),
            Source::Asynq => None,
        }
    }
}

/// The width below which WHEN says too little.
const WHEN: usize = 20;

impl ScheduleDocument {
    /// Ids of a Go scheduler's entries are random and change with every restart: the start of one is enough.
    fn name(&self) -> Cell {
        match self.source {
            Source::Qctl => Cell::text(&self.name),
            Source::Asynq => {
                let start: String = self.name.chars().take(SHORT_ID).collect();
                Cell::text(format!("asynq {start}")).role(Role::Dim)
            }
        }
    }

    /// The next time, or the state of a schedule that has none.
    fn next(&self) -> Cell {
        match self.state {
            ScheduleState::Active => Cell::time(self.next_at),
            ScheduleState::Ended if self.end_at.is_none() => {
                Cell::text("never").role(Role::Warning)
            }
            ScheduleState::Paused | ScheduleState::Ended | ScheduleState::Unreadable => {
                self.state()
            }
        }
    }

    fn last(&self) -> Cell {
        match (self.last_outcome, &self.last_error) {
            (Some(word), Some(error)) => {
                Cell::text(format!("{word}: {error}")).role(outcome_role(word))
            }
            (Some(word), None) => Cell::text(word).role(outcome_role(word)),
            (None, _) => Cell::none(),
        }
    }

    fn state(&self) -> Cell {
        match self.state {
            ScheduleState::Active => Cell::text("active").role(Role::Good),
            ScheduleState::Paused => Cell::text("paused").role(Role::Warning),
            ScheduleState::Ended => Cell::text("ended").role(Role::Dim),
            ScheduleState::Unreadable => Cell::text("unreadable").role(Role::Error),
        }
    }
}

/// The role of the word for an outcome.
pub(super) fn outcome_role(word: &str) -> Role {
    match word {
        "enqueued" => Role::Good,
        "failed" => Role::Error,
        _ => Role::Warning,
    }
}
