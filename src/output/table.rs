//! Tables: no lines, two blanks between columns, fitted to the width of the terminal.
//!
//! Nothing wraps: a row is a line. Where the terminal is too narrow, the widest column of text gives way
//! first, then ids, and then a column of text is left out: a minor one, or else the last. Off a terminal
//! nothing is cut.
//!
//! comfy-table cuts, pads and aligns. How wide each column is, is decided here: rows that are printed in
//! batches share their widths, and ids are cut last.

use comfy_table::{
    CellAlignment, ColumnConstraint, ContentLineStyle, Row, Table, TableStyle, Width,
};

use super::canvas::Canvas;
use super::style::paint;
use super::widths::{GAP, fit};
use crate::view::{Align, Cell, Head, Role, text};

/// Tells the cells of a drawn line apart. No cell holds one: cells escape control characters.
const SEPARATOR: char = '\u{1f}';

const STYLE: TableStyle =
    TableStyle::new().content_lines(ContentLineStyle::none().junction(SEPARATOR));

/// No cell is wider, even in a pipe: one huge value would be padding in every other row.
const MAX_CELL: usize = 1_000;

/// The widths of a table that is printed in batches.
#[derive(Debug)]
pub(super) struct Layout {
    heads: Vec<Head>,
    natural: Vec<usize>,
    headed: bool,
}

impl Layout {
    /// A table whose heads are printed above the first rows, if at all.
    pub(super) fn new(heads: Vec<Head>, headed: bool) -> Self {
        let natural = heads
            .iter()
            .map(|head| if headed { text::width(head.title) } else { 0 })
            .collect();
        Self {
            heads,
            natural,
            headed,
        }
    }

    /// The lines of these rows, below those printed before. Columns grow if they must, and never shrink.
    pub(super) fn lines(&mut self, rows: &[Vec<Cell>], canvas: &Canvas) -> Vec<String> {
        let mut drawn: Vec<Vec<Drawn>> = Vec::with_capacity(rows.len() + 1);
        if std::mem::take(&mut self.headed) {
            let title = |head: &Head| Drawn {
                text: head.title.to_owned(),
                role: Role::Dim,
            };
            drawn.push(self.heads.iter().map(title).collect());
        }
        let row = |row: &Vec<Cell>| row.iter().map(|cell| Drawn::new(cell, canvas)).collect();
        drawn.extend(rows.iter().map(row));
        for row in &drawn {
            for (width, cell) in self.natural.iter_mut().zip(row) {
                *width = (*width).max(text::width(&cell.text));
            }
        }
        let widths = fit(&self.heads, &self.natural, canvas);
        self.draw(&drawn, &widths, canvas.colored)
    }

    /// A line for each row. The roles are painted on afterwards: a library that colours asks the environment
    /// whether it may, and a flag says otherwise.
    fn draw(&self, rows: &[Vec<Drawn>], widths: &[usize], colored: bool) -> Vec<String> {
        let mut table = Table::new();
        table.load_style(STYLE).set_truncation_indicator("…");
        table.set_delimiter(SEPARATOR);
        for row in rows {
            // To cut a text, comfy-table first splits all of it, in quadratic time.
            let bounded = row.iter().zip(widths);
            let bounded = bounded.map(|(cell, width)| text::truncate(&cell.text, width + 1));
            let mut cells = Row::from(bounded);
            cells.max_height(1);
            table.add_row(cells);
        }
        let columns = self.heads.iter().zip(widths);
        for (column, (head, &width)) in table.column_iter_mut().zip(columns) {
            column.set_padding((0, 0));
            column.set_cell_alignment(match head.align {
                Align::Left => CellAlignment::Left,
                Align::Right => CellAlignment::Right,
            });
            column.set_constraint(match u16::try_from(width) {
                Ok(0) => ColumnConstraint::Hidden,
                width => ColumnConstraint::Absolute(Width::Fixed(width.unwrap_or(u16::MAX))),
            });
        }
        let line = |(line, row): (String, &Vec<Drawn>)| {
            let shown = row.iter().zip(widths).filter(|(_, width)| **width > 0);
            let roles = shown.map(|(cell, _)| cell.role);
            let parts = line.trim_end_matches([' ', SEPARATOR]).split(SEPARATOR);
            let painted = parts.zip(roles).map(|(part, role)| {
                let text = part.trim_matches(' ');
                let (before, after) = part.split_once(text).unwrap_or_default();
                format!("{before}{}{after}", paint(text, role, colored))
            });
            painted.collect::<Vec<_>>().join(GAP)
        };
        table.lines().zip(rows).map(line).collect()
    }
}

/// A cell as text.
struct Drawn {
    text: String,
    role: Role,
}

impl Drawn {
    fn new(cell: &Cell, canvas: &Canvas) -> Self {
        let text = cell.draw(canvas.now, canvas.time);
        Self {
            text: text::truncate(&text, MAX_CELL).into_owned(),
            role: cell.meaning(),
        }
    }
}
