//! The table of actions: what each key does, where, and how the key bar and the help call it.
//!
//! Lower-case letters look and navigate. Capital letters change data, and are not there if the dashboard is read-only.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::App;
use super::binding::Binding;
use super::prompt::What;
use crate::task::transition::Action;
use crate::tui::message::Effect;
use crate::tui::place::{Kind, Tab};
use crate::tui::target::Target;

use KeyCode::{Char, Down, End, Enter, Esc, Home, Left, PageDown, PageUp, Right, Up};

const LISTS: &[Kind] = &[
    Kind::Queues,
    Kind::Queue,
    Kind::Tasks,
    Kind::Workers,
    Kind::Schedules,
    Kind::Doctor,
    Kind::Audit,
];
const TABLES: &[Kind] = &[
    Kind::Queues,
    Kind::Tasks,
    Kind::Workers,
    Kind::Schedules,
    Kind::Doctor,
    Kind::Audit,
];
const SHEETS: &[Kind] = &[
    Kind::Queue,
    Kind::Task,
    Kind::Output,
    Kind::Server,
    Kind::Schedule,
    Kind::Finding,
    Kind::AuditEntry,
    Kind::Help,
];
const LIST_OF_TASKS: &[Kind] = &[Kind::Tasks];
const TASKS: &[Kind] = &[Kind::Tasks, Kind::Task, Kind::Output];
const RUNNING: &[Kind] = &[Kind::Tasks, Kind::Task, Kind::Output, Kind::Workers];
const WITH_OUTPUT: &[Kind] = &[Kind::Tasks, Kind::Task, Kind::Workers];
const QUEUES: &[Kind] = &[Kind::Queues, Kind::Queue];
const SCHEDULES: &[Kind] = &[Kind::Schedules, Kind::Schedule];
const DOCTOR: &[Kind] = &[Kind::Doctor, Kind::Finding];
/// Places that are loaded again and again.
const LIVE: &[Kind] = &[
    Kind::Queues,
    Kind::Queue,
    Kind::Tasks,
    Kind::Task,
    Kind::Output,
    Kind::Workers,
    Kind::Server,
    Kind::Schedules,
    Kind::Schedule,
    Kind::Audit,
    Kind::AuditEntry,
];

