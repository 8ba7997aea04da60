//! `qctl enqueue --from`: a stream of task documents.

use std::ffi::OsStr;
use std::io::{self, Read};

use crate::clock;
use crate::commands::Context;
use crate::document::import::{ImportDocument, LineDocument};
use crate::error::{Exit, Failure};
use crate::inspector::import::{
    Import, ImportEnd, ImportEvent, ImportOptions, ImportOutcome, LineOutcome, RESEND_LIMIT,
};
use crate::interrupt::Interrupt;
use crate::output::{self, Printer, Progress, Stream};
use crate::view::text;

/// Runs the command on this input.
pub(super) async fn run(
    cx: &mut Context,
    from: &OsStr,
    options: ImportOptions,
) -> anyhow::Result<Exit> {
    let unreadable = |reason| Failure::new(Exit::Usage, format!("cannot read {from:?} ({reason})"));
    let input = open(from).await.map_err(unreadable)?;
    let inspector = cx.inspector_to("enqueue").await?;
    let mut interrupt = Interrupt::listen()?;
    let mut import = inspector.import(input, options)?;
    let mut report = Report::new(&cx.printer);
    let signal = follow(&mut import, &mut interrupt, &mut report).await?;
    let outcome = import.finish();
    report.finish(&outcome)?;
    match (outcome.end, signal) {
        (ImportEnd::Unreadable(reason), _) => Err(unreadable(reason).into()),
        (ImportEnd::GaveUp(error), _) => Err(error.into()),
        (ImportEnd::Stopped, signal) => Ok(signal.unwrap_or(Exit::Interrupted)),
        (ImportEnd::Input | ImportEnd::Line, _) if outcome.failed == 0 => Ok(Exit::Done),
        (ImportEnd::Input, _) => Ok(Exit::Partly),
        (ImportEnd::Line, _) if outcome.enqueued > 0 => Ok(Exit::Partly),
        // Nothing was enqueued: the code is that of the first line that failed.
        (ImportEnd::Line, _) => Ok(outcome
            .refusal
            .map_or(Exit::Usage, |error| Failure::from(error).exit)),
    }
}

/// Opens the input. A pipe without a writer blocks in `open`, which a thread of the pool does.
async fn open(from: &OsStr) -> io::Result<Box<dyn Read + Send>> {
    if from == "-" {
        return Ok(Box::new(io::stdin()));
    }
    let file = tokio::fs::File::open(from).await?;
    Ok(Box::new(file.into_std().await))
}

/// Reports what happens until the end. Returns the signal that stopped the import.
async fn follow(
    import: &mut Import,
    interrupt: &mut Interrupt,
    report: &mut Report<'_>,
) -> output::Result<Option<Exit>> {
    let mut signal = None;
    loop {
        tokio::select! {
            biased;
            exit = interrupt.caught(), if signal.is_none() => {
                signal = Some(exit);
                import.stop();
            }
            event = import.next() => match event {
                Some(ImportEvent::Lines(lines)) => report.add(lines)?,
                Some(ImportEvent::Retrying(error)) => {
                    let seconds = RESEND_LIMIT.as_secs();
                    report.printer.warn(&format!("{error}; trying again for {seconds} seconds"));
                }
                None => return Ok(signal),
            },
        }
    }
}

/// What is printed of an import.
struct Report<'a> {
    printer: &'a Printer,
    progress: Progress<'a>,
    stream: Stream<'a, LineDocument>,
    sum: ImportDocument,
}

impl<'a> Report<'a> {
    fn new(printer: &'a Printer) -> Self {
        Self {
            printer,
            progress: printer.progress(None),
            stream: printer.stream(clock::now()),
            sum: ImportDocument::default(),
        }
    }

    fn add(&mut self, lines: Vec<LineOutcome>) -> output::Result {
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
    fn finish(mut self, outcome: &ImportOutcome) -> output::Result {
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
