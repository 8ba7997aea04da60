//! Schedules as lines of a table.

use super::{ScheduleDocument, ScheduleState, Source};
use crate::schedule::spec::Spec;
use crate::view::{Cell, Column, Role};

impl ScheduleDocument {
    /// The columns of a list; the queue only where it tells something.
    pub fn columns_for(queues: bool) -> Vec<Column<Self>> {
        let mut columns = vec![
            Column::text("NAME", Self::name),
            Column::text("WHEN", Self::when),
            Column::text("SPEC", |one: &Self| Cell::maybe(one.spec.as_ref())).wide(),
            Column::text("ZONE", |one: &Self| Cell::maybe(one.tz.as_ref())).wide(),
            Column::text("TYPE", |one| Cell::maybe(one.kind.as_ref())),
        ];
        if queues {
            columns.push(Column::text("QUEUE", |one| Cell::maybe(one.queue.as_ref())));
        }
        columns.extend([
            Column::key("NEXT", Self::next),
            Column::key("PREVIOUS", |one| Cell::time(one.previous_at)),
            Column::text("LAST", Self::last),
            Column::key("STATE", Self::state).wide(),
            Column::text("NOTE", |one: &Self| {
                Cell::maybe(one.error.as_ref().or(one.note.as_ref()))
            })
            .wide(),
            Column::key("CHANGED", |one: &Self| Cell::time(one.changed_at)).wide(),
            Column::text("BY", |one: &Self| {
                Cell::maybe(one.changed_by.as_ref().or(one.scheduler_id.as_ref()))
            })
            .wide(),
        ]);
        columns
    }

    /// Ids of Go's entries are random and change with every restart: a few characters tell them apart.
    fn name(&self) -> Cell {
        match self.source {
            Source::Qctl => Cell::text(&self.name),
            Source::Asynq => {
                let start: String = self.name.chars().take(8).collect();
                Cell::text(format!("asynq {start}")).role(Role::Dim)
            }
        }
    }

    /// What does not fire has no next time, so there is room to say why.
    fn next(&self) -> Cell {
        match self.state {
            ScheduleState::Active => Cell::time(self.next_at),
            ScheduleState::Paused | ScheduleState::Ended | ScheduleState::Unreadable => {
                self.state()
            }
        }
    }

    fn when(&self) -> Cell {
        let words = self.when.as_ref().or(self.spec.as_ref());
        let zone = self.tz.as_deref().filter(|zone| *zone != "UTC");
        let zone = zone.filter(|_| self.spec.as_deref().is_some_and(needs_zone));
        match (words, zone) {
            (Some(words), Some(zone)) => Cell::text(format!("{words}, {zone}")),
            (words, _) => Cell::maybe(words),
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

/// What the word means.
pub(super) fn outcome_role(word: &str) -> Role {
    match word {
        "enqueued" => Role::Good,
        "failed" => Role::Error,
        _ => Role::Warning,
    }
}

/// Whether the words of a spec leave open in which zone they are meant.
pub(super) fn needs_zone(spec: &str) -> bool {
    Spec::parse(spec).is_ok_and(|spec| spec.depends_on_zone())
}