/// All bindings, in the order of the key bar and of the help.
const BINDINGS: &[Binding] = &[
    Binding::look(
        &[Esc, KeyCode::Backspace],
        ("back", "go back; close; stop counting"),
        App::back,
    )
    .offered(|app| app.path().len() > 1)
    .always(|_| true),
    Binding::look(&[Enter], ("open", "open the row"), App::open_target).at(LISTS),
    Binding::look(
        &[Char('[')],
        ("earlier", "show the attempt before"),
        |app| app.show_attempt(-1),
    )
    .offered(|app| app.has_attempt(-1))
    .at(&[Kind::Output]),
    Binding::look(&[Char(']')], ("later", "show the attempt after"), |app| {
        app.show_attempt(1)
    })
    .offered(|app| app.has_attempt(1))
    .at(&[Kind::Output]),
    Binding::change(
        &[Char('R')],
        (
            "retry",
            "retry the task, the marked tasks, or all that match",
        ),
        |app| app.change(Action::Retry),
    )
    .offered(|app| app.offers(Action::Retry))
    .at(TASKS),
    Binding::change(
        &[Char('A')],
        (
            "archive",
            "archive the task, the marked tasks, or all that match",
        ),
        |app| app.change(Action::Archive),
    )
    .offered(|app| app.offers(Action::Archive))
    .at(TASKS),
    Binding::change(
        &[Char('D')],
        (
            "delete",
            "delete the task, the marked tasks, or all that match",
        ),
        |app| app.change(Action::Delete),
    )
    .offered(|app| app.offers(Action::Delete))
    .at(TASKS),
    Binding::change(&[Char('C')], ("cancel", "cancel the running task"), |app| {
        app.change(Action::Cancel)
    })
    .offered(|app| app.offers(Action::Cancel))
    .at(RUNNING),
    Binding::change(
        &[Char('E')],
        ("edit", "edit the task in $VISUAL or $EDITOR"),
        App::edit,
    )
    .offered(App::offers_editor)
    .at(TASKS)
    .minor_at(LIST_OF_TASKS),
    Binding::look(
        &[Char('o')],
        ("output", "show what the attempts of the task have printed"),
        App::open_output,
    )
    .offered(|app| app.level().target().and_then(Target::task).is_some())
    .at(WITH_OUTPUT)
    .minor_at(LIST_OF_TASKS),
    Binding::change(
        &[Char('M')],
        (
            "move",
            "move the task, the marked tasks, or all that match to another queue",
        ),
        App::start_move,
    )
    .offered(|app| app.offers(Action::Edit))
    .at(TASKS)
    .minor_at(LIST_OF_TASKS),
    Binding::change(
        &[Char('N')],
        (
            "clone",
            "clone the task: enqueue a copy, written in $VISUAL or $EDITOR",
        ),
        App::clone_task,
    )
    .offered(App::offers_clone)
    .at(TASKS)
    .minor_at(LIST_OF_TASKS),
    Binding::change(
        &[Char('P')],
        ("pause queue", "pause or resume the queue"),
        App::pause_queue,
    )
    .at(QUEUES),
    Binding::change(
        &[Char('R')],
        ("run now", "enqueue the task of the schedule now"),
        App::run_schedule,
    )
    .at(SCHEDULES),
    Binding::change(
        &[Char('P')],
        ("pause", "pause or resume the schedule"),
        App::pause_schedule,
    )
    .at(SCHEDULES),
    Binding::change(
        &[Char('D')],
        ("remove", "remove the schedule and its history"),
        App::remove_schedule,
    )
    .at(SCHEDULES),
    Binding::change(
        &[Char('R')],
        ("repair", "repair the finding, or the marked findings"),
        App::repair,
    )
    .offered(App::offers_repair)
    .at(DOCTOR),
    Binding::look(&[Char('r')], ("look", "look again"), App::look_again)
        .offered(|app| !app.exam.is_running())
        .at(DOCTOR),
    Binding::look(
        &[Char('x')],
        ("stop", "stop the change that is running"),
        App::stop,
    )
    .offered(|app| app.change.is_some())
    .always(|_| true),
    Binding::look(
        &[Char('/')],
        (
            "select",
            "select tasks: queue:critical state:retry,archived older:1h",
        ),
        App::start_selection,
    )
    .at(TABLES),
    Binding::look(&[Char('/')], ("search", "search"), |app| {
        app.start_typing(What::Search, String::new())
    })
    .at(SHEETS),
    Binding::look(
        &[Char(' ')],
        ("mark", "mark the task or finding, or remove its mark"),
        App::mark,
    )
    .offered(|app| app.level().target().and_then(Target::mark).is_some())
    .at(&[Kind::Tasks, Kind::Doctor]),
    Binding::look(
        &[Char('a')],
        ("all", "mark all that match, shown or not"),
        App::mark_all,
    )
    .at(&[Kind::Tasks]),
    Binding::look(
        &[Char('n')],
        ("next", "go to the next match"),
        App::find_next,
    )
    .offered(|app| app.level().search.is_some())
    .at(SHEETS),
    Binding::look(
        &[Char('t')],
        ("tasks", "list the tasks of the queue"),
        App::open_tasks,
    )
    .at(QUEUES),
    Binding::look(
        &[Char('s')],
        ("sort", "sort by the next column"),
        App::next_order,
    )
    .at(&[Kind::Queues, Kind::Schedules]),
    Binding::look(
        &[Char('w')],
        ("wide", "show more columns"),
        App::switch_width,
    )
    .common(),
    Binding::look(
        &[Char('p')],
        ("freeze", "freeze the display, or go on"),
        App::freeze,
    )
    .common(),
    Binding::look(&[Char('r')], ("", "reload"), App::reload).at(LIVE),
    Binding::look(
        &[Char('y')],
        ("copy", "copy the equivalent command"),
        App::copy,
    )
    .common(),
    Binding::look(&[Char(':')], ("command", "run a qctl command"), |app| {
        app.start_typing(What::Command, String::new())
    })
    .common(),
    Binding::tab(&[Char('1')], "queues", |app| app.show_tab(Tab::Queues)),
    Binding::tab(&[Char('2')], "tasks", |app| app.show_tab(Tab::Tasks)),
    Binding::tab(&[Char('3')], "workers", |app| app.show_tab(Tab::Workers)),
    Binding::tab(&[Char('4')], "schedules", |app| {
        app.show_tab(Tab::Schedules)
    }),
    Binding::tab(&[Char('5')], "doctor", |app| app.show_tab(Tab::Doctor)),
    Binding::tab(&[Char('6')], "audit", |app| app.show_tab(Tab::Audit)),
    Binding::tab(&[KeyCode::Tab, Right, Char('l')], "next tab", |app| {
        app.show_neighbor(1)
    }),
    Binding::tab(
        &[KeyCode::BackTab, Left, Char('h')],
        "previous tab",
        |app| app.show_neighbor(Tab::ALL.len() - 1),
    ),
    Binding::look(&[Down, Char('j')], ("", "down"), |app| app.go(1)),
    Binding::look(&[Up, Char('k')], ("", "up"), |app| app.go(-1)),
    Binding::look(&[PageDown, Char('f')], ("", "one screen down"), |app| {
        app.go(app.screenful())
    }),
    Binding::look(&[PageUp, Char('b')], ("", "one screen up"), |app| {
        app.go(-app.screenful())
    }),
    Binding::look(&[Home, Char('g')], ("", "first row"), |app| {
        app.go(isize::MIN / 2)
    }),
    Binding::look(&[End, Char('e')], ("", "last row"), |app| {
        app.go(isize::MAX / 2)
    }),
    Binding::look(&[Char('?')], ("keys", "show all keys"), App::help)
        .common()
        .always(|_| true),
    Binding::look(
        &[Char('q')],
        ("quit", "quit (also Ctrl-C); Ctrl-Z suspends"),
        |_| vec![Effect::Quit],
    )
    .common()
    // Deeper, Esc goes back, and the room is for what can be done there.
    .always(|app| app.path().len() == 1),
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
pub(in crate::tui) fn bindings(
    kind: Kind,
    read_only: bool,
) -> impl Iterator<Item = &'static Binding> {
    BINDINGS
        .iter()
        .filter(move |binding| binding.applies(kind) && !(read_only && binding.changes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KINDS: [Kind; 14] = [
        Kind::Queues,
        Kind::Queue,
        Kind::Tasks,
        Kind::Task,
        Kind::Output,
        Kind::Workers,
        Kind::Server,
        Kind::Schedules,
        Kind::Schedule,
        Kind::Doctor,
        Kind::Finding,
        Kind::Audit,
        Kind::AuditEntry,
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
