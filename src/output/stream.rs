//! Results of many steps: one row per step for programs, one summary for people.

use chrono::{DateTime, Utc};

use super::rows::Rows;
use super::{Format, Printer, Result};
use crate::view::{Row, View};

/// A stream of rows, if the format has rows.
#[must_use = "`finish` prints the summary"]
pub(crate) struct Stream<'a, R> {
    printer: &'a Printer,
    rows: Option<Rows<'a, R>>,
}

impl Printer {
    /// Starts a stream. NDJSON, CSV and ids are printed row by row; other formats print only the summary.
    pub(crate) fn stream<R: Row>(&self, now: DateTime<Utc>) -> Stream<'_, R> {
        let rows = match self.settings.format {
            Format::Ndjson | Format::Csv | Format::Id => Some(self.rows(R::columns(), now)),
            Format::Table | Format::Wide | Format::Json => None,
        };
        Stream {
            printer: self,
            rows,
        }
    }
}

impl<R: Row> Stream<'_, R> {
    /// Adds a row.
    pub(crate) fn push(&mut self, row: &R) -> Result {
        match &mut self.rows {
            Some(rows) => rows.push(row),
            None => Ok(()),
        }
    }

    /// Prints the rows added so far.
    pub(crate) fn flush(&mut self) -> Result {
        match &mut self.rows {
            Some(rows) => rows.flush(),
            None => Ok(()),
        }
    }

    /// Prints the summary; after rows, as a note.
    pub(crate) fn finish<V: View>(self, sum: &V, sentence: &str, now: DateTime<Utc>) -> Result {
        match self.rows {
            Some(rows) => {
                rows.finish()?;
                self.printer.note(sentence);
                Ok(())
            }
            None => self.printer.show(sum, now),
        }
    }
}
