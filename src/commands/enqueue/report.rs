//! What `qctl enqueue --from` prints: failures as they occur, rows for programs, the totals, how to continue.

use crate::clock;
use crate::document::import::{ImportDocument, LineDocument};
use crate::error::{Code, Failure};
use crate::inspector::import::{
    ImportEnd, ImportOutcome, LineError, LineFailure, LineOutcome, Placed,
};
use crate::output::{self, Printer, Progress, Stream};
use crate::view::text;

/// Prints the progress and the outcome of an import.
pub(super) struct Report<'a> {
    pub(super) printer: &'a Printer,
    /// The name of the input in errors.
    input: &'a str,
    progress: Progress<'a>,
    stream: Stream<'a, LineDocument>,
    sum: ImportDocument,
}

impl<'a> Report<'a> {
    pub(super) fn new(printer: &'a Printer, input: &'a str) -> Self {
        Self {
            printer,
            input,
            progress: printer.progress(None),
            stream: printer.stream(clock::now()),
            sum: ImportDocument::default(),
        }
    }

    pub(super) fn add(&mut self, lines: Vec<LineOutcome>) -> output::Result {
        self.progress.advance(lines.len() as u64);
        for LineOutcome {
            number,
            id,
            queue,
            result,
        } in lines
        {
            let mut line = LineDocument {
                line: number,
                id,
                queue,
                ..LineDocument::default()
            };
            match result {
                Ok(Placed::Enqueued(state)) => line.state = Some(state),
                Ok(Placed::Existing) => line.existing = true,
                Err(failure) => {
                    let column = match &failure {
                        LineFailure::Line(LineError::Document { column, .. }) => *column,
                        LineFailure::Line(_) | LineFailure::Refused(_) => None,
                    };
                    let column = column.map(|column| format!(":{column}"));
                    let place = format!("{}:{number}{}", self.input, column.unwrap_or_default());
                    line.error = Some(failure.to_string());
                    let what = format!("{place}: {failure}");
                    let known = match failure {
                        LineFailure::Line(_) => Failure::new(Code::Usage, ""),
                        LineFailure::Refused(refusal) => refusal.into(),
                    };
                    // A hint for each line would hide the lines.
                    let hint = None;
                    Failure {
                        what,
                        hint,
                        ..known
                    }
                    .print(self.printer);
                }
            }
            self.stream.push(&line)?;
            if line.error.is_some() {
                self.sum.fail(line);
            }
        }
        self.stream.flush()
    }

    /// Prints the totals, and how to continue if the import ended before the input.
    pub(super) fn finish(mut self, outcome: &ImportOutcome) -> output::Result {
        let done = outcome.lines;
        if done == 0 && matches!(outcome.end, ImportEnd::Unreadable(_)) {
            return Ok(());
        }
        (self.sum.lines, self.sum.enqueued) = (done, outcome.enqueued);
        self.sum.existing = outcome.existing;
        drop(self.progress);
        let sentence = self.sum.sentence();
        self.stream.finish(&self.sum, &sentence, clock::now())?;
        match outcome.end {
            ImportEnd::Input => return Ok(()),
            ImportEnd::Line => {
                hint_to_correct(self.printer, done);
                return Ok(());
            }
            ImportEnd::Stopped | ImportEnd::Unreadable(_) | ImportEnd::GaveUp(_) => {}
        }
        if outcome.sent_through > done {
            self.printer.warn(&format!(
                "Redis has not answered for all of lines {} to {}: some of them may be enqueued",
                done + 1,
                outcome.sent_through
            ));
        }
        hint_to_continue(self.printer, done);
        Ok(())
    }
}

/// Prints how to continue an import that a line has ended.
fn hint_to_correct(printer: &Printer, done: u64) {
    let next = done + 1;
    let lines = text::plural(done, "line");
    printer.hint(&format!(
        "{lines} done; correct line {next} and continue with --skip {done}, or leave it out with --skip {next}"
    ));
}

/// Prints how to continue an import after its first lines, if any are done.
pub(super) fn hint_to_continue(printer: &Printer, done: u64) {
    if done == 0 {
        return;
    }
    let lines = text::plural(done, "line");
    printer.hint(&format!("{lines} done; continue with --skip {done}"));
}
