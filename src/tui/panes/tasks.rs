//! Tasks of a selection, and one of them.

use crate::document::task::TaskDocument;
use crate::inspector::{Judged, Selection};
use crate::task::{QueueName, State, TaskId};
use crate::tui::place::{List, Section, Sheet, Target, TaskTarget};
use crate::view::{Cell, Column, Role, Table, View as _, text};

/// A list of tasks that is being loaded. It keeps cells, not tasks: payloads may be large.
#[derive(Debug)]
pub(in crate::tui) struct Tasks {
    columns: Vec<Column<TaskDocument>>,
    section: Section,
}

impl Tasks {
    pub(in crate::tui) fn new(selection: &Selection) -> Self {
        let mut states: Vec<State> = selection.states.iter().map(|state| state.state()).collect();
        if selection.group.is_some() {
            states = vec![State::Aggregating];
        }
        let columns = TaskDocument::columns_for(&states);
        Self {
            section: Section {
                title: None,
                table: Table::of::<TaskDocument>(&columns, []),
                targets: Vec::new(),
            },
            columns,
        }
    }

    pub(in crate::tui) fn len(&self) -> usize {
        self.section.targets.len()
    }

    pub(in crate::tui) fn push(&mut self, task: &TaskDocument) {
        let cells = self.columns.iter().map(|column| (column.cell)(task));
        self.section.table.rows.push(cells.collect());
        self.section.targets.push(target(task));
    }

    /// The list. `known` is the number of tasks that match, where counting is free.
    pub(in crate::tui) fn list(self, judged: &Judged, known: Option<u64>, more: bool) -> List {
        let shown = self.len() as u64;
        let count = match known {
            Some(all) if more && all > shown => {
                format!(
                    "{} of {}",
                    text::thousands(shown),
                    text::plural(all, "task")
                )
            }
            Some(_) | None if more => format!("first {}", text::plural(shown, "task")),
            Some(_) | None => text::plural(shown, "task"),
        };
        let mut notes = notes(judged);
        if shown == 0 && notes.is_empty() {
            notes.push(Cell::text("No tasks match.").role(Role::Dim));
        }
        List {
            sections: if shown == 0 {
                Vec::new()
            } else {
                vec![self.section]
            },
            notes,
            count,
            more,
        }
    }
}

/// What the filter could not decide, and what could not be read.
fn notes(judged: &Judged) -> Vec<Cell> {
    let warning = |text: String| Cell::text(text).role(Role::Warning);
    let mut notes = Vec::new();
    if judged.unknown_age > 0 {
        let tasks = text::plural(judged.unknown_age, "task");
        notes.push(warning(format!("left out {tasks} of unknown age")));
    }
    if let Some(failure) = &judged.first_failure {
        let tasks = text::plural(judged.failed, "task");
        notes.push(warning(format!(
            "the filter failed on {tasks}, first with: {failure}"
        )));
    }
    notes.extend(judged.unreadable.iter().cloned().map(warning));
    let not_found = judged.not_found.iter().map(ToString::to_string);
    notes.extend(not_found.map(warning));
    notes
}

/// What the row of a task stands for. An id that is not UTF-8 names no task, so nothing can be done to it here.
fn target(task: &TaskDocument) -> Target {
    if task.id.contains(char::REPLACEMENT_CHARACTER) {
        return Target::Nothing;
    }
    match (QueueName::new(&task.queue), TaskId::new(&task.id)) {
        (Ok(queue), Ok(id)) => Target::Task(TaskTarget {
            queue,
            id,
            state: task.state,
            orphaned: task.orphaned,
        }),
        (Err(_), _) | (_, Err(_)) => Target::Nothing,
    }
}

pub(in crate::tui) fn sheet(task: &TaskDocument) -> Sheet {
    Sheet {
        page: task.page(),
        target: target(task),
    }
}
