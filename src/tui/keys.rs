//! The table of actions: what each key does, where, and how the key bar and the help call it.
//!
//! Lower-case letters look and navigate. Capital letters change data, and are not there if the dashboard is read-only.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::place::{Kind, Tab};
use crate::task::transition::Action;

/// What a key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    Go(Tab),
    NextTab,
    PreviousTab,
    Up,
    Down,
    PageUp,
    PageDown,
    Top,
    Bottom,
    Open,
    Back,
    Tasks,
    Select,
    Search,
    NextMatch,
    Mark,
    MarkAll,
    Sort,
    Wide,
    Live,
    Reload,
    Copy,
    Command,
    Help,
    Quit,
    Stop,
    Change(Action),
    PauseQueue,
    Schedule(ScheduleAct),
}

/// What a key does to a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ScheduleAct {
    Run,
    /// Pauses it, or resumes it.
    Pause,
    Remove,
}

/// A row of the table.
#[derive(Debug)]
pub(super) struct Binding {
    pub keys: &'static [KeyCode],
    pub act: Act,
    /// For the key bar; empty: only in the help.
    pub short: &'static str,
    /// For the help.
    pub about: &'static str,
    /// Where it applies; empty: everywhere.
    pub places: &'static [Kind],
}

impl Binding {
    /// Whether it changes data.
    pub(super) const fn changes(&self) -> bool {
        match self.act {
            Act::Change(_) | Act::PauseQueue | Act::Schedule(_) => true,
            Act::Go(_)
            | Act::NextTab
            | Act::PreviousTab
            | Act::Up
            | Act::Down
            | Act::PageUp
            | Act::PageDown
            | Act::Top
            | Act::Bottom
            | Act::Open
            | Act::Back
            | Act::Tasks
            | Act::Select
            | Act::Search
            | Act::NextMatch
            | Act::Mark
            | Act::MarkAll
            | Act::Sort
            | Act::Wide
            | Act::Live
            | Act::Reload
            | Act::Copy
            | Act::Command
            | Act::Help
            | Act::Quit
            | Act::Stop => false,
        }
    }

    /// Whether it applies to a place of this kind.
    pub(super) fn applies(&self, kind: Kind) -> bool {
        self.places.is_empty() || self.places.contains(&kind)
    }

    /// Its keys, as the help shows them.
    pub(super) fn label(&self) -> String {
        let names = self.keys.iter().map(|key| name(*key));
        names.collect::<Vec<_>>().join(" ")
    }

    /// Its first key, as the key bar shows it.
    pub(super) fn key(&self) -> String {
        self.keys.first().map(|key| name(*key)).unwrap_or_default()
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "keys that the program names as crossterm does"
)]
fn name(key: KeyCode) -> String {
    match key {
        KeyCode::Char(' ') => "space".to_owned(),
        KeyCode::Up => "↑".to_owned(),
        KeyCode::Down => "↓".to_owned(),
        KeyCode::Left => "←".to_owned(),
        KeyCode::Right => "→".to_owned(),
        KeyCode::PageUp => "PgUp".to_owned(),
        KeyCode::PageDown => "PgDn".to_owned(),
        other => other.to_string(),
    }
}

const fn row(
    keys: &'static [KeyCode],
    act: Act,
    (short, about): (&'static str, &'static str),
    places: &'static [Kind],
) -> Binding {
    Binding {
        keys,
        act,
        short,
        about,
        places,
    }
}

use KeyCode::{Char, Down, End, Enter, Esc, Home, Left, PageDown, PageUp, Right, Up};

