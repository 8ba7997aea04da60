//! The key bar: the keys that apply now, as many as fit. The help has them all.

use ratatui::crossterm::event::KeyCode;
use ratatui::text::{Line, Span};

use super::look::Brush;
use crate::tui::app::{App, Binding, Change, Hint, Prompt, bindings};
use crate::view::{Role, text};

/// The keys that apply; while something is typed, what Tab could insert.
pub(super) fn bar(app: &App, brush: &Brush) -> Line<'static> {
    match &app.prompt {
        Some(Prompt::Question(question)) => {
            return match &question.naming {
                None => hint(brush, &[("y", "yes"), ("n", "no")]),
                Some(naming) if naming.wrong => {
                    let typed = naming.line.text();
                    let why = format!(" {typed:?} is not its name; nothing was changed");
                    brush.text(&why, Role::Error)
                }
                Some(_) => hint(brush, &[("Enter", "go"), ("Esc", "close")]),
            };
        }
        Some(Prompt::Typing(typing)) => {
            return match &typing.hint {
                Hint::None => hint(
                    brush,
                    &[("Enter", "go"), ("Tab", "complete"), ("Esc", "close")],
                ),
                Hint::Suggestions(words) => {
                    brush.text(&format!(" {}", words.join("  ")), Role::Dim)
                }
                Hint::Mistake(why) => brush.text(&format!(" {why}"), Role::Error),
            };
        }
        None => {}
    }
    match &app.change {
        Some(Change::Counting { .. }) => return hint(brush, &[("Esc", "stop counting")]),
        Some(Change::Drafting(..)) => return hint(brush, &[("Esc", "stop")]),
        Some(Change::Running { .. }) | None => {}
    }
    let keys = chosen(app, brush.width);
    let keys: Vec<(&str, &str)> = keys.iter().map(|(key, word)| (&**key, *word)).collect();
    hint(brush, &keys)
}

