//! Edits: the editor, and moves to another queue.

use super::*;
use crate::inspector::draft::Purpose;
use crate::inspector::edit::Edit;
use crate::task::{NewTask, Start, TaskType};
use crate::tui::message::{EditOf, Written};

fn retries(limit: i32) -> Edit {
    Edit {
        max_retry: Some(limit),
        ..Edit::default()
    }
}

fn count_of(id: &str, edit: EditOf) -> ChangeOf {
    let id = TaskId::new(id).unwrap();
    ChangeOf {
        action: Action::Edit,
        selection: Box::new(Selection::of_tasks(&[(queue("low"), id)])),
        allow_trim: false,
        edit: Some(Box::new(edit)),
    }
}

fn question(app: &App) -> (&str, &str) {
    match &app.prompt {
        Some(Prompt::Question(question)) => (&question.what, &question.command),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_was_typed_is_counted_and_asked_about() {
    let mut app = at_tasks("queue:low", three());
    let id = TaskId::new("a").unwrap();
    assert_eq!(
        press(&mut app, "E"),
        [Effect::Draft(1, Purpose::Edit, queue("low"), id)]
    );
    assert_eq!(press(&mut app, "EDy"), [], "it is being read");
    let edit = EditOf {
        edit: retries(7),
        before: retries(25),
    };
    let edited = Event::Edited(1, Ok(Some(Box::new(Written::Edit(edit.clone())))));
    assert_eq!(
        handle(&mut app, edited),
        [Effect::Count(2, count_of("a", edit))]
    );
    handle(&mut app, Event::Progress(2, Progress::Planned(1)));
    assert_eq!(
        question(&app),
        (
            "edit 1 task: max-retry 25 → 7",
            "qctl edit --max-retry 7 --queue low a"
        )
    );
    assert_eq!(press(&mut app, "y"), [Effect::Start]);
    let ended = Progress::Ended("edited 0 of 1 task".to_owned(), None);
    handle(&mut app, Event::Progress(2, ended));
    let kept = "your text is in a file".to_owned();
    handle(&mut app, Event::TextKept(kept.clone()));
    assert_eq!(message(&app), "edited 0 of 1 task; your text is in a file");
    for _ in 0..100 {
        handle(&mut app, Event::Tick);
    }
    assert!(message(&app).ends_with(&kept), "it stays");
    assert_eq!(app.kept, [kept]);
}

#[test]
fn an_edit_that_was_given_up_opens_nothing() {
    let mut app = at_tasks("queue:low", three());
    press(&mut app, "E");
    assert_eq!(press(&mut app, "<Esc>"), []);
    assert_eq!(message(&app), "nothing was changed");
    press(&mut app, "E");
    let late = Event::Drafted(1, Err(Failure::new(Exit::NotFound, "it is gone")));
    handle(&mut app, late);
    assert!(matches!(app.change, Some(Change::Drafting(..))));
    let gone = Event::Drafted(2, Err(Failure::new(Exit::NotFound, "it is gone")));
    handle(&mut app, gone);
    assert_eq!((message(&app), &app.change), ("it is gone", &None));
}

#[test]
fn what_was_typed_stays_when_a_key_gives_the_edit_up_as_the_editor_closes() {
    let mut app = at_tasks("queue:low", three());
    press(&mut app, "E<Esc>");
    let edit = EditOf {
        edit: retries(7),
        before: retries(25),
    };
    let edited = Event::Edited(1, Ok(Some(Box::new(Written::Edit(edit)))));
    assert_eq!(handle(&mut app, edited), [Effect::KeepText]);
}

#[test]
fn the_editor_opens_one_task_that_can_be_edited() {
    let mut app = at_tasks("queue:low", three());
    press(&mut app, "jj");
    assert_eq!(press(&mut app, "E"), []);
    assert!(message(&app).starts_with("cannot edit this task"));
    assert!(!app.offers_editor());
    press(&mut app, "k E");
    assert!(message(&app).starts_with("the editor opens one task"));
}

/// A copy for the queue `high`.
fn copy() -> NewTask {
    let at = DateTime::from_timestamp(1_796_083_200, 0).unwrap();
    NewTask {
        id: TaskId::new("new").unwrap(),
        start: Start::At(at),
        ..NewTask::new(TaskType::new("email").unwrap(), Some(b"{}".to_vec()))
    }
    .with(|options| options.queue = queue("high"))
}

/// The dashboard with the question whether the copy is to be enqueued.
fn at_question(settings: Settings) -> App {
    let mut app = at_tasks("queue:low", three());
    app.settings = settings;
    press(&mut app, "jj");
    let id = TaskId::new("c").unwrap();
    let draft = Effect::Draft(1, Purpose::Copy, queue("low"), id);
    assert_eq!(press(&mut app, "N"), [draft], "whatever its state");
    let written = Event::Edited(1, Ok(Some(Box::new(Written::Copy(copy())))));
    assert_eq!(handle(&mut app, written), []);
    assert_eq!(
        question(&app),
        (
            "enqueue email with 2 bytes in queue high, at 2026-12-01T00:00:00Z",
            "qctl enqueue --payload '{}' --queue high --max-retry 25 --at 2026-12-01T00:00:00Z email"
        )
    );
    app
}

#[test]
fn a_copy_is_enqueued_after_a_question() {
    let enqueue = Effect::Perform(1, Operation::EnqueueCopy(Box::new(copy())));
    let mut app = at_question(Settings::default());
    assert_eq!(press(&mut app, "y"), std::slice::from_ref(&enqueue));
    let mut app = at_question(Settings::default());
    assert_eq!(press(&mut app, "n"), [Effect::KeepText]);
    assert_eq!(message(&app), "nothing was changed");
    let protected = Settings {
        protected: Some("prod".to_owned()),
        ..Settings::default()
    };
    let mut app = at_question(protected);
    assert_eq!(press(&mut app, "y<Enter>"), [], "it asks for the name");
    for _ in 0.."y".len() {
        app.handle(Event::Key(KeyEvent::from(KeyCode::Backspace)), app.now);
    }
    assert_eq!(press(&mut app, "prod<Enter>"), [enqueue]);
}

#[test]
fn one_task_is_copied_at_a_time() {
    let mut app = at_tasks("queue:low", three());
    assert_eq!(press(&mut app, " N"), []);
    assert!(message(&app).starts_with("the editor opens one task"));
    assert!(!app.offers_clone());
    app.settings.read_only = true;
    assert_eq!(press(&mut app, "<Esc>N"), []);
}

#[test]
fn the_queue_of_a_move_is_typed() {
    let mut app = at_tasks("queue:low", three());
    assert_eq!(press(&mut app, "M<Enter>"), []);
    assert!(matches!(&app.prompt, Some(Prompt::Typing(typing)) if typing.hint != Hint::None));
    let to = EditOf {
        edit: Edit {
            queue: Some(queue("high")),
            ..Edit::default()
        },
        before: Edit::default(),
    };
    let mut app = at_tasks("queue:low", three());
    let effects = press(&mut app, "Mhigh<Enter>");
    assert_eq!(effects, [Effect::Count(1, count_of("a", to))]);
    handle(&mut app, Event::Progress(1, Progress::Planned(1)));
    assert_eq!(
        question(&app),
        (
            "move 1 task to queue high",
            "qctl edit --move-to high --queue low a"
        )
    );
}
