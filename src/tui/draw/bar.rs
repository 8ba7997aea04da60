//! The bar above the keys: a question, a line being typed, a change under way, a message, or the equivalent command.

use std::borrow::Cow;

use ratatui::text::{Line, Span};

use super::look::Brush;
use crate::tui::app::{App, Change, Line as Typed, Message, Naming, Performing, Prompt, Question};
use crate::tui::layout::wrapped;
use crate::view::{Role, text};

/// The lines of a message.
const MAX_LINES: usize = 4;

/// The lines of the bar, at least one.
pub(super) fn lines(app: &App, brush: &Brush) -> Vec<Line<'static>> {
    match &app.prompt {
        Some(Prompt::Question(question)) => return self::question(question, brush),
        Some(Prompt::Typing(typing)) => {
            return vec![typed(&typing.line, typing.what.sign(), brush)];
        }
        None => {}
    }
    let line = match (&app.change, &app.message, app.performing.last()) {
        (Some(change), ..) => brush.text(&format!(" {}", progress(change, brush)), Role::Warning),
        (None, Some(message), _) => return said(message, brush),
        (None, None, Some(last)) => {
            brush.text(&format!(" {}", waiting(last, brush)), Role::Warning)
        }
        (None, None, None) => brush.text(&format!(" $ {}", app.equivalent()), Role::Dim),
    };
    vec![line]
}

/// A message. What is missing, such as a right, is often named at its end.
fn said(message: &Message, brush: &Brush) -> Vec<Line<'static>> {
    let words = text::escape(&message.text);
    let lines = wrapped(&words, brush.width.saturating_sub(2)).take(MAX_LINES);
    let line = |line| Line::from(brush.span(format!(" {line}"), message.role));
    lines.map(line).collect()
}

/// What is asked and the equivalent command: on one line, or on two if there is no room. Below them, the name of a
/// protected context is typed.
fn question(question: &Question, brush: &Brush) -> Vec<Line<'static>> {
    let Some(naming) = &question.naming else {
        return asked(question, "y/N ", brush);
    };
    let mut lines = asked(question, "", brush);
    lines.push(typed(&naming.line, &sign(naming, brush), brush));
    lines
}

/// The text in front of the name that is typed.
fn sign(naming: &Naming, brush: &Brush) -> String {
    let name = text::escape(&naming.name);
    let name = text::truncate(&name, brush.width / 2);
    format!("Type {name}, the name of the context: ")
}

fn asked(question: &Question, answers: &'static str, brush: &Brush) -> Vec<Line<'static>> {
    let answers = brush.span(answers, Role::Strong);
    let what = text::escape(&question.what);
    let what = text::truncate(&what, brush.width.saturating_sub(answers.width() + 3));
    let asked = vec![brush.span(format!(" {what}? "), Role::Warning), answers];
    let command = format!(" {}", text::escape(&question.command));
    let used = asked.iter().map(Span::width).sum::<usize>();
    if used + text::width(&command) <= brush.width {
        let mut line = Line::from(asked);
        line.push_span(brush.span(command, Role::Dim));
        return vec![line];
    }
    let command = text::truncate(&command, brush.width).into_owned();
    vec![
        Line::from(asked),
        Line::from(brush.span(command, Role::Dim)),
    ]
}

fn typed(line: &Typed, sign: &str, brush: &Brush) -> Line<'static> {
    let (before, after) = shown(line, sign, brush);
    let mut line = Line::from(brush.span(format!(" {sign}"), Role::Strong));
    line.push_span(before);
    line.push_span(after);
    line
}

/// The part of the line around the cursor that fits.
fn shown(line: &Typed, sign: &str, brush: &Brush) -> (String, String) {
    let (before, after) = line.split();
    let room = brush.width.saturating_sub(text::width(sign) + 3);
    let mut start = before;
    while text::width(start) > room {
        let mut rest = start.chars();
        rest.next();
        start = rest.as_str();
    }
    let left = room - text::width(start);
    (start.to_owned(), text::truncate(after, left).into_owned())
}

/// The column of the cursor in the last line of the bar, while something is typed there.
pub(super) fn cursor(app: &App, brush: &Brush) -> Option<u16> {
    let (line, sign) = match &app.prompt {
        Some(Prompt::Typing(typing)) => (&typing.line, Cow::Borrowed(typing.what.sign())),
        Some(Prompt::Question(question)) => {
            let naming = question.naming.as_ref()?;
            (&naming.line, Cow::Owned(sign(naming, brush)))
        }
        None => return None,
    };
    let (before, _) = shown(line, &sign, brush);
    u16::try_from(1 + text::width(&sign) + text::width(&before)).ok()
}

/// An operation that is being performed. It does not hold up the keys, which is said once it takes long.
fn waiting(performing: &Performing, brush: &Brush) -> String {
    let what = performing.what;
    match (brush.now - performing.since).num_seconds() {
        ..1 => what.to_owned(),
        seconds => format!("{what} {seconds}s, you can go on meanwhile"),
    }
}

fn progress(change: &Change, brush: &Brush) -> String {
    match change {
        Change::Drafting(..) => "reading the task…".to_owned(),
        Change::Counting { seen, total, .. } => {
            let (seen, total) = (text::thousands(*seen), text::plural(*total, "task"));
            format!("counting… {seen} of {total}")
        }
        Change::Running {
            verb,
            noun,
            done,
            total,
            since,
            away,
            stopping,
        } => {
            let seconds = (brush.now - *since).num_seconds().unsigned_abs().max(1);
            let rate = done / seconds;
            let percent = done * 100 / (*total).max(1);
            let left = total.saturating_sub(*done).checked_div(rate);
            let left = left.map(|seconds| text::duration(std::time::Duration::from_secs(seconds)));
            let end = match (stopping, away) {
                (true, _) => ", stopping…".to_owned(),
                (false, Some(why)) => format!(", x stops it; trying again: {why}"),
                (false, None) => {
                    left.map_or_else(String::new, |left| format!(", {left} left")) + ", x stops it"
                }
            };
            format!(
                "{verb}: {} of {} ({percent}%), {}/s{end}",
                text::thousands(*done),
                text::plural(*total, noun),
                text::thousands(rate),
            )
        }
    }
}
