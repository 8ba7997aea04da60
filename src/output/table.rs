//! Tables without borders, fitted to the width of the terminal.
//!
//! Each row is one line. If the rows are too wide for the terminal, titles and counts are shortened, then text is cut, then
//! ids. Nothing is cut with `-o wide` or if stdout is not a terminal.
//!
//! comfy-table cuts, pads and aligns. The widths are decided here, because rows that are printed in batches share them and
//! ids are cut last.

use comfy_table::{
    CellAlignment, ColumnConstraint, ContentLineStyle, Row, Table, TableStyle, Width,
};

use super::canvas::Canvas;
use super::style::paint;
use crate::view::widths::{GAP, IdWidth, choose, fit, taken};
use crate::view::{Align, Cell, Head, Role, text};

/// Separates the cells of a drawn line. Cells escape control characters, so none contains it.
const SEPARATOR: char = '\u{1f}';

const STYLE: TableStyle =
    TableStyle::new().content_lines(ContentLineStyle::none().junction(SEPARATOR));

/// Cells are padded to at most this width: one huge value would add as many spaces to every other row.
const MAX_PADDED: usize = 1_000;

/// The widths of a table that is printed in batches.
#[derive(Debug)]
pub(super) struct Layout {
    heads: Vec<Head>,
    shown: Vec<bool>,
    limit: Option<usize>,
    /// The widest cell of each column.
    widest: Vec<usize>,
    titles: Titles,
    short_titles: bool,
    short_counts: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Titles {
    None,
    /// Above the first rows.
    Due,
    Printed,
}

impl Layout {
    /// A table whose titles, if any, are printed above the first rows.
    pub(super) fn new(heads: Vec<Head>, canvas: &Canvas) -> Self {
        let limit = canvas.table_width();
        let (shown, short_titles) = choose(&heads, limit);
        Self {
            widest: vec![0; heads.len()],
            heads,
            shown,
            limit,
            short_titles,
            short_counts: false,
            titles: if canvas.headed {
                Titles::Due
            } else {
                Titles::None
            },
        }
    }

    /// The lines of the next rows. Columns may become wider than in earlier rows, never narrower.
    pub(super) fn lines(&mut self, rows: &[Vec<Cell>], canvas: &Canvas) -> Vec<String> {
        let before = self.widest.clone();
        let mut drawn = self.drawn(rows, canvas);
        self.grow(&drawn);
        let due = self.titles == Titles::Due;
        if due && !self.fits() {
            self.short_titles = true;
        }
        if !self.short_counts && !self.fits() {
            self.short_counts = true;
            self.widest = before;
            drawn = self.drawn(rows, canvas);
            self.grow(&drawn);
        }
        if due {
            self.titles = Titles::Printed;
            let titles = self.heads.iter().map(|head| Drawn {
                text: self.title(head).to_owned(),
                role: Role::Dim,
            });
            drawn.insert(0, titles.collect());
        }
        let ids = if canvas.shortens_ids() {
            IdWidth::Short
        } else {
            IdWidth::Uuid
        };
        let widths = fit(&self.heads, &self.natural(), self.limit, ids);
        self.draw(&drawn, &widths, canvas.colored)
    }

    const fn title(&self, head: &Head) -> &'static str {
        if self.short_titles {
            head.short
        } else {
            head.title
        }
    }

    /// The widths at which nothing is cut; 0 for hidden columns.
    fn natural(&self) -> Vec<usize> {
        let columns = self.heads.iter().zip(&self.shown).zip(&self.widest);
        let titled = self.titles != Titles::None;
        let width = |((head, &shown), &widest): ((&Head, &bool), &usize)| match (shown, titled) {
            (false, _) => 0,
            (true, false) => widest.max(1),
            (true, true) => text::width(self.title(head)).max(widest),
        };
        columns.map(width).collect()
    }

    fn fits(&self) -> bool {
        self.limit
            .is_none_or(|limit| taken(&self.natural()) <= limit)
    }

    fn drawn(&self, rows: &[Vec<Cell>], canvas: &Canvas) -> Vec<Vec<Drawn>> {
        let row = |row: &Vec<Cell>| {
            let cells = row.iter();
            cells
                .map(|cell| Drawn::new(cell, canvas, self.short_counts))
                .collect()
        };
        rows.iter().map(row).collect()
    }

    fn grow(&mut self, rows: &[Vec<Drawn>]) {
        for row in rows {
            for (widest, cell) in self.widest.iter_mut().zip(row) {
                *widest = (*widest).max(text::width(&cell.text).min(MAX_PADDED));
            }
        }
    }

    /// One line per row. Colors are added after cutting, because comfy-table drops the escape sequences of cells it cuts.
    fn draw(&self, rows: &[Vec<Drawn>], widths: &[usize], colored: bool) -> Vec<String> {
        let mut table = Table::new();
        table.load_style(STYLE).set_truncation_indicator("…");
        table.set_delimiter(SEPARATOR);
        for row in rows {
            // comfy-table takes quadratic time to cut a long text.
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
            let parts = line.trim_end_matches([' ', SEPARATOR]).split(SEPARATOR);
            let painted = parts.zip(shown).map(|(part, (cell, _))| {
                let text = part.trim_matches(' ');
                let (before, after) = part.split_once(text).unwrap_or_default();
                let text = if self.limit.is_none() {
                    &cell.text
                } else {
                    text
                };
                format!("{before}{}{after}", paint(text, cell.role, colored))
            });
            painted.collect::<Vec<_>>().join(GAP)
        };
        table.lines().zip(rows).map(line).collect()
    }
}

/// A cell as text.
#[derive(Debug)]
struct Drawn {
    text: String,
    role: Role,
}

impl Drawn {
    fn new(cell: &Cell, canvas: &Canvas, short_counts: bool) -> Self {
        let short_id = cell.short_id().filter(|_| canvas.shortens_ids());
        let short_count = cell.short_count().filter(|_| short_counts);
        let short = short_id.map(str::to_owned).or(short_count);
        Self {
            text: short.unwrap_or_else(|| cell.draw(canvas.now, canvas.time)),
            role: cell.meaning(),
        }
    }
}
