//! A page as lines: long lines are wrapped, so that all of a payload can be read.

use chrono::{DateTime, Utc};

use super::table::{Fitted, Look};
use super::{Piece, Pieces, wrapped};
use crate::view::{Block, Cell, Fact, Page, Part, Role, TimeStyle, text};

/// Lines of a page that are laid out. A payload of many megabytes is for `qctl inspect --raw`.
const MAX_LINES: usize = 20_000;

/// The lines of a page and of its notes.
pub(in crate::tui) fn lines(page: &Page, width: usize, look: Look) -> Vec<Pieces> {
    let now = look.now;
    let mut lines: Vec<Pieces> = Vec::new();
    let mut before: Option<&Part> = None;
    for part in &page.parts {
        let joins = matches!(
            (before, part),
            (None, _)
                | (Some(Part::Sentence(_)), Part::Sentence(_))
                | (Some(Part::Footer(_)), Part::Footer(_))
        );
        if !joins {
            lines.push(Vec::new());
        }
        before = Some(part);
        match part {
            Part::Sentence(cell) | Part::Footer(cell) => wrap(cell, (width, now), &mut lines),
            Part::Facts(facts) => self::facts(facts, (width, now), &mut lines),
            Part::Table(table) => {
                let fitted = Fitted::new(table, width, look);
                lines.push(fitted.titles());
                lines.extend((0..table.rows.len()).map(|row| fitted.row(row)));
                lines.extend(fitted.total());
            }
            Part::Block(block) => self::block(block, (width, now), &mut lines),
        }
    }
    if !page.notes.is_empty() {
        lines.push(Vec::new());
    }
    for note in &page.notes {
        wrap(note, (width, now), &mut lines);
    }
    if lines.len() >= MAX_LINES {
        lines.truncate(MAX_LINES);
        let more = "… the rest is not shown here; the command below prints it";
        lines.push(vec![Piece::new(more, Role::Dim)]);
    }
    lines
}

fn facts(facts: &[Fact], (width, now): (usize, DateTime<Utc>), lines: &mut Vec<Pieces>) {
    let labels = facts.iter().map(|fact| text::width(fact.label));
    let label_width = labels.max().unwrap_or(0) + 2;
    for fact in facts {
        let first = lines.len();
        let room = width.saturating_sub(label_width).max(8);
        wrap(&fact.cell, (room, now), lines);
        for (number, line) in lines[first..].iter_mut().enumerate() {
            let label = if number == 0 { fact.label } else { "" };
            let label = super::padded(label, label_width, false);
            line.insert(0, Piece::new(label, Role::Dim));
        }
    }
}

fn block(block: &Block, (width, now): (usize, DateTime<Utc>), lines: &mut Vec<Pieces>) {
    lines.push(vec![Piece::new(block.title, Role::Strong)]);
    for cell in &block.lines {
        if lines.len() >= MAX_LINES {
            return;
        }
        let first = lines.len();
        wrap(cell, (width.saturating_sub(2).max(8), now), lines);
        for line in &mut lines[first..] {
            line.insert(0, Piece::new("  ", Role::Plain));
        }
    }
}

/// The text of a cell in as many lines as it needs.
fn wrap(cell: &Cell, (width, now): (usize, DateTime<Utc>), lines: &mut Vec<Pieces>) {
    let drawn = cell.draw(now, TimeStyle::Relative);
    let room = MAX_LINES.saturating_sub(lines.len()).max(1);
    let wrapped = wrapped(&drawn, width).take(room);
    lines.extend(wrapped.map(|text| vec![Piece::new(text, cell.meaning())]));
}

#[cfg(test)]
mod tests {
    use super::super::plain;
    use super::*;

    fn drawn(page: &Page, width: usize) -> Vec<String> {
        lines(page, width, Look::new(DateTime::default(), false))
            .iter()
            .map(|line| plain(line))
            .collect()
    }

    #[test]
    fn long_text_is_wrapped_and_facts_are_aligned() {
        let page = Page::new()
            .facts([("ID", Cell::text("a")), ("Type", Cell::text("0123456789"))])
            .block("Payload", "{\n  \"日本語日本語\": 1", Role::Plain);
        assert_eq!(
            drawn(&page, 14),
            [
                "ID    a",
                "Type  01234567",
                "      89",
                "",
                "Payload",
                "  {",
                "    \"日本語日",
                "  本語\": 1",
            ]
        );
    }

    #[test]
    fn words_are_kept_together_where_that_leaves_no_large_gap() {
        let wrapped = |text: &str| drawn(&Page::new().sentence(text), 12);
        assert_eq!(wrapped("the task is lost"), ["the task is ", "lost"]);
        assert_eq!(wrapped("the tasks are lost"), ["the tasks ", "are lost"]);
        assert_eq!(wrapped("all the task is"), ["all the task ", "is"]);
        assert_eq!(wrapped("a 0123456789abc"), ["a 0123456789", "abc"]);
    }

    #[test]
    fn a_huge_payload_ends_with_a_hint() {
        let page = Page::new().block("Payload", &"x".repeat(1_000_000), Role::Plain);
        let lines = drawn(&page, 20);
        assert_eq!(lines.len(), MAX_LINES + 1);
        assert!(lines[MAX_LINES].contains("the rest is not shown"));
    }
}
