//! Keys in, state and effects out.

mod changes;
mod doctor;
mod edit;
mod output;
mod typing;

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::*;
use crate::document::schedule::{ScheduleState, Source};
use crate::failure::{Exit, Failure};
use crate::inspector::query::Query;
use crate::inspector::{Selection, StateFilter};
use crate::task::transition::Action;
use crate::task::{QueueName, State, TaskId};
use crate::tui::message::{ChangeOf, Loaded, Operation, Problem, Progress};
use crate::tui::place::{List, Place, Section, Sheet};
use crate::tui::target::{Target, TaskTarget};
use crate::view::{Cell, Column, Page, Table};

fn app() -> App {
    App::new(
        Settings {
            verbs: ["retry", "cron pause", "cron run", "ls"]
                .map(|name| Verb {
                    name: name.to_owned(),
                    options: vec!["--queue".to_owned(), "--quiet".to_owned()],
                })
                .into(),
            ..Settings::default()
        },
        (80, 24),
        DateTime::default(),
    )
}

/// Presses keys: each character is one, and `<Enter>` another.
fn press(app: &mut App, keys: &str) -> Vec<Effect> {
    let mut effects = Vec::new();
    let mut rest = keys;
    while let Some(c) = rest.chars().next() {
        let (key, length) = match rest.split_once('>') {
            Some((name, _)) if c == '<' => {
                let code = match &name[1..] {
                    "Enter" => KeyCode::Enter,
                    "Esc" => KeyCode::Esc,
                    "Tab" => KeyCode::Tab,
                    "Up" => KeyCode::Up,
                    other => panic!("{other}"),
                };
                (KeyEvent::from(code), name.len() + 1)
            }
            _ if c == '^' => {
                let key = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
                (key, 1)
            }
            _ => (KeyEvent::from(KeyCode::Char(c)), c.len_utf8()),
        };
        effects.extend(app.handle(Event::Key(key), DateTime::default()));
        rest = &rest[length..];
    }
    effects
}

fn handle(app: &mut App, event: Event) -> Vec<Effect> {
    app.handle(event, DateTime::default())
}

/// Answers the load that is under way.
fn load(app: &mut App, loaded: Loaded) {
    handle(app, Event::Loaded(app.level().place.clone(), Ok(loaded)));
}

fn queue(name: &str) -> QueueName {
    QueueName::new(name).unwrap()
}

fn task(id: &str, state: State) -> Target {
    Target::Task(TaskTarget {
        queue: queue("low"),
        id: TaskId::new(id).unwrap(),
        state,
        orphaned: false,
    })
}

fn list(targets: Vec<Target>) -> Loaded {
    Loaded::List(rows(targets))
}

fn rows(targets: Vec<Target>) -> List {
    let columns = [Column::text("N", |number: &usize| {
        Cell::text(number.to_string())
    })];
    let numbers: Vec<usize> = (0..targets.len()).collect();
    List {
        sections: vec![Section {
            title: None,
            table: Table::of(&columns, &numbers),
            targets,
        }],
        ..List::default()
    }
}

/// The tasks of a selection, with these rows.
fn at_tasks(text: &str, targets: Vec<Target>) -> App {
    let mut app = app();
    press(&mut app, "2/");
    press(&mut app, text);
    press(&mut app, "<Enter>");
    load(&mut app, list(targets));
    app
}

fn three() -> Vec<Target> {
    vec![
        task("a", State::Archived),
        task("b", State::Retry),
        task("c", State::Active),
    ]
}

fn message(app: &App) -> &str {
    app.message.as_ref().map_or("", |message| &message.text)
}

#[test]
fn what_is_shown_is_loaded_and_then_every_other_second() {
    let mut app = app();
    let tick = |app: &mut App| handle(app, Event::Tick);
    let loads = vec![Effect::Load(Place::Queues, 200)];
    assert_eq!(tick(&mut app), loads);
    assert_eq!(tick(&mut app), [], "a load is under way");
    load(&mut app, list(Vec::new()));
    // The load took a second, so it is repeated after four.
    let waits: Vec<bool> = (0..4).map(|_| tick(&mut app).is_empty()).collect();
    assert_eq!(waits, [true, true, true, false]);
    load(&mut app, list(Vec::new()));
    assert_eq!(tick(&mut app), []);
    assert_eq!(tick(&mut app), loads);
}

#[test]
fn nothing_is_loaded_while_frozen_or_without_the_focus() {
    for stop in ["p", ""] {
        let mut app = app();
        handle(&mut app, Event::Tick);
        load(&mut app, list(Vec::new()));
        if stop.is_empty() {
            handle(&mut app, Event::Focus(false));
        } else {
            press(&mut app, stop);
        }
        for _ in 0..10 {
            assert_eq!(handle(&mut app, Event::Tick), []);
        }
        assert_eq!(press(&mut app, "r").len(), 1, "a reload is asked for");
        load(&mut app, list(Vec::new()));
        let resumed = if stop.is_empty() {
            handle(&mut app, Event::Tick);
            handle(&mut app, Event::Tick);
            handle(&mut app, Event::Focus(true))
        } else {
            handle(&mut app, Event::Tick);
            handle(&mut app, Event::Tick);
            press(&mut app, stop)
        };
        assert_eq!(resumed.len(), 1);
    }
}

