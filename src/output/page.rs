//! Draws a page as lines of text.

use super::canvas::Canvas;
use super::style::paint;
use super::table::Layout;
use crate::view::{Block, Cell, Fact, Page, Part, Role, Table, text};

/// The lines of a page, without its notes.
pub(super) fn lines(page: &Page, canvas: &Canvas) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut before: Option<&Part> = None;
    for part in &page.parts {
        if canvas.bare && matches!(part, Part::Footer(_)) {
            continue;
        }
        // Parts are separated by an empty line, except consecutive sentences and footers.
        let joins = matches!(
            (before, part),
            (None, _)
                | (Some(Part::Sentence(_)), Part::Sentence(_))
                | (Some(Part::Footer(_)), Part::Footer(_))
        );
        if !joins {
            lines.push(String::new());
        }
        before = Some(part);
        match part {
            Part::Sentence(cell) | Part::Footer(cell) => {
                lines.push(painted(cell, cell.meaning(), 0, canvas));
            }
            Part::Facts(facts) => lines.extend(self::facts(facts, canvas)),
            Part::Table(table) => lines.extend(self::table(table, canvas)),
            Part::Block(block) => lines.extend(self::block(block, canvas)),
        }
    }
    lines
}

/// A cell that ends a line, with `used` columns before it.
fn painted(cell: &Cell, role: Role, used: usize, canvas: &Canvas) -> String {
    let text = cell.draw(canvas.now, canvas.time);
    let room = canvas.width.filter(|_| canvas.cut);
    let text = match room {
        Some(room) => text::truncate(&text, room.saturating_sub(used)),
        None => text.into(),
    };
    paint(&text, role, canvas.colored)
}

/// The width of a colon and two spaces.
const LABEL_END: usize = 3;

fn facts(facts: &[Fact], canvas: &Canvas) -> Vec<String> {
    let widest = facts.iter().map(|fact| text::width(fact.label)).max();
    let column = widest.unwrap_or(0) + LABEL_END;
    let line = |fact: &Fact| {
        let label = paint(&format!("{}:", fact.label), Role::Dim, canvas.colored);
        let pad = " ".repeat(column - text::width(fact.label) - 1);
        let value = painted(&fact.cell, fact.cell.meaning(), column, canvas);
        format!("{label}{pad}{value}")
    };
    facts.iter().map(line).collect()
}

fn table(table: &Table, canvas: &Canvas) -> Vec<String> {
    let shown: Vec<usize> = (0..table.heads.len())
        .filter(|&column| canvas.shows(&table.heads[column]))
        .collect();
    let heads = shown.iter().map(|&column| table.heads[column]).collect();
    let rows: Vec<Vec<Cell>> = table
        .rows
        .iter()
        .chain(&table.total)
        .map(|row| shown.iter().map(|&column| row[column].clone()).collect())
        .collect();
    Layout::new(heads, canvas).lines(&rows, canvas)
}

/// Bytes of a block that are printed on a terminal; more would only scroll past.
const MAX_BLOCK: usize = 64 << 10;

fn block(block: &Block, canvas: &Canvas) -> Vec<String> {
    let title = paint(&format!("{}:", block.title), Role::Dim, canvas.colored);
    let mut lines = vec![title];
    let mut room = if canvas.terminal {
        MAX_BLOCK
    } else {
        usize::MAX
    };
    for line in &block.lines {
        let drawn = painted(line, line.meaning(), 2, canvas);
        let fitting = text::truncate(&drawn, room);
        lines.push(format!("  {fitting}"));
        if fitting.len() < drawn.len() || room == 0 {
            let more = "(the rest is not shown on a terminal; -o json prints all)";
            lines.push(format!("  {}", paint(more, Role::Dim, canvas.colored)));
            break;
        }
        room = room.saturating_sub(drawn.len() + 1);
    }
    lines
}
