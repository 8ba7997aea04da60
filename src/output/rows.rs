//! Prints lists row by row, in memory that does not depend on their length.

use chrono::{DateTime, Utc};

use super::canvas::Canvas;
use super::table::Layout;
use super::{Format, Printer, Result, document};
use crate::view::{Cell, Column, Row};

/// A table collects this many rows and measures its columns before it prints them.
const BATCH: usize = 1_000;

/// Rows with this much text are printed even if they are fewer: Redis may hold huge texts.
const BATCH_BYTES: usize = 4 << 20;

/// A list that is being printed.
#[must_use = "a list is complete only after `finish`"]
pub(crate) struct Rows<'a, R> {
    printer: &'a Printer,
    columns: Vec<Column<R>>,
    canvas: Canvas,
    layout: Layout,
    gathered: Vec<Vec<Cell>>,
    gathered_bytes: usize,
    count: u64,
    /// Whether an empty list prints `no tasks`.
    says_none: bool,
}

impl Printer {
    /// Prints a list; as `table` or `wide`, only these bytes.
    pub(crate) fn list_or_raw<R: Row>(
        &self,
        rows: impl Iterator<Item = R>,
        bytes: &[u8],
        now: DateTime<Utc>,
    ) -> Result {
        match self.settings.format {
            Format::Table | Format::Wide => self.raw(bytes),
            Format::Json | Format::Ndjson | Format::Csv | Format::Id => {
                let mut list = self.rows(R::columns(), now);
                for row in rows {
                    list.push(&row)?;
                }
                list.finish().map(drop)
            }
        }
    }

    /// Starts a list with these columns.
    pub(crate) fn rows<R: Row>(&self, columns: Vec<Column<R>>, now: DateTime<Utc>) -> Rows<'_, R> {
        Rows::new(self, columns, now)
    }
}

impl<'a, R: Row> Rows<'a, R> {
    pub(super) fn new(
        printer: &'a Printer,
        mut columns: Vec<Column<R>>,
        now: DateTime<Utc>,
    ) -> Self {
        let canvas = printer.canvas(now);
        columns.retain(|column| canvas.shows(&column.head));
        let heads = columns.iter().map(|column| column.head).collect();
        Self {
            printer,
            layout: Layout::new(heads, &canvas),
            columns,
            canvas,
            gathered: Vec::new(),
            gathered_bytes: 0,
            count: 0,
            says_none: true,
        }
    }

    /// The same list; a table is as wide as its rows, and ids are not shortened.
    pub(crate) fn uncut(mut self) -> Self {
        self.canvas.width = None;
        self.canvas.terminal = false;
        let heads = self.columns.iter().map(|column| column.head).collect();
        self.layout = Layout::new(heads, &self.canvas);
        self
    }

    /// The same list, for at most this many rows. With 0, an empty list does not mean that there is nothing.
    pub(crate) fn up_to(mut self, limit: Option<u64>) -> Self {
        self.says_none = limit != Some(0);
        self
    }

    /// The same list; if it may have more rows than are known, an empty one does not mean that there is nothing.
    pub(crate) fn incomplete(mut self, incomplete: bool) -> Self {
        self.says_none &= !incomplete;
        self
    }

    /// Adds a row.
    pub(crate) fn push(&mut self, row: &R) -> Result {
        let first = self.count == 0;
        self.count += 1;
        match self.printer.settings.format {
            Format::Table | Format::Wide => {
                let cells = self.columns.iter().map(|column| (column.cell)(row));
                let cells: Vec<Cell> = cells.collect();
                self.gathered_bytes += cells.iter().map(Cell::text_bytes).sum::<usize>();
                self.gathered.push(cells);
                if self.gathered.len() >= BATCH || self.gathered_bytes >= BATCH_BYTES {
                    self.print_gathered()?;
                }
                Ok(())
            }
            Format::Json => {
                let start = if first { "[\n  " } else { ",\n  " };
                let json = document::pretty(row, true)?;
                self.printer.put_json(&format!("{start}{json}"))
            }
            Format::Ndjson => self.printer.put_json(&(document::line(row)? + "\n")),
            Format::Csv => {
                if first {
                    self.print_keys()?;
                }
                self.printer
                    .put_record(&document::raw_value(row)?, R::FIELDS)
            }
            Format::Id => row.id().map_or(Ok(()), |id| self.printer.put_id(id)),
        }
    }

    /// Prints the rows added so far; for callers that wait for the next row.
    pub(crate) fn flush(&mut self) -> Result {
        self.print_gathered()?;
        self.printer.flush()
    }

    /// Completes the list and returns the number of its rows.
    pub(crate) fn finish(mut self) -> Result<u64> {
        match (self.printer.settings.format, self.count) {
            (Format::Json, 0) => self.printer.put("[]\n")?,
            (Format::Json, _) => self.printer.put("\n]\n")?,
            (Format::Csv, 0) => self.print_keys()?,
            (Format::Table | Format::Wide, 0) if self.says_none => {
                self.printer.note(&format!("no {}", R::PLURAL));
            }
            (Format::Table | Format::Wide | Format::Ndjson | Format::Csv | Format::Id, _) => {}
        }
        self.flush()?;
        Ok(self.count)
    }

    /// Completes the list and prints a note, unless the format is `id`, which other commands read.
    pub(crate) fn finish_with_note(self, note: &str) -> Result {
        let printer = self.printer;
        self.finish()?;
        if printer.settings.format != Format::Id {
            printer.note(note);
        }
        Ok(())
    }

    fn print_keys(&self) -> Result {
        if self.printer.settings.no_headers {
            return Ok(());
        }
        let keys = R::FIELDS.iter().map(|&key| key.into());
        self.printer.put(&document::csv_line(keys))
    }

    fn print_gathered(&mut self) -> Result {
        if self.gathered.is_empty() {
            return Ok(());
        }
        let lines = self.layout.lines(&self.gathered, &self.canvas);
        self.gathered.clear();
        self.gathered_bytes = 0;
        self.printer.put_lines(&lines)
    }
}
