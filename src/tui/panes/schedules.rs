//! Schedules, and one of them.

use super::section;
use crate::document::payload::Payload;
use crate::document::schedule::ScheduleDocument;
use crate::document::tick::{HistoryDocument, NextDocument};
use crate::inspector::schedules::BrokenFile;
use crate::tui::place::{Found, List, Sheet};
use crate::tui::target::Target;
use crate::view::{Cell, Page, Role, Row as _, Table, text};

/// The order of schedules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::tui) enum ScheduleOrder {
    #[default]
    Name,
    Next,
}

impl ScheduleOrder {
    pub(in crate::tui) const fn next(self) -> Self {
        match self {
            Self::Name => Self::Next,
            Self::Next => Self::Name,
        }
    }

    pub(in crate::tui) const fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Next => "next",
        }
    }
}

pub(in crate::tui) fn list(found: &Found, order: ScheduleOrder) -> List {
    let mut schedules: Vec<ScheduleDocument> = found.schedules.clone();
    match order {
        ScheduleOrder::Name => {}
        // Those without a next time come last.
        ScheduleOrder::Next => schedules.sort_by_key(|one| (one.next_at.is_none(), one.next_at)),
    }
    let mut notes = Vec::new();
    if let Some(unknown) = &found.stored_unknown {
        notes.push(Cell::text(unknown.as_str()).role(Role::Warning));
    } else if schedules.is_empty() {
        notes.push(Cell::text(
            "No schedules yet. Add one: qctl cron add NAME '0 2 * * *' TYPE",
        ));
    }
    if found.unattended {
        let note = "No scheduler is running: start `qctl work` or `qctl cron run-scheduler`.";
        notes.push(Cell::text(note).role(Role::Warning));
    }
    for BrokenFile { path, host, error } in &found.broken_files {
        let note = format!("{path:?} on {host} has errors, so its changes are not stored: {error}");
        notes.push(Cell::text(note).role(Role::Warning));
    }
    let sections = if schedules.is_empty() {
        Vec::new()
    } else {
        vec![section(None, &schedules, target)]
    };
    List {
        sections,
        notes,
        count: text::plural(schedules.len() as u64, "schedule"),
        more: false,
        still: false,
    }
}

fn target(one: &ScheduleDocument) -> Target {
    Target::Schedule {
        name: one.name.clone(),
        state: one.state,
        source: one.source,
    }
}

/// The page of a schedule that is gone.
pub(in crate::tui) fn removed() -> Sheet {
    Sheet {
        page: Page::new().sentence("This schedule was removed."),
        target: Target::Nothing,
    }
}

/// A schedule: each of its columns as a fact, its next times, and its history.
pub(in crate::tui) fn sheet(
    one: &ScheduleDocument,
    next: &[NextDocument],
    history: &[HistoryDocument],
) -> Sheet {
    let columns = ScheduleDocument::columns();
    let facts = columns
        .iter()
        .map(|column| (column.head.title, (column.cell)(one)));
    let payload = one.payload.as_ref().map(Payload::pretty);
    let mut page = Page::new().facts(facts);
    if let Some(payload) = payload.filter(|text| !text.is_empty()) {
        page = page.block("Payload", &payload, Role::Plain);
    }
    let heading = |text| Cell::text(text).role(Role::Strong);
    if !next.is_empty() {
        page = page.sentence(heading("Next")).table(Table::list(next));
    }
    if !history.is_empty() {
        page = page
            .sentence(heading("History"))
            .table(Table::list(history));
    }
    Sheet {
        page,
        target: target(one),
    }
}
