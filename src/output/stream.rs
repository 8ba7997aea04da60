//! Results that are rows for programs, as they come, and a sum for people at the end.

use chrono::{DateTime, Utc};

use super::rows::Rows;
use super::{Format, Printer, Result};
use crate::view::{Row, View};

/// Rows under way, in the formats that have them.
#[must_use = "the sum is printed by `finish`"]
pub(crate) struct Stream<'a, R> {
    printer: &'a Printer,
    rows: Option<Rows<'a, R>>,
}

impl Printer {
    /// Starts a stream: NDJSON, CSV and ids are printed as they come, in other formats only the sum is.
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

    /// Lets programs see what was added so far.
    pub(crate) fn flush(&mut self) -> Result {
        match &mut self.rows {
            Some(rows) => rows.flush(),
            None => Ok(()),
        }
    }

    /// Prints the sum, beside rows as a note.
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
