//! Keys in, state and effects out.

use super::*;
use crate::document::schedule::{ScheduleState, Source};
use crate::failure::{Exit, Failure};
use crate::inspector::query::Query;
use crate::inspector::{Selection, StateFilter};
use crate::task::transition::Action;
use crate::task::{QueueName, State, TaskId};
use crate::tui::message::{ChangeOf, Operation, Progress};
use crate::tui::place::{List, Section, Sheet, Target, TaskTarget};
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

fn read_only() -> App {
    let mut app = app();
    app.settings.read_only = true;
    app
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
    let columns = [Column::text("N", |number: &usize| {
        Cell::text(number.to_string())
    })];
    let numbers: Vec<usize> = (0..targets.len()).collect();
    Loaded::List(List {
        sections: vec![Section {
            title: None,
            table: Table::of(&columns, &numbers),
            targets,
        }],
        ..List::default()
    })
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

fn ids(ids: &[&str]) -> Selection {
    let ids = ids.iter().map(|id| TaskId::new(*id).unwrap());
    let mut selection = Selection::ids(ids);
    selection.queues = vec![queue("low")];
    selection
}

fn count(action: Action, selection: Selection) -> Vec<Effect> {
    let change = ChangeOf {
        action,
        selection: Box::new(selection),
        allow_trim: false,
    };
    vec![Effect::Count(1, change)]
}

/// The change that was begun last goes on.
fn progress(app: &mut App, progress: Progress) -> Vec<Effect> {
    handle(app, Event::Progress(app.changes, progress))
}

fn question(app: &App) -> &str {
    match &app.prompt {
        Some(Prompt::Question(question)) => &question.what,
        other => panic!("{other:?}"),
    }
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
    app.stacks[0][0].show_list(
        match list(queues.clone()) {
            Loaded::List(list) => list,
            other => panic!("{other:?}"),
        },
        20,
    );
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
fn a_change_is_counted_then_asked_and_then_made() {
    let mut app = at_tasks("queue:low", three());
    let effects = press(&mut app, "R");
    assert_eq!(effects, count(Action::Retry, ids(&["a"])));
    progress(&mut app, Progress::Counted(0, 1));
    assert_eq!(press(&mut app, "yD<Enter>"), [], "not asked yet");
    progress(&mut app, Progress::Planned(1));
    assert_eq!(question(&app), "retry 1 task");
    assert_eq!(press(&mut app, "jR "), [], "only an answer counts");
    assert_eq!(press(&mut app, "y"), [Effect::Start]);
    progress(&mut app, Progress::Changed(1, 1));
    assert!(matches!(app.change, Some(Change::Running { done: 1, .. })));
    let ended = Progress::Ended("retried 1 task".to_owned(), None);
    let effects = progress(&mut app, ended);
    assert_eq!(message(&app), "retried 1 task");
    assert_eq!(effects.len(), 1, "the list is loaded again");
    assert_eq!(app.change, None);
}

#[test]
fn no_is_the_default() {
    for no in ["n", "<Enter>", "<Esc>", "^"] {
        let mut app = at_tasks("queue:low", three());
        press(&mut app, "D");
        progress(&mut app, Progress::Planned(1));
        assert_eq!(press(&mut app, no), [Effect::Stop], "{no}");
        assert_eq!(app.change, None);
        assert_eq!(message(&app), "nothing was changed");
    }
}

#[test]
fn a_change_is_for_the_marked_tasks_or_for_all_that_match() {
    let mut app = at_tasks("queue:low", three());
    press(&mut app, " ");
    assert_eq!(app.level().cursor, 1, "a mark moves on");
    press(&mut app, " ");
    let effects = press(&mut app, "A");
    assert_eq!(effects, count(Action::Archive, ids(&["a", "b"])));
    press(&mut app, "<Esc>");
    assert!(message(&app).starts_with("stopped"));

    let mut app = at_tasks("state:archived older:1h", three());
    press(&mut app, "a");
    let mut all = Query::parse("state:archived older:1h")
        .unwrap()
        .selection()
        .clone();
    all.queues = vec![queue("*")];
    assert_eq!(press(&mut app, "D"), count(Action::Delete, all));
}

#[test]
fn marks_are_gone_after_a_change() {
    let mut app = at_tasks("queue:low", three());
    press(&mut app, "  D");
    progress(&mut app, Progress::Planned(2));
    press(&mut app, "y");
    let ended = Progress::Ended("deleted 2 tasks".to_owned(), None);
    progress(&mut app, ended);
    assert!(app.level().marks.is_empty());
}

#[test]
fn the_state_of_a_task_decides_what_is_possible() {
    let mut app = at_tasks("queue:low", three());
    assert!(app.offers(Action::Retry) && !app.offers(Action::Cancel));
    press(&mut app, "jj");
    assert!(!app.offers(Action::Retry) && app.offers(Action::Cancel));
    assert_eq!(press(&mut app, "D"), []);
    assert_eq!(message(&app), "cannot delete this task: it is running");
    assert_eq!(press(&mut app, "C").len(), 1);
}

#[test]
fn a_running_change_can_be_stopped_and_no_other_begins() {
    let mut app = at_tasks("queue:low", three());
    press(&mut app, "R");
    progress(&mut app, Progress::Planned(1));
    press(&mut app, "y");
    assert_eq!(press(&mut app, "A"), []);
    assert_eq!(message(&app), "another change is running; x stops it");
    assert_eq!(press(&mut app, "x"), [Effect::Stop]);
    let Some(Change::Running { stopping, .. }) = app.change else {
        panic!("{:?}", app.change);
    };
    assert!(stopping);
}

#[test]
fn a_count_that_was_given_up_says_nothing_about_the_next() {
    let mut app = at_tasks("queue:low", three());
    press(&mut app, "R");
    assert_eq!(press(&mut app, "x"), [Effect::Stop]);
    press(&mut app, "D");
    let late = Event::Progress(1, Progress::Planned(700));
    assert_eq!(handle(&mut app, late), []);
    assert!(app.prompt.is_none(), "the first count was given up");
    progress(&mut app, Progress::Planned(1));
    assert_eq!(question(&app), "delete 1 task");
}

#[test]
fn the_total_of_a_change_is_what_was_counted_not_what_was_looked_at() {
    let mut app = at_tasks("queue:low", three());
    press(&mut app, "R");
    progress(&mut app, Progress::Counted(0, 1_500));
    progress(&mut app, Progress::Planned(1));
    press(&mut app, "y");
    assert!(matches!(app.change, Some(Change::Running { total: 1, .. })));
}

#[test]
fn an_archive_that_would_overflow_is_asked_about() {
    let mut app = at_tasks("queue:low", three());
    press(&mut app, "jA");
    let would = Progress::WouldTrim("it would delete 3".to_owned());
    progress(&mut app, would);
    assert_eq!(question(&app), "it would delete 3; archive anyway");
    let effects = press(&mut app, "y");
    assert_eq!(
        effects,
        [Effect::Count(
            2,
            ChangeOf {
                action: Action::Archive,
                selection: Box::new(ids(&["b"])),
                allow_trim: true,
            }
        )]
    );
    progress(&mut app, Progress::Planned(1));
    assert_eq!(press(&mut app, "y"), [Effect::Start]);
}

#[test]
fn read_only_changes_nothing() {
    let mut app = read_only();
    press(&mut app, "2");
    load(&mut app, list(three()));
    assert_eq!(press(&mut app, "RADCP"), []);
    assert!(app.prompt.is_none() && app.message.is_none());
}

#[test]
fn queues_and_schedules_are_paused_after_a_question() {
    let mut app = app();
    handle(&mut app, Event::Tick);
    let row = Target::Queue {
        name: queue("low"),
        paused: true,
    };
    load(&mut app, list(vec![row]));
    press(&mut app, "P");
    assert_eq!(question(&app), "resume queue low");
    let resumed = Effect::Perform(Operation::ResumeQueue(queue("low")));
    assert_eq!(press(&mut app, "y"), [resumed]);

    press(&mut app, "4");
    let row = |source| Target::Schedule {
        name: "nightly".to_owned(),
        state: ScheduleState::Active,
        source,
    };
    load(&mut app, list(vec![row(Source::Qctl), row(Source::Asynq)]));
    press(&mut app, "D");
    assert_eq!(question(&app), "remove schedule nightly and its history");
    assert_eq!(press(&mut app, "n"), []);
    press(&mut app, "R");
    let ran = Effect::Perform(Operation::RunSchedule("nightly".to_owned()));
    assert_eq!(press(&mut app, "y"), [ran]);
    press(&mut app, "jR");
    assert!(message(&app).starts_with("an entry of a Go scheduler"));
}

#[test]
fn a_mistake_in_a_selection_is_shown_and_can_be_corrected() {
    let mut app = at_tasks("queue:low", three());
    press(&mut app, "/stat:retry<Enter>");
    let Some(Prompt::Typing(typing)) = &app.prompt else {
        panic!("{:?}", app.prompt);
    };
    assert_eq!(typing.line.text(), "queue:low stat:retry");
    let Hint::Mistake(mistake) = &typing.hint else {
        panic!("{:?}", typing.hint);
    };
    assert!(mistake.starts_with("column 11: "), "{mistake}");
    press(&mut app, "<Esc>");
    press(&mut app, "/state:ret<Tab><Enter>");
    let Place::Tasks(query) = &app.level().place else {
        panic!("{:?}", app.level().place);
    };
    let states = &query.selection().states;
    assert_eq!(*states, [StateFilter::In(State::Retry)]);
}

#[test]
fn commands_are_completed_checked_and_run() {
    let mut app = app();
    press(&mut app, ":cr<Tab>p<Tab>nightly --queu<Tab>'a b'");
    let effects = press(&mut app, "<Enter>");
    let words = ["cron", "pause", "nightly", "--queue", "a b"];
    assert_eq!(effects[0], Effect::Run(words.map(str::to_owned).into()));
    press(&mut app, ":<Up>");
    let Some(Prompt::Typing(typing)) = &app.prompt else {
        panic!("{:?}", app.prompt);
    };
    assert_eq!(typing.line.text(), "cron pause nightly --queue 'a b'");
    press(&mut app, "<Esc>");
    assert_eq!(press(&mut app, ":rm -rf<Enter>"), []);
    assert!(app.prompt.is_some(), "the mistake can be corrected");
    press(&mut app, "^");
    assert_eq!(press(&mut app, ":q<Enter>"), [Effect::Quit]);
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
    let Loaded::List(mut long) = list(three()) else {
        return;
    };
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

#[test]
fn pasted_text_is_not_taken_for_keys() {
    let mut app = at_tasks("queue:low", three());
    assert_eq!(handle(&mut app, Event::Paste("Dy".to_owned())), []);
    assert!(app.prompt.is_none() && app.change.is_none());
}

#[test]
fn search_in_a_sheet_goes_round() {
    let mut app = at_tasks("queue:low", three());
    press(&mut app, "<Enter>");
    let lines: Vec<String> = (0..100).map(|line| format!("line {line}")).collect();
    let page = Page::new().block("Payload", &lines.join("\n"), Role::Plain);
    load(
        &mut app,
        Loaded::Sheet(Box::new(Sheet {
            page,
            target: task("a", State::Archived),
        })),
    );
    press(&mut app, "/LINE 9<Enter>");
    assert_eq!(app.level().cursor, 10);
    press(&mut app, "n");
    assert_eq!(app.level().cursor, 91);
    assert!(app.level().top > 70);
    for _ in 0..10 {
        press(&mut app, "n");
    }
    assert_eq!(app.level().cursor, 10);
    press(&mut app, "/nowhere<Enter>");
    assert_eq!(message(&app), "not found: nowhere");
}
