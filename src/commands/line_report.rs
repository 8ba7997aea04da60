//! What `qctl enqueue --from` and `qctl import` print: failures as they occur, rows for programs, the totals, how to continue.

use crate::clock;
use crate::document::import::{ImportDocument, LineDocument, RestoreDocument};
use crate::error::{Code, Failure};
use crate::inspector::import::{
    ImportEnd, ImportOutcome, LineError, LineFailure, LineOutcome, Placed,
};
use crate::output::{self, Printer, Progress, Stream};
use crate::view::text;

/// The command whose lines are reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// `enqueue --from`, which continues with `--skip`.
    Enqueue,
    /// `enqueue --from --dry-run`.
    EnqueueRehearsal,
    /// `import`, which continues when it is repeated.
    Import,
    /// `import --dry-run`.
    ImportRehearsal,
}

impl Reading {
    /// Whether nothing is stored.
    const fn is_rehearsal(self) -> bool {
        matches!(self, Self::EnqueueRehearsal | Self::ImportRehearsal)
    }
}

/// Prints the progress and the outcome of an import.
pub(super) struct Report<'a> {
    pub(super) printer: &'a Printer,
    reading: Reading,
    /// The name of the input in errors.
    input: &'a str,
    progress: Progress<'a>,
    stream: Stream<'a, LineDocument>,
    sum: ImportDocument,
    /// Whether the last line that failed is a task that Redis refused.
    refused: bool,
    /// Whether an id or a lock was taken.
    taken: bool,
    /// Whether that is no error where another task is the reason.
    pub(super) ignores_conflicts: bool,
}

impl<'a> Report<'a> {
    pub(super) fn new(printer: &'a Printer, reading: Reading, input: &'a str) -> Self {
        Self {
            printer,
            reading,
            input,
            progress: printer.progress(None),
            stream: printer.stream(clock::now()),
            sum: ImportDocument::default(),
            refused: false,
            taken: false,
            ignores_conflicts: false,
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
                Ok(Placed::Stored(state)) => line.state = Some(state),
                Ok(Placed::Existing) => line.existing = true,
                Ok(Placed::Gone) => line.gone = true,
                Err(failure) => {
                    let column = match &failure {
                        LineFailure::Line(LineError::Document { column, .. }) => *column,
                        LineFailure::Line(_) | LineFailure::Refused(_) => None,
                    };
                    let column = column.map(|column| format!(":{column}"));
                    let place = format!("{}:{number}{}", self.input, column.unwrap_or_default());
                    line.error = Some(failure.to_string());
                    self.refused = matches!(failure, LineFailure::Refused(_));
                    let what = format!("{place}: {failure}");
                    let known = match failure {
                        LineFailure::Line(_) => Failure::new(Code::Usage, ""),
                        LineFailure::Refused(refusal) => refusal.into(),
                    };
                    self.taken |= matches!(known.code, Code::IdTaken | Code::Duplicate);
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

    /// The first line that has failed.
    pub(super) fn first_failure(&self) -> Option<u64> {
        self.sum.failures.first().map(|line| line.line)
    }

    /// Prints the totals, and how to continue if the import ended before the input.
    pub(super) fn finish(mut self, outcome: &ImportOutcome) -> output::Result {
        let done = outcome.lines;
        if done == 0 && matches!(outcome.end, ImportEnd::Unreadable(_)) {
            return Ok(());
        }
        (self.sum.lines, self.sum.enqueued) = (done, outcome.stored);
        self.sum.existing = outcome.existing;
        drop(self.progress);
        let stored = match self.reading {
            Reading::Enqueue | Reading::EnqueueRehearsal => {
                if self.reading.is_rehearsal() {
                    self.sum.rehearsed();
                }
                let sentence = self.sum.sentence();
                self.stream.finish(&self.sum, &sentence, clock::now())?;
                "enqueued"
            }
            Reading::Import | Reading::ImportRehearsal => {
                let dry_run = self.reading.is_rehearsal();
                let sum = RestoreDocument::new(self.sum, outcome.gone, dry_run);
                let sentence = sum.sentence();
                self.stream.finish(&sum, &sentence, clock::now())?;
                "imported"
            }
        };
        let is_cut = !matches!(outcome.end, ImportEnd::Input | ImportEnd::Line);
        if is_cut && outcome.sent_through > done && !self.reading.is_rehearsal() {
            self.printer.warn(&format!(
                "Redis has not answered for all of lines {} to {}: some of them may be {stored}",
                done + 1,
                outcome.sent_through
            ));
        }
        match (&outcome.end, self.reading) {
            (ImportEnd::Input, _) | (_, Reading::EnqueueRehearsal | Reading::ImportRehearsal) => {}
            // Lines that were sent together are all done.
            (ImportEnd::Line, reading) if self.refused => {
                hint_to_continue(self.printer, reading, done);
            }
            (ImportEnd::Line, reading) => hint_to_correct(self.printer, reading, done),
            (ImportEnd::Stopped | ImportEnd::Unreadable(_) | ImportEnd::GaveUp(_), reading) => {
                hint_to_continue(self.printer, reading, done);
            }
        }
        if self.taken && matches!(self.reading, Reading::Enqueue | Reading::EnqueueRehearsal) {
            let how = if self.ignores_conflicts {
                "qctl doctor finds locks whose tasks are gone, and ids that are taken by something else"
            } else {
                "with --on-conflict ignore, a task that is there already is no error"
            };
            self.printer.hint(how);
        }
        Ok(())
    }
}

/// Prints how to continue an import that a line has ended.
fn hint_to_correct(printer: &Printer, reading: Reading, done: u64) {
    let next = done + 1;
    let lines = text::plural(done, "line");
    let how = match reading {
        Reading::Enqueue | Reading::EnqueueRehearsal => {
            format!("continue with --skip {done}, or leave it out with --skip {next}")
        }
        Reading::Import | Reading::ImportRehearsal => "run the command again".to_owned(),
    };
    printer.hint(&format!("{lines} done; correct line {next} and {how}"));
}

/// Prints how to continue an import after its first lines, if any are done.
pub(super) fn hint_to_continue(printer: &Printer, reading: Reading, done: u64) {
    if done == 0 {
        return;
    }
    let lines = text::plural(done, "line");
    let how = match reading {
        Reading::Enqueue | Reading::EnqueueRehearsal => format!("continue with --skip {done}"),
        Reading::Import | Reading::ImportRehearsal => {
            "run the command again with the same input: no task is imported twice".to_owned()
        }
    };
    printer.hint(&format!("{lines} done; {how}"));
}
