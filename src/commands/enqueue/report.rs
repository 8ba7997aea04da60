//! What `qctl enqueue --from` prints: failures as they come, rows for programs, the sum, how to continue.

use crate::clock;
use crate::document::import::{ImportDocument, LineDocument};
use crate::inspector::import::{ImportEnd, ImportOutcome, LineOutcome};
use crate::output::{self, Printer, Progress, Stream};
use crate::view::text;

/// What is printed of an import.
pub(super) struct Report<'a> {
    pub(super) printer: &'a Printer,
    progress: Progress<'a>,
    stream: Stream<'a, LineDocument>,
    sum: ImportDocument,
}

impl<'a> Report<'a> {
    pub(super) fn new(printer: &'a Printer) -> Self {
        Self {
            printer,
            progress: printer.progress(None),
            stream: printer.stream(clock::now()),
            sum: ImportDocument::default(),
        }
    }

    pub(super) fn add(&mut self, lines: Vec<LineOutcome>) -> output::Result {
        self.progress.advance(lines.len() as u64);
        for LineOutcome { number, result } in lines {
            let mut line = LineDocument {
                line: number,
                ..LineDocument::default()
            };
            match result {
                Ok(enqueued) => {
                    line.id = Some(enqueued.message.id);
                    line.queue = Some(enqueued.message.queue);
                    line.state = Some(enqueued.state);
                    self.stream.push(&line)?;
                }
                Err(failure) => {
                    let error = failure.to_string();
                    self.printer.error(&format!("line {number}: {error}"), None);
                    line.error = Some(error);
                    self.stream.push(&line)?;
                    self.sum.fail(line);
                }
            }
        }
        self.stream.flush()
    }

    /// Prints the sum, and how to continue where the input is not at its end.
    pub(super) fn finish(mut self, outcome: &ImportOutcome) -> output::Result {
        let done = outcome.lines;
        if done == 0 && matches!(outcome.end, ImportEnd::Unreadable(_)) {
            return Ok(());
        }
        (self.sum.lines, self.sum.enqueued) = (done, outcome.enqueued);
        drop(self.progress);
        let sentence = self.sum.sentence();
        self.stream.finish(&self.sum, &sentence, clock::now())?;
        if matches!(outcome.end, ImportEnd::Input) {
            return Ok(());
        }
        if outcome.sent_through > done {
            self.printer.warn(&format!(
                "Redis has not answered for all of the lines {} to {}: they may be enqueued or not",
                done + 1,
                outcome.sent_through
            ));
        }
        let lines = text::plural(done, "line");
        self.printer
            .hint(&format!("{lines} done; continue with --skip {done}"));
        Ok(())
    }
}
