//! A table in columns that fit a width, as `output` prints them.

use chrono::{DateTime, Utc};

use super::{Piece, Pieces, padded};
use crate::view::widths::{GAP, IdWidth, choose, fit, taken};
use crate::view::{Align, Cell, Head, Role, Table, TimeStyle, text};

/// Rows that decide about the widths of columns.
const MEASURED: usize = 1_000;

/// The columns of a table, fitted to a width.
#[derive(Debug)]
pub(in crate::tui) struct Fitted<'a> {
    table: &'a Table,
    /// The place of each shown column in the table.
    places: Vec<usize>,
    /// The width of each shown column.
    widths: Vec<usize>,
    look: Look,
}

/// What a cell is drawn with.
#[derive(Debug, Clone, Copy)]
pub(in crate::tui) struct Look {
    pub now: DateTime<Utc>,
    /// Show more columns, and whole ids.
    pub wide: bool,
    short_titles: bool,
    short_counts: bool,
}

impl Look {
    pub(in crate::tui) const fn new(now: DateTime<Utc>, wide: bool) -> Self {
        Self {
            now,
            wide,
            short_titles: false,
            short_counts: false,
        }
    }

    const fn title(self, head: &Head) -> &'static str {
        if self.short_titles {
            head.short
        } else {
            head.title
        }
    }

    fn text(self, cell: &Cell) -> String {
        let id = cell.short_id().filter(|_| !self.wide).map(str::to_owned);
        let count = || cell.short_count().filter(|_| self.short_counts);
        id.or_else(count)
            .unwrap_or_else(|| cell.draw(self.now, TimeStyle::Relative))
    }
}

impl<'a> Fitted<'a> {
    pub(in crate::tui) fn new(table: &'a Table, width: usize, look: Look) -> Self {
        let heads = table.heads.iter().enumerate();
        let mut places: Vec<usize> = heads
            .filter(|(_, head)| look.wide || !head.wide)
            .map(|(place, _)| place)
            .collect();
        let chosen: Vec<Head> = places.iter().map(|&place| table.heads[place]).collect();
        let (shown, short_titles) = choose(&chosen, Some(width));
        let mut shown = shown.into_iter();
        places.retain(|_| shown.next().unwrap_or(true));
        let mut fitted = Self {
            table,
            places,
            widths: Vec::new(),
            look: Look {
                short_titles,
                ..look
            },
        };
        let mut natural = fitted.natural();
        if taken(&natural) > width && !short_titles {
            fitted.look.short_titles = true;
            natural = fitted.natural();
        }
        if taken(&natural) > width {
            fitted.look.short_counts = true;
            natural = fitted.natural();
        }
        let heads: Vec<Head> = fitted.heads().copied().collect();
        fitted.widths = fit(&heads, &natural, Some(width), IdWidth::Short);
        fitted
    }

    fn heads(&self) -> impl Iterator<Item = &Head> {
        self.places.iter().map(|&place| &self.table.heads[place])
    }

    /// The widths at which nothing is cut.
    fn natural(&self) -> Vec<usize> {
        let rows = self.table.rows.iter().take(MEASURED);
        let rows: Vec<_> = rows.chain(&self.table.total).collect();
        let width = |&place: &usize| {
            let title = text::width(self.look.title(&self.table.heads[place]));
            let cells = rows.iter().map(|row| &row[place]);
            let widths = cells.map(|cell| text::width(&self.look.text(cell)));
            widths.fold(title, usize::max)
        };
        self.places.iter().map(width).collect()
    }

    /// The line of titles.
    pub(in crate::tui) fn titles(&self) -> Pieces {
        let titles = self.heads().map(|head| (self.look.title(head), Role::Dim));
        self.line(titles.map(|(title, role)| (title.to_owned(), role)))
    }

    /// The line of a row.
    pub(in crate::tui) fn row(&self, row: usize) -> Pieces {
        self.table
            .rows
            .get(row)
            .map_or_else(Vec::new, |row| self.cells(row))
    }

    /// The line of the sum of the rows.
    pub(in crate::tui) fn total(&self) -> Option<Pieces> {
        self.table.total.as_ref().map(|total| self.cells(total))
    }

    fn cells(&self, row: &[Cell]) -> Pieces {
        let cells = self.places.iter().map(|&place| &row[place]);
        self.line(cells.map(|cell| (self.look.text(cell), cell.meaning())))
    }

    fn line(&self, cells: impl Iterator<Item = (String, Role)>) -> Pieces {
        let mut line = Vec::new();
        for ((text, role), (head, &width)) in cells.zip(self.heads().zip(&self.widths)) {
            if !line.is_empty() {
                line.push(Piece::new(GAP, Role::Plain));
            }
            let right = head.align == Align::Right;
            line.push(Piece::new(padded(&text, width, right), role));
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::super::plain;
    use super::*;
    use crate::view::Column;

    fn table() -> Table {
        let columns: Vec<Column<u64>> = vec![
            Column::key("ID", |_| Cell::id("0d9b2c7e-58d1-4f5f-9f0e-0a4c5a3b2c1d")),
            Column::number("RETRIED", |count| Cell::count(*count)).short("RET"),
            Column::text("PAYLOAD", |_| Cell::text("\u{1b}[2J".repeat(20))),
            Column::text("ERROR", |_| Cell::text("boom")).wide(),
        ];
        Table::of(&columns, &[7, 12_345_678])
    }

    fn lines(width: usize, wide: bool) -> Vec<String> {
        let table = table();
        let fitted = Fitted::new(&table, width, Look::new(DateTime::default(), wide));
        [fitted.titles(), fitted.row(0), fitted.row(1)]
            .iter()
            .map(|line| plain(line))
            .collect()
    }

    #[test]
    fn a_narrow_table_shortens_ids_titles_and_counts_and_cuts_text() {
        assert_eq!(
            lines(40, false),
            [
                "ID        RET  PAYLOAD                  ",
                "0d9b2c7e    7  \\u{1b}[2J\\u{1b}[2J\\u{1b}…",
                "0d9b2c7e  12M  \\u{1b}[2J\\u{1b}[2J\\u{1b}…",
            ]
        );
    }

    #[test]
    fn wide_shows_whole_ids_and_all_columns() {
        let [titles, row, _] = lines(400, true).try_into().unwrap();
        assert!(titles.trim_end().ends_with("ERROR"), "{titles}");
        assert!(row.starts_with("0d9b2c7e-58d1-4f5f-9f0e-0a4c5a3b2c1d  "));
    }
}