const LISTS: &[Kind] = &[
    Kind::Queues,
    Kind::Queue,
    Kind::Tasks,
    Kind::Workers,
    Kind::Schedules,
    Kind::Audit,
];
const TABLES: &[Kind] = &[
    Kind::Queues,
    Kind::Tasks,
    Kind::Workers,
    Kind::Schedules,
    Kind::Audit,
];
const SHEETS: &[Kind] = &[
    Kind::Queue,
    Kind::Task,
    Kind::Server,
    Kind::Schedule,
    Kind::Help,
];
const TASKS: &[Kind] = &[Kind::Tasks, Kind::Task];
const RUNNING: &[Kind] = &[Kind::Tasks, Kind::Task, Kind::Workers];
const QUEUES: &[Kind] = &[Kind::Queues, Kind::Queue];
const SCHEDULES: &[Kind] = &[Kind::Schedules, Kind::Schedule];

/// All bindings, in the order of the key bar.
pub(super) const BINDINGS: &[Binding] = &[
    row(&[Enter], Act::Open, ("open", "open the row"), LISTS),
    row(
        &[Esc, KeyCode::Backspace],
        Act::Back,
        ("back", "go back; close; stop counting"),
        &[],
    ),
    row(
        &[Char('R')],
        Act::Change(Action::Retry),
        (
            "retry",
            "retry the task, the marked tasks, or all that match",
        ),
        TASKS,
    ),
    row(
        &[Char('A')],
        Act::Change(Action::Archive),
        (
            "archive",
            "archive the task, the marked tasks, or all that match",
        ),
        TASKS,
    ),
    row(
        &[Char('D')],
        Act::Change(Action::Delete),
        (
            "delete",
            "delete the task, the marked tasks, or all that match",
        ),
        TASKS,
    ),
    row(
        &[Char('C')],
        Act::Change(Action::Cancel),
        ("cancel", "cancel the running task"),
        RUNNING,
    ),
    row(
        &[Char('P')],
        Act::PauseQueue,
        ("pause queue", "pause or resume the queue"),
        QUEUES,
    ),
    row(
        &[Char('R')],
        Act::Schedule(ScheduleAct::Run),
        ("run now", "enqueue the task of the schedule now"),
        SCHEDULES,
    ),
    row(
        &[Char('P')],
        Act::Schedule(ScheduleAct::Pause),
        ("pause", "pause or resume the schedule"),
        SCHEDULES,
    ),
    row(
        &[Char('D')],
        Act::Schedule(ScheduleAct::Remove),
        ("remove", "remove the schedule and its history"),
        SCHEDULES,
    ),
    row(
        &[Char('x')],
        Act::Stop,
        ("stop", "stop the change that is running"),
        &[],
    ),
    row(
        &[Char(' ')],
        Act::Mark,
        ("mark", "mark the task, or remove its mark"),
        &[Kind::Tasks],
    ),
    row(
        &[Char('a')],
        Act::MarkAll,
        ("all", "mark all that match, shown or not"),
        &[Kind::Tasks],
    ),
    row(
        &[Char('/')],
        Act::Select,
        (
            "select",
            "select tasks: queue:critical state:retry,archived older:1h",
        ),
        TABLES,
    ),
    row(&[Char('/')], Act::Search, ("search", "search"), SHEETS),
    row(
        &[Char('n')],
        Act::NextMatch,
        ("next", "go to the next match"),
        SHEETS,
    ),
    row(
        &[Char('t')],
        Act::Tasks,
        ("tasks", "list the tasks of the queue"),
        QUEUES,
    ),
    row(
        &[Char('s')],
        Act::Sort,
        ("sort", "sort by the next column"),
        &[Kind::Queues, Kind::Schedules],
    ),
    row(&[Char('w')], Act::Wide, ("wide", "show more columns"), &[]),
    row(
        &[Char('p')],
        Act::Live,
        ("freeze", "freeze the display, or go on"),
        &[],
    ),
    row(&[Char('r')], Act::Reload, ("", "reload"), &[]),
    row(
        &[Char('y')],
        Act::Copy,
        ("copy", "copy the equivalent command"),
        &[],
    ),
    row(
        &[Char(':')],
        Act::Command,
        ("command", "run a qctl command"),
        &[],
    ),
    row(&[Char('1')], Act::Go(Tab::Queues), ("", "queues"), &[]),
    row(&[Char('2')], Act::Go(Tab::Tasks), ("", "tasks"), &[]),
    row(&[Char('3')], Act::Go(Tab::Workers), ("", "workers"), &[]),
    row(
        &[Char('4')],
        Act::Go(Tab::Schedules),
        ("", "schedules"),
        &[],
    ),
    row(&[Char('5')], Act::Go(Tab::Audit), ("", "audit"), &[]),
    row(
        &[KeyCode::Tab, Right, Char('l')],
        Act::NextTab,
        ("", "next tab"),
        &[],
    ),
    row(
        &[KeyCode::BackTab, Left, Char('h')],
        Act::PreviousTab,
        ("", "previous tab"),
        &[],
    ),
    row(&[Down, Char('j')], Act::Down, ("", "down"), &[]),
    row(&[Up, Char('k')], Act::Up, ("", "up"), &[]),
    row(
        &[PageDown, Char('f')],
        Act::PageDown,
        ("", "one screen down"),
        &[],
    ),
    row(
        &[PageUp, Char('b')],
        Act::PageUp,
        ("", "one screen up"),
        &[],
    ),
    row(&[Home, Char('g')], Act::Top, ("", "first row"), &[]),
    row(&[End, Char('e')], Act::Bottom, ("", "last row"), &[]),
    row(&[Char('?')], Act::Help, ("keys", "show all keys"), &[]),
    row(&[Char('q')], Act::Quit, ("quit", "quit (also Ctrl-C)"), &[]),
];

