//! Looks of the doctor, and repairs.

use super::*;
use crate::inspector::doctor::{BETWEEN_LOOKS, Code, Finding, Health};
use crate::tui::message::Look;
use crate::tui::target::FindingKey;

fn finding(code: Code, queue_name: Option<&str>, count: u64) -> Finding {
    Finding {
        code,
        queue: queue_name.map(queue),
        count,
        sample: Vec::new(),
        seen_once: false,
    }
}

fn health() -> Health {
    Health {
        findings: vec![
            finding(Code::LostTask, Some("low"), 3),
            finding(Code::StaleLock, Some("low"), 1),
            finding(Code::ArchivedId, Some("low"), 7),
            finding(Code::DeadEntry, None, 2),
        ],
        incomplete: false,
    }
}

fn looked(app: &mut App, look: Look) -> Vec<Effect> {
    handle(app, Event::Looked(look))
}

/// The tab of the doctor after a whole look.
fn examined() -> App {
    let mut app = app();
    assert_eq!(press(&mut app, "5"), [Effect::Look]);
    looked(&mut app, Look::Ended(Ok(health())));
    app
}

fn question(app: &App) -> (&str, &str) {
    match &app.prompt {
        Some(Prompt::Question(question)) => (&question.what, &question.command),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_first_visit_looks_and_later_ones_do_not() {
    let mut app = examined();
    for _ in 0..10 {
        assert_eq!(handle(&mut app, Event::Tick), []);
    }
    let others = press(&mut app, "6");
    assert!(!others.contains(&Effect::Look));
    assert_eq!(press(&mut app, "5"), []);
    assert_eq!(press(&mut app, "r"), [Effect::Look]);
    assert_eq!(press(&mut app, "r"), [], "a look is under way");
    assert_eq!(message(&app), "a look is under way");
}

#[test]
fn a_look_goes_on_in_other_tabs_and_says_how_far_it_is() {
    let mut app = app();
    press(&mut app, "5");
    let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap_or_default();
    assert_eq!(app.exam.status(at(0)), "looking…");
    let (read, keys) = (1_000, Some(5_000));
    looked(&mut app, Look::Scanned { read, keys });
    assert_eq!(app.exam.status(at(0)), "looking: 1,000 of 5,000 keys");
    press(&mut app, "1");
    app.handle(Event::Looked(Look::SeenOnce(health())), at(100));
    press(&mut app, "5");
    assert!(matches!(&app.level().content, Content::List(list) if list.len() == 4));
    assert_eq!(app.exam.status(at(107)), "second look in 23s");
    assert_eq!(app.exam.status(at(100) + BETWEEN_LOOKS), "second look…");
    app.handle(Event::Looked(Look::Ended(Ok(health()))), at(131));
    assert_eq!(app.exam.status(at(191)), "looked 1m ago");
    press(&mut app, "r");
    assert_eq!(app.exam.status(at(191)), "looked 1m ago; looking…");
    let failure = Failure::new(Exit::Unreachable, "cannot reach Redis");
    looked(&mut app, Look::Ended(Err(failure)));
    let Content::List(list) = &app.level().content else {
        panic!("{:?}", app.level().content);
    };
    assert_eq!(list.len(), 4, "what was known is still there");
    let note = Cell::text("The look has failed: cannot reach Redis").role(Role::Error);
    assert_eq!(list.notes, [note]);
}

#[test]
fn a_repair_is_asked_about_with_its_command_and_runs_like_a_change() {
    let mut app = examined();
    assert_eq!(press(&mut app, "R"), []);
    let (what, command) = question(&app);
    assert_eq!(
        what,
        "repair lost-task in low (3): put back where the state says, or set aside"
    );
    assert_eq!(command, "qctl doctor --fix --only lost-task --queue low");
    press(&mut app, "n");
    assert_eq!(message(&app), "nothing was changed");
    let key = FindingKey {
        code: Code::LostTask,
        queue: Some(queue("low")),
    };
    let repair = Effect::Repair(1, [key].into());
    assert_eq!(press(&mut app, "Ry"), [repair]);
    assert_eq!(press(&mut app, "R"), []);
    assert_eq!(message(&app), "another change is running; x stops it");
    handle(&mut app, Event::Progress(1, Progress::Changed(1, 3)));
    assert_eq!(press(&mut app, "x"), [Effect::Stop]);
    let mut left = health();
    left.findings.remove(0);
    looked(&mut app, Look::Left(left));
    let ended = Progress::Ended("repaired 3 of 3 findings".to_owned(), None);
    handle(&mut app, Event::Progress(1, ended));
    assert_eq!(app.change, None);
    assert!(matches!(&app.level().content, Content::List(list) if list.len() == 3));
}

#[test]
fn marked_findings_are_repaired_as_far_as_the_doctor_can() {
    let mut app = examined();
    press(&mut app, "    R");
    assert_eq!(
        question(&app),
        (
            "repair 6 findings: lost-task, stale-lock, dead-entry",
            "qctl doctor --fix --only dead-entry; \
             qctl doctor --fix --only 'lost-task,stale-lock' --queue low"
        )
    );
    press(&mut app, "n<Esc>gjjR");
    assert_eq!(message(&app), "the doctor does not repair this");
    assert!(!app.offers_repair());
}

#[test]
fn only_a_whole_look_is_a_reason_to_repair() {
    let mut app = app();
    press(&mut app, "5");
    looked(&mut app, Look::SeenOnce(health()));
    assert_eq!(press(&mut app, "R"), []);
    assert_eq!(
        message(&app),
        "a repair has to wait for the end of the look"
    );
    let failure = Failure::new(Exit::Unreachable, "cannot reach Redis");
    looked(&mut app, Look::Ended(Err(failure)));
    press(&mut app, "R");
    assert_eq!(message(&app), "a repair needs a whole look first; r looks");
    assert!(app.prompt.is_none());
}

#[test]
fn a_finding_is_explained_and_says_when_it_is_gone() {
    let mut app = examined();
    press(&mut app, "<Enter>");
    let text = |app: &App| match &app.level().content {
        Content::Sheet { sheet, .. } => format!("{:?}", sheet.page),
        other @ (Content::Empty | Content::List(_)) => panic!("{other:?}"),
    };
    assert!(text(&app).contains("3 tasks in no container"));
    assert!(text(&app).contains("No worker finds the task."));
    assert_eq!(app.equivalent(), "qctl doctor explain lost-task");
    press(&mut app, "R");
    assert!(question(&app).0.starts_with("repair lost-task in low"));
    press(&mut app, "n");
    let nothing = Health {
        findings: Vec::new(),
        incomplete: false,
    };
    looked(&mut app, Look::Left(nothing));
    assert!(text(&app).contains("This is gone"));
}
