//! Tasks of a selection, and one of them.

use crate::document::task::TaskDocument;
use crate::inspector::browse::Matching;
use crate::inspector::queues::is_glob;
use crate::inspector::{Judged, Selection};
use crate::task::{QueueName, State, TaskId};
use crate::tui::place::{List, Section, Sheet};
use crate::tui::target::{Target, TaskTarget};
use crate::view::{Cell, Column, Role, Table, View as _, text, unjudged};

/// A list is loaded again and again as long as no more tasks than these must be looked at in vain.
const LIVE: u64 = 5_000;

/// Room for ids that people write.
const LONG_ID: usize = 20;

/// A list of tasks that is being loaded. It keeps cells, not tasks: payloads may be large.
#[derive(Debug)]
pub(in crate::tui) struct Tasks {
    columns: Vec<Column<TaskDocument>>,
    section: Section,
    judged: Judged,
}

/// What is behind the rows that were loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tui) enum More {
    Nothing,
    /// Further rows, and so many in all, if that is known.
    Rows(Option<Matching>),
    /// Tasks that nobody has looked at: that would have taken too long.
    Unseen {
        /// Whether a longer list looks at more of them.
        further: bool,
    },
}

impl Tasks {
    pub(in crate::tui) fn new(selection: &Selection) -> Self {
        let mut states: Vec<State> = selection.states.iter().map(|state| state.state()).collect();
        if selection.group.is_some() {
            states = vec![State::Aggregating];
        }
        let columns = columns(selection, &states);
        Self {
            section: Section {
                title: None,
                table: Table::of::<TaskDocument>(&columns, []),
                targets: Vec::new(),
            },
            columns,
            judged: Judged::default(),
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

    /// Tasks that were looked at.
    pub(in crate::tui) const fn looks(&self) -> u64 {
        self.judged.tasks
    }

    /// Adds what was come across while some of the rows were loaded.
    pub(in crate::tui) fn note(&mut self, judged: Judged) {
        let all = &mut self.judged;
        all.tasks += judged.tasks;
        all.unknown_age += judged.unknown_age;
        if all.first_of_unknown_age.is_empty() {
            all.first_of_unknown_age = judged.first_of_unknown_age;
        }
        for (state, tasks) in judged.without_age {
            *all.without_age.entry(state).or_default() += tasks;
        }
        all.failed += judged.failed;
        all.first_failure = all.first_failure.take().or(judged.first_failure);
        all.not_found.extend(judged.not_found);
        for error in judged.unreadable {
            if !all.unreadable.contains(&error) {
                all.unreadable.push(error);
            }
        }
    }

    pub(in crate::tui) fn list(self, more: More) -> List {
        let shown = self.len() as u64;
        let mut notes = notes(&self.judged);
        if shown == 0 && more == More::Nothing && notes.is_empty() {
            notes.push(Cell::text("No tasks match.").role(Role::Dim));
        }
        let long = self.judged.tasks > shown + LIVE;
        let looked = format!("Looked at {}", text::plural(self.judged.tasks, "task"));
        let looked = match more {
            More::Unseen { further: true } => Some(format!("{looked}; ↓ looks further.")),
            More::Unseen { further: false } => Some(format!("{looked}; add a condition with /.")),
            More::Nothing | More::Rows(_) => long.then(|| format!("{looked}; r looks again.")),
        };
        let still = looked.is_some();
        notes.extend(looked.map(|looked| Cell::text(looked).role(Role::Dim)));
        List {
            sections: if shown == 0 {
                Vec::new()
            } else {
                vec![self.section]
            },
            notes,
            count: count(shown, more),
            more: more != More::Nothing,
            still,
        }
    }
}

fn count(shown: u64, more: More) -> String {
    let (of, all) = match more {
        More::Nothing => return text::plural(shown, "task"),
        More::Unseen { .. } => return format!("{} so far", text::plural(shown, "task")),
        More::Rows(None) => ("", 0),
        More::Rows(Some(Matching::Exactly(all))) => ("of", all),
        More::Rows(Some(Matching::AtLeast(all))) => ("of at least", all),
    };
    // Tasks may have gone in the meantime.
    if all <= shown {
        return format!("first {}", text::plural(shown, "task"));
    }
    let (shown, all) = (text::thousands(shown), text::plural(all, "task"));
    format!("{shown} {of} {all}")
}

/// What the filter could not decide, and what could not be read.
fn notes(judged: &Judged) -> Vec<Cell> {
    let warning = |text: String| Cell::text(text).role(Role::Warning);
    let lines = unjudged(judged).into_iter();
    let mut notes: Vec<Cell> = lines
        .map(|(role, line)| Cell::text(line).role(role))
        .collect();
    notes.extend(judged.unreadable.iter().cloned().map(warning));
    let not_found = judged.not_found.iter().map(ToString::to_string);
    notes.extend(not_found.map(warning));
    notes
}

/// The columns of a list of tasks in these states. The place already names its only queue. Ids that are no UUIDs leave room for errors.
fn columns(selection: &Selection, states: &[State]) -> Vec<Column<TaskDocument>> {
    let is_of_one_queue =
        matches!(selection.queues.as_slice(), [queue] if !is_glob(queue.as_str()));
    let failed = |state: &State| matches!(state, State::Retry | State::Archived);
    let have_failed = !states.is_empty() && states.iter().all(failed);
    let mut columns = TaskDocument::columns_for(states);
    columns.retain(|column| !(is_of_one_queue && column.name() == "queue"));
    for id in columns
        .iter_mut()
        .filter(|column| have_failed && column.name() == "id")
    {
        id.head.reserve = LONG_ID;
    }
    columns
}

/// What the row of a task stands for. An id that is not UTF-8 names no task, so nothing can be done to it here.
pub(super) fn target(task: &TaskDocument) -> Target {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn looked_at(tasks: u64, more: More) -> List {
        let mut shown = Tasks::new(&Selection::default());
        shown.note(Judged {
            tasks,
            ..Judged::default()
        });
        shown.list(more)
    }

    #[test]
    fn the_count_says_what_is_known() {
        let rows = |matching| count(200, More::Rows(matching));
        assert_eq!(count(1, More::Nothing), "1 task");
        assert_eq!(count(3, More::Unseen { further: true }), "3 tasks so far");
        assert_eq!(rows(None), "first 200 tasks");
        let all = Matching::Exactly(1_500);
        assert_eq!(rows(Some(all)), "200 of 1,500 tasks");
        let some = Matching::AtLeast(1_500);
        assert_eq!(rows(Some(some)), "200 of at least 1,500 tasks");
        assert_eq!(rows(Some(Matching::Exactly(7))), "first 200 tasks");
    }

    #[test]
    fn a_long_walk_is_not_repeated_and_says_how_far_it_looked() {
        for (tasks, more, note) in [
            (5_000, More::Nothing, None),
            (
                5_001,
                More::Nothing,
                Some("Looked at 5,001 tasks; r looks again."),
            ),
            (
                9,
                More::Unseen { further: true },
                Some("Looked at 9 tasks; ↓ looks further."),
            ),
            (
                9,
                More::Unseen { further: false },
                Some("Looked at 9 tasks; add a condition with /."),
            ),
        ] {
            let list = looked_at(tasks, more);
            assert_eq!(list.still, note.is_some(), "{tasks} {more:?}");
            if let Some(note) = note {
                assert!(list.notes.contains(&Cell::text(note).role(Role::Dim)));
            }
        }
    }
}