/// The binding of a key in a place.
pub(super) fn find(key: KeyEvent, kind: Kind, read_only: bool) -> Option<&'static Binding> {
    let held = key.modifiers - KeyModifiers::SHIFT;
    if !held.is_empty() {
        return None;
    }
    bindings(kind, read_only).find(|binding| binding.keys.contains(&key.code))
}

/// The bindings of a place.
pub(super) fn bindings(kind: Kind, read_only: bool) -> impl Iterator<Item = &'static Binding> {
    BINDINGS
        .iter()
        .filter(move |binding| binding.applies(kind) && !(read_only && binding.changes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KINDS: [Kind; 10] = [
        Kind::Queues,
        Kind::Queue,
        Kind::Tasks,
        Kind::Task,
        Kind::Workers,
        Kind::Server,
        Kind::Schedules,
        Kind::Schedule,
        Kind::Audit,
        Kind::Help,
    ];

    #[test]
    fn a_key_means_one_thing_in_a_place() {
        for kind in KINDS {
            let mut keys: Vec<String> = bindings(kind, false)
                .flat_map(|binding| binding.keys)
                .map(|key| format!("{key:?}"))
                .collect();
            keys.sort();
            let all = keys.len();
            keys.dedup();
            assert_eq!(keys.len(), all, "{kind:?}");
        }
    }

    #[test]
    fn capitals_change_data_and_nothing_else_does() {
        for binding in BINDINGS {
            let capital = |key: &KeyCode| matches!(key, Char(c) if c.is_ascii_uppercase());
            assert_eq!(
                binding.keys.iter().any(capital),
                binding.changes(),
                "{binding:?}"
            );
            assert_eq!(binding.keys.iter().all(capital), binding.changes());
        }
    }

    #[test]
    fn read_only_has_no_key_that_changes_data() {
        for kind in KINDS {
            assert!(bindings(kind, true).all(|binding| !binding.changes()));
        }
        let key = KeyEvent::from(Char('D'));
        assert!(find(key, Kind::Tasks, false).is_some());
        assert!(find(key, Kind::Tasks, true).is_none());
    }

    #[test]
    fn a_key_held_with_control_is_another_key() {
        let key = KeyEvent::new(Char('a'), KeyModifiers::CONTROL);
        assert!(find(key, Kind::Tasks, false).is_none());
    }
}