/// A key, and a word for what it does.
type Key = (String, &'static str);

/// The keys that fit, the most important ones first.
fn chosen(app: &App, width: usize) -> Vec<Key> {
    let kind = app.level().place.kind();
    let offered = bindings(kind, app.settings.read_only)
        .filter(|binding| !binding.short.is_empty() && (binding.offered)(app));
    let mut offered: Vec<&Binding> = offered.collect();
    offered.sort_by_key(|binding| binding.rank(kind));
    let (keys, is_whole) = fitting(app, &offered, width, |binding| binding.short);
    if is_whole {
        return keys;
    }
    // What Esc does is known.
    let brief = |binding: &Binding| match binding.keys {
        [KeyCode::Esc, ..] => "",
        _ => binding.short,
    };
    fitting(app, &offered, width, brief).0
}

/// The keys that fit with these words, and whether all keys of the place are among them.
fn fitting(
    app: &App,
    offered: &[&Binding],
    width: usize,
    word: impl Fn(&Binding) -> &'static str,
) -> (Vec<Key>, bool) {
    let width_of = |binding: &Binding| match word(binding) {
        "" => text::width(&binding.key()) + 2,
        word => text::width(&binding.key()) + text::width(word) + 3,
    };
    let always = |binding: &&&Binding| (binding.always)(app);
    let kept = offered.iter().filter(always);
    let kept: usize = kept.map(|binding| width_of(binding)).sum();
    // The blank behind the last word need not be seen.
    let mut left = (width + 1).saturating_sub(kept);
    let (mut keys, mut is_whole) = (Vec::new(), true);
    for binding in offered {
        if !always(&binding) {
            let Some(rest) = left.checked_sub(width_of(binding)) else {
                is_whole &= binding.is_common();
                continue;
            };
            left = rest;
        }
        keys.push((binding.key(), word(binding)));
    }
    (keys, is_whole)
}

fn hint(brush: &Brush, keys: &[(&str, &str)]) -> Line<'static> {
    let mut line = Line::default();
    for (key, word) in keys {
        line.push_span(Span::raw(" "));
        line.push_span(brush.span(*key, Role::Strong));
        let gap = if word.is_empty() { "" } else { " " };
        line.push_span(brush.span(format!("{gap}{word} "), Role::Dim));
    }
    line
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use ratatui::crossterm::event::KeyEvent;

    use super::*;
    use crate::document::schedule::{ScheduleState, Source};
    use crate::task::{QueueName, State, TaskId};
    use crate::tui::app::{Content, Settings};
    use crate::tui::layout::plain;
    use crate::tui::message::{Event, Loaded};
    use crate::tui::place::{List, Place, Section, Sheet};
    use crate::tui::target::{Target, TaskTarget};
    use crate::view::{Page, Table};

    /// The dashboard after these keys, in a place that shows a row or a page about this.
    fn at(keys: &str, target: &Target) -> App {
        let mut app = App::new(Settings::default(), (80, 24), DateTime::default());
        for key in keys.chars() {
            let code = match key {
                '\n' => KeyCode::Enter,
                other => KeyCode::Char(other),
            };
            app.handle(Event::Key(KeyEvent::from(code)), DateTime::default());
            show(&mut app, target);
        }
        app
    }

    fn show(app: &mut App, target: &Target) {
        let place = app.level().place.clone();
        let loaded = match &place {
            Place::Help(_) => return,
            Place::Queue(_)
            | Place::Task(..)
            | Place::Output(..)
            | Place::Server(_)
            | Place::Schedule(_)
            | Place::Finding(_)
            | Place::AuditEntry(_) => Loaded::Sheet(Box::new(Sheet {
                page: Page::new(),
                target: target.clone(),
            })),
            Place::Queues
            | Place::Tasks(_)
            | Place::Workers
            | Place::Schedules
            | Place::Doctor
            | Place::Audit => Loaded::List(List {
                sections: vec![Section {
                    title: None,
                    table: Table::default(),
                    targets: vec![target.clone()],
                }],
                ..List::default()
            }),
        };
        app.handle(Event::Loaded(place, Ok(loaded)), DateTime::default());
    }

    fn line(app: &App, width: usize) -> String {
        let brush = Brush {
            colored: false,
            width,
            now: DateTime::default(),
        };
        let line = bar(app, &brush);
        let line: String = line.spans.iter().map(|span| &*span.content).collect();
        line.trim_end().to_owned()
    }

    fn task(state: State) -> Target {
        Target::Task(TaskTarget {
            queue: QueueName::new("q").unwrap(),
            id: TaskId::new("a").unwrap(),
            state,
            orphaned: false,
        })
    }

    fn queue() -> Target {
        Target::Queue {
            name: QueueName::new("q").unwrap(),
            paused: false,
        }
    }

    fn failed() -> Target {
        task(State::Retry)
    }

    fn running() -> Target {
        task(State::Active)
    }

    fn server() -> Target {
        Target::Server("s".to_owned())
    }

    fn schedule() -> Target {
        Target::Schedule {
            name: "nightly".to_owned(),
            state: ScheduleState::Active,
            source: Source::Qctl,
        }
    }

    fn change() -> Target {
        Target::AuditEntry {
            id: "1-1".parse().unwrap(),
            ended: true,
        }
    }

    /// Keys that lead to a place, what it shows, and its key bar on 80 columns.
    type Bar = (&'static str, fn() -> Target, &'static str);

    const BARS: [Bar; 14] = [
        (
            "1",
            queue,
            " Enter open  P pause queue  / select  t tasks  s sort  w wide  ? keys  q quit",
        ),
        (
            "1\n",
            queue,
            " Esc back  Enter open  P pause queue  / search  t tasks  w wide  y copy  ? keys",
        ),
        (
            "2",
            failed,
            " Enter open  R retry  A archive  D delete  / select  space mark  ? keys  q quit",
        ),
        (
            "2\n",
            failed,
            " Esc  R retry  A archive  D delete  E edit  o output  M move  N clone  ? keys",
        ),
        (
            "2\no",
            failed,
            " Esc  R retry  A archive  D delete  E edit  M move  N clone  / search  ? keys",
        ),
        (
            "2",
            running,
            " Enter open  C cancel  / select  space mark  a all  o output  ? keys  q quit",
        ),
        (
            "2\n",
            running,
            " Esc back  C cancel  o output  N clone  / search  w wide  p freeze  ? keys",
        ),
        (
            "3",
            server,
            " Enter open  / select  w wide  p freeze  y copy  : command  ? keys  q quit",
        ),
        (
            "3",
            running,
            " Enter open  C cancel  o output  / select  w wide  p freeze  ? keys  q quit",
        ),
        (
            "3\n",
            server,
            " Esc back  / search  w wide  p freeze  y copy  : command  ? keys  q quit",
        ),
        (
            "4",
            schedule,
            " Enter open  R run now  P pause  D remove  / select  s sort  ? keys  q quit",
        ),
        (
            "4\n",
            schedule,
            " Esc back  R run now  P pause  D remove  / search  w wide  p freeze  ? keys",
        ),
        (
            "6",
            change,
            " Enter open  / select  w wide  p freeze  y copy  : command  ? keys  q quit",
        ),
        (
            "6\n",
            change,
            " Esc back  / search  w wide  p freeze  y copy  : command  ? keys  q quit",
        ),
    ];

    #[test]
    fn on_80_columns_the_keys_of_a_place_come_first() {
        for (keys, target, expected) in BARS {
            assert_eq!(line(&at(keys, &target()), 80), expected, "{keys:?}");
        }
    }

    #[test]
    fn where_there_is_room_all_keys_are_in_the_bar() {
        let app = at("2\n", &task(State::Retry));
        assert_eq!(
            line(&app, 160),
            " Esc back  R retry  A archive  D delete  E edit  o output  M move  N clone  / search  w wide  p freeze  y copy  : command  ? keys  q quit"
        );
    }

    /// Whoever does not see a key in the bar finds it with `?`.
    #[test]
    fn each_key_that_works_is_in_the_help() {
        let place = failed();
        for keys in ["1", "1\n", "2", "2\n", "2\no", "3", "4", "5", "6"] {
            let app = at(keys, &place);
            let kind = app.level().place.kind();
            let help = at(&format!("{keys}?"), &place);
            let Content::Sheet { lines, .. } = &help.level().content else {
                panic!("{keys:?} ?");
            };
            let shown: Vec<String> = lines.iter().map(|line| plain(line)).collect();
            for binding in bindings(kind, false) {
                let key = binding.key();
                let line = shown.iter().find(|line| {
                    let labels = line.get(..14).unwrap_or(line);
                    labels.split_whitespace().any(|label| label == key)
                });
                let line = line.unwrap_or_else(|| panic!("{keys:?}: {key} is not in the help"));
                assert!(
                    !binding.about.is_empty() && line.contains(binding.about),
                    "{line}"
                );
            }
        }
    }
}
