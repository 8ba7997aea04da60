//! Selections, searches and commands that are typed.

use super::*;

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