#[test]
fn enter_goes_in_and_escape_out() {
    let mut app = app();
    let queues = vec![Target::Queue {
        name: queue("low"),
        paused: false,
    }];
    press(&mut app, "2");
    let room = app.room();
    app.stacks[0][0].show_list(rows(queues.clone()), room);
    press(&mut app, "1<Enter>");
    assert_eq!(app.level().place, Place::Queue(queue("low")));
    load(
        &mut app,
        Loaded::Sheet(Box::new(Sheet {
            page: Page::new(),
            target: queues[0].clone(),
        })),
    );
    press(&mut app, "<Enter>");
    let Place::Tasks(query) = &app.level().place else {
        panic!("{:?}", app.level().place);
    };
    assert_eq!(query.text(), "queue:low");
    load(&mut app, list(three()));
    press(&mut app, "j<Enter>");
    let id = TaskId::new("b").unwrap();
    assert_eq!(app.level().place, Place::Task(queue("low"), id));
    press(&mut app, "<Esc><Esc><Esc><Esc>");
    assert_eq!(app.level().place, Place::Queues);
}

#[test]
fn the_cursor_stays_on_its_row_when_rows_come_and_go() {
    let mut app = at_tasks("queue:low", three());
    press(&mut app, "jj");
    let mut rows = three();
    rows.remove(0);
    rows.insert(0, task("x", State::Retry));
    rows.insert(0, task("y", State::Retry));
    load(&mut app, list(rows));
    assert_eq!(app.level().target(), Some(&task("c", State::Active)));
    load(&mut app, list(vec![task("z", State::Retry)]));
    assert_eq!(app.level().cursor, 0);
}

#[test]
fn the_cursor_stays_on_a_finding_whose_queue_is_paused() {
    let finding = |name, paused| Target::Trouble {
        queue: Some((queue(name), paused)),
        tasks: None,
    };
    let mut app = app();
    let first = vec![finding("a", false), finding("b", false)];
    load(&mut app, list(first));
    press(&mut app, "j");
    load(
        &mut app,
        list(vec![finding("b", true), finding("a", false)]),
    );
    assert_eq!(app.level().target(), Some(&finding("b", true)));
}

#[test]
fn the_last_row_loads_more() {
    let mut app = at_tasks("queue:low", three());
    let mut long = rows(three());
    long.more = true;
    load(&mut app, Loaded::List(long));
    assert_eq!(press(&mut app, "j"), []);
    let place = app.level().place.clone();
    assert_eq!(press(&mut app, "j"), [Effect::Load(place, 400)]);
}

#[test]
fn a_search_that_was_long_is_repeated_only_when_asked() {
    let mut app = at_tasks("type:rare", Vec::new());
    let long = || {
        Loaded::List(List {
            more: true,
            still: true,
            ..List::default()
        })
    };
    load(&mut app, long());
    press(&mut app, "r");
    load(&mut app, long());
    for _ in 0..20 {
        assert_eq!(handle(&mut app, Event::Tick), []);
    }
    let place = app.level().place.clone();
    assert_eq!(press(&mut app, "k"), []);
    assert_eq!(press(&mut app, "j"), [Effect::Load(place.clone(), 400)]);
    assert_eq!(press(&mut app, "j"), [], "a load is under way");
    load(&mut app, long());
    assert_eq!(press(&mut app, "r"), [Effect::Load(place, 400)]);
}

#[test]
fn an_outage_keeps_what_was_shown_and_its_age() {
    let mut app = at_tasks("queue:low", three());
    let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap_or_default();
    let away = || {
        Err(Problem {
            failure: Failure::new(Exit::Unreachable, "cannot reach Redis"),
            passing: true,
        })
    };
    let place = app.level().place.clone();
    app.handle(Event::Loaded(place.clone(), away()), at(5));
    app.handle(Event::Loaded(place.clone(), away()), at(9));
    let since = app.away.as_ref().map(|away| away.since);
    assert_eq!(since, Some(at(5)));
    assert!(matches!(&app.level().content, Content::List(list) if list.len() == 3));
    app.handle(Event::Loaded(place, Ok(list(three()))), at(12));
    assert_eq!(app.away, None);
}

#[test]
fn answers_for_another_place_are_ignored() {
    let mut app = at_tasks("queue:low", three());
    handle(
        &mut app,
        Event::Loaded(Place::Workers, Ok(list(Vec::new()))),
    );
    assert!(matches!(&app.level().content, Content::List(list) if list.len() == 3));
}
