//! What the attempts of a task have printed: the way there, scrolling, following.

use super::*;
use crate::inspector::logs::AttemptLog;
use crate::tui::output::Printed;

/// One attempt that has printed so many lines.
fn printed(lines: usize) -> Loaded {
    Loaded::Output(Box::new(Printed {
        attempts: vec![AttemptLog {
            number: 1,
            run: 1,
            started_at: DateTime::default(),
            ended_at: None,
            outcome: String::new(),
            worker: "host:1".to_owned(),
            left_out: 0,
            beginning: "line\n".repeat(lines).into_bytes(),
            end: Vec::new(),
        }],
        unreadable: 0,
        task: None,
    }))
}

/// Lines below the last one that is shown.
fn below(app: &App) -> usize {
    let Content::Sheet { lines, .. } = &app.level().content else {
        panic!("{:?}", app.level().content);
    };
    lines.len() - app.level().top - app.room().height
}

fn at_output() -> App {
    let mut app = at_tasks("queue:low", three());
    press(&mut app, "jo");
    let id = TaskId::new("b").unwrap();
    assert_eq!(app.level().place, Place::Output(queue("low"), id));
    load(&mut app, printed(100));
    app
}

#[test]
fn the_end_is_followed_unless_somebody_has_scrolled_away_from_it() {
    let mut app = at_output();
    assert_eq!(below(&app), 0);
    load(&mut app, printed(150));
    assert_eq!(below(&app), 0);
    press(&mut app, "k");
    load(&mut app, printed(200));
    assert_eq!(below(&app), 51);
    handle(&mut app, Event::Resize(40, 24));
    assert_ne!(below(&app), 0);
    press(&mut app, "e");
    handle(&mut app, Event::Resize(80, 24));
    load(&mut app, printed(250));
    assert_eq!(below(&app), 0);
    press(&mut app, "/line<Enter>");
    load(&mut app, printed(300));
    assert_ne!(below(&app), 0, "what was found stays");
}

#[test]
fn it_is_loaded_as_often_as_other_places() {
    let mut app = at_output();
    let ticks = (0..4).map(|_| handle(&mut app, Event::Tick).len());
    assert_eq!(ticks.collect::<Vec<_>>(), [0, 1, 0, 0]);
}
