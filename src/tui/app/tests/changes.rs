//! Changes: the question, the answer, and how they go on.

use super::*;

fn read_only() -> App {
    let mut app = app();
    app.settings.read_only = true;
    app
}

fn protected() -> App {
    let mut app = at_tasks("queue:low", three());
    app.settings.protected = Some("production".to_owned());
    app
}

/// Whether another name than that of the context was typed.
fn is_wrong(app: &App) -> bool {
    match &app.prompt {
        Some(Prompt::Question(question)) => question.naming.as_ref().is_some_and(|one| one.wrong),
        other => panic!("{other:?}"),
    }
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
        edit: None,
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
                edit: None,
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
    let resumed = Effect::Perform(1, Operation::ResumeQueue(queue("low")));
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
    let ran = Effect::Perform(2, Operation::RunSchedule("nightly".to_owned()));
    assert_eq!(press(&mut app, "y"), [ran]);
    press(&mut app, "jR");
    assert!(message(&app).starts_with("an entry of a Go scheduler"));
}

#[test]
fn what_is_being_performed_is_known_until_it_ends() {
    let mut app = app();
    assert_eq!(app.under_way(), "finishing what was begun…");
    app.perform(Operation::PauseQueue(queue("low")));
    app.perform(Operation::RunSchedule("nightly".to_owned()));
    assert_eq!(app.under_way(), "enqueuing the task of the schedule…");
    handle(&mut app, Event::Performed(2, Ok("enqueued".to_owned())));
    assert_eq!(message(&app), "enqueued");
    assert_eq!(app.under_way(), "pausing the queue…");
    let failure = Failure::new(Exit::Unreachable, "cannot reach Redis");
    handle(&mut app, Event::Performed(1, Err(failure)));
    assert_eq!(message(&app), "cannot reach Redis");
    assert_eq!(app.performing, []);
}

#[test]
fn a_change_in_a_protected_context_starts_once_its_name_is_typed() {
    let mut app = protected();
    press(&mut app, "D");
    progress(&mut app, Progress::Planned(1));
    assert_eq!(press(&mut app, "y<Enter>"), []);
    assert!(is_wrong(&app));
    press(&mut app, "x");
    assert!(!is_wrong(&app), "the line is being corrected");
    for _ in 0..2 {
        handle(&mut app, Event::Key(KeyEvent::from(KeyCode::Backspace)));
    }
    press(&mut app, "produc");
    handle(&mut app, Event::Paste("tion\n".to_owned()));
    assert_eq!(press(&mut app, "<Enter>"), [Effect::Start]);
    let ended = Progress::Ended("deleted 1 task".to_owned(), None);
    progress(&mut app, ended);

    // The next change asks again.
    press(&mut app, "D");
    progress(&mut app, Progress::Planned(1));
    assert_eq!(press(&mut app, "<Enter>"), [Effect::Stop]);
    assert_eq!(message(&app), "nothing was changed");
}

#[test]
fn a_protected_context_is_left_alone_without_its_name() {
    for no in [
        "<Enter>",
        "<Esc>",
        "production<Esc>",
        "prod<Enter><Esc>",
        "^",
    ] {
        let mut app = protected();
        press(&mut app, "R");
        progress(&mut app, Progress::Planned(1));
        assert_eq!(press(&mut app, no), [Effect::Stop], "{no}");
        assert_eq!(message(&app), "nothing was changed");
    }
}

#[test]
fn a_name_is_typed_once_for_an_archive_that_overflows() {
    let mut app = protected();
    press(&mut app, "jA");
    progress(
        &mut app,
        Progress::WouldTrim("it would delete 3".to_owned()),
    );
    assert_eq!(press(&mut app, "y").len(), 1, "it is counted again");
    progress(&mut app, Progress::Planned(1));
    assert_eq!(press(&mut app, "y<Esc>"), [Effect::Stop]);
}
