//! The lines of a list: titles, headings, rows, sums and notes.

use chrono::DateTime;

use super::wrapped;
use crate::tui::place::List;
use crate::view::{Cell, TimeStyle};

/// A line of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tui) enum ListLine {
    Blank,
    /// The title of a section.
    Title(usize),
    /// The titles of the columns of a section.
    Heads(usize),
    /// A row: its section, its place there, and its place in the whole list.
    Row {
        section: usize,
        row: usize,
        place: usize,
    },
    /// The sum of the rows of a section.
    Total(usize),
    /// A line of a note.
    Note {
        note: usize,
        line: usize,
    },
}

/// All lines of a list, of which notes are in so many columns.
pub(in crate::tui) fn lines(list: &List, width: usize) -> Vec<ListLine> {
    let mut lines = Vec::new();
    let mut place = 0;
    for (number, section) in list.sections.iter().enumerate() {
        if !lines.is_empty() {
            lines.push(ListLine::Blank);
        }
        if section.title.is_some() {
            lines.push(ListLine::Title(number));
        }
        lines.push(ListLine::Heads(number));
        for row in 0..section.targets.len() {
            lines.push(ListLine::Row {
                section: number,
                row,
                place,
            });
            place += 1;
        }
        if section.table.total.is_some() {
            lines.push(ListLine::Total(number));
        }
    }
    if !list.notes.is_empty() && !lines.is_empty() {
        lines.push(ListLine::Blank);
    }
    for (note, cell) in list.notes.iter().enumerate() {
        let count = wrapped(&text_of(cell), width).count();
        lines.extend((0..count).map(|line| ListLine::Note { note, line }));
    }
    lines
}

/// The text of a note. It contains no time.
pub(in crate::tui) fn text_of(note: &Cell) -> String {
    note.draw(DateTime::default(), TimeStyle::Relative)
}

/// The line of the row at this place in the list.
pub(in crate::tui) fn line_of(lines: &[ListLine], cursor: usize) -> usize {
    lines
        .iter()
        .position(|line| matches!(line, ListLine::Row { place, .. } if *place == cursor))
        .unwrap_or(0)
}

/// The first line to show, so that the row at the cursor is seen below the titles of its columns.
pub(in crate::tui) fn top(lines: &[ListLine], cursor: usize, top: usize, height: usize) -> usize {
    let height = height.max(2);
    let line = line_of(lines, cursor);
    let first_row = lines
        .iter()
        .position(|line| matches!(line, ListLine::Row { .. }));
    // The titles above the first row belong to it.
    let top = if Some(line) == first_row && line < height {
        0
    } else {
        // The first line shown is replaced by the titles of the columns.
        top.clamp((line + 1).saturating_sub(height), line.saturating_sub(1))
    };
    top.min(lines.len().saturating_sub(height))
}

/// The section whose titles replace the first line shown, as their own line is above it.
pub(in crate::tui) fn sticky(lines: &[ListLine], top: usize) -> Option<usize> {
    match lines.get(top) {
        Some(ListLine::Row { section, .. } | ListLine::Total(section)) => Some(*section),
        Some(ListLine::Blank | ListLine::Title(_) | ListLine::Heads(_) | ListLine::Note { .. })
        | None => None,
    }
}
