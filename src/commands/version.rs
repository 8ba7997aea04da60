//! `qctl version`.

use crate::clock;
use crate::document::version::VersionDocument;
use crate::error::{self, Exit};
use crate::output::Printer;

/// Prints the version. It needs neither a configuration nor Redis.
pub(crate) fn run(printer: &Printer) -> Exit {
    match printer.show(&VersionDocument::this(), clock::now()) {
        Ok(()) => Exit::Done,
        Err(error) => error::report(printer, &error.into()),
    }
}
