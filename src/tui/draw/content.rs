//! The content: the visible lines of a list or a sheet, or why there is none.

use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

use super::look::Brush;
use crate::tui::app::{App, Content, Level};
use crate::tui::layout::list::{self, ListLine};
use crate::tui::layout::table::{Fitted, Look};
use crate::tui::layout::{GUTTER, Piece, Pieces, plain, wrapped};
use crate::tui::place::List;
use crate::view::{Role, text};

/// The lines of the content, from top to bottom.
pub(super) fn lines(app: &App, area: Rect, brush: &Brush) -> Vec<Line<'static>> {
    let level = app.level();
    let height = usize::from(area.height);
    if let Some(why) = &level.failure {
        return failure(why, brush);
    }
    match (&level.content, &app.away) {
        (Content::Empty, Some(away)) => failure(&away.why, brush),
        (Content::Empty, None) => Vec::new(),
        (Content::List(list), _) => {
            let look = Look::new(brush.now, app.wide());
            rows(level, list, height, (brush, look))
        }
        (Content::Sheet { lines, .. }, _) => sheet(level, lines, height, brush),
    }
}

/// Why there is nothing to show.
fn failure(why: &str, brush: &Brush) -> Vec<Line<'static>> {
    let why = text::escape(why);
    let lines = wrapped(&why, brush.width.saturating_sub(GUTTER));
    let lines = lines.map(|line| indented(brush, &vec![Piece::new(line, Role::Error)]));
    std::iter::once(Line::default()).chain(lines).collect()
}

fn rows(
    level: &Level,
    list: &List,
    height: usize,
    (brush, look): (&Brush, Look),
) -> Vec<Line<'static>> {
    let width = brush.width.saturating_sub(GUTTER + 1);
    let all = list::lines(list, brush.width.saturating_sub(GUTTER));
    let top = list::top(&all, level.cursor, level.top, height);
    let fitted = list
        .sections
        .iter()
        .map(|section| Fitted::new(&section.table, width, look));
    let fitted: Vec<Fitted<'_>> = fitted.collect();
    let sticky = list::sticky(&all, top);
    let shown = all.iter().skip(top).take(height).enumerate();
    shown
        .map(|(number, line)| match (number, sticky, *line) {
            (0, Some(section), _) | (_, _, ListLine::Heads(section)) => {
                indented(brush, &fitted[section].titles())
            }
            (_, _, ListLine::Blank) => Line::default(),
            (_, _, ListLine::Title(section)) => {
                let title = list.sections[section].title.unwrap_or_default();
                brush.text(&format!("  {title}"), Role::Strong)
            }
            (
                _,
                _,
                ListLine::Row {
                    section,
                    row,
                    place,
                },
            ) => {
                let marked = level.is_marked(&list.sections[section].targets[row]);
                let at_cursor = place == level.cursor;
                let line = brush.line(&fitted[section].row(row));
                selectable(brush, line, at_cursor, marked)
            }
            (_, _, ListLine::Total(section)) => {
                indented(brush, &fitted[section].total().unwrap_or_default())
            }
            (_, _, ListLine::Note { note, line }) => {
                let note = &list.notes[note];
                let words = list::text_of(note);
                let words = wrapped(&words, brush.width.saturating_sub(GUTTER)).nth(line);
                let piece = Piece::new(words.unwrap_or_default(), note.meaning());
                indented(brush, &vec![piece])
            }
        })
        .collect()
}

fn indented(brush: &Brush, pieces: &Pieces) -> Line<'static> {
    let mut line = brush.line(pieces);
    line.spans.insert(0, Span::raw(" ".repeat(GUTTER)));
    line
}

/// A row that can be selected and marked. Both are also seen without colors.
fn selectable(
    brush: &Brush,
    mut line: Line<'static>,
    at_cursor: bool,
    marked: bool,
) -> Line<'static> {
    let cursor = if at_cursor { ">" } else { " " };
    let mark = if marked { "*" } else { " " };
    line.spans
        .insert(0, brush.span(format!("{cursor}{mark}"), Role::Strong));
    if at_cursor {
        let rest = brush.width.saturating_sub(line.width());
        line.push_span(" ".repeat(rest));
        return line.patch_style(ratatui::style::Style::new().add_modifier(Modifier::REVERSED));
    }
    line
}

fn sheet(level: &Level, lines: &[Pieces], height: usize, brush: &Brush) -> Vec<Line<'static>> {
    let shown = lines.iter().enumerate().skip(level.top).take(height);
    shown
        .map(|(number, pieces)| {
            let mut line = indented(brush, pieces);
            let wanted = level.search.as_ref().filter(|_| number == level.cursor);
            if wanted.is_some_and(|wanted| {
                plain(pieces)
                    .to_lowercase()
                    .contains(&wanted.to_lowercase())
            }) {
                line = line.patch_style(Modifier::REVERSED);
            }
            line
        })
        .collect()
}
