//! `qctl enqueue --from`: a stream of task documents.

use std::ffi::OsStr;
use std::io::{self, Read};

use super::args::EnqueueArgs;
use super::report::{Report, hint_to_continue};
use crate::commands::Context;
use crate::commands::context::warn_of_outage;
use crate::error::{Exit, Failure};
use crate::inspector::import::{Import, ImportEnd, ImportEvent};
use crate::interrupt::Interrupt;
use crate::output;

/// Runs the command on this input.
pub(super) async fn run(
    cx: &mut Context,
    from: &OsStr,
    args: &EnqueueArgs,
) -> anyhow::Result<Exit> {
    let mut options = args.import_options()?;
    let name = from.to_string_lossy();
    let unreadable = |reason| Failure::new(Exit::Usage, format!("cannot read {name:?} ({reason})"));
    let input = open(from).await.map_err(unreadable)?;
    let mut interrupt = Interrupt::listen()?;
    let inspector = tokio::select! {
        biased;
        exit = interrupt.caught() => {
            hint_to_continue(&cx.printer, options.skip);
            return Ok(exit);
        }
        inspector = cx.patient_inspector_to("enqueue") => inspector?,
    };
    // --in and --at now+10m count from now by Redis's clock.
    options.defaults.start = args.start(inspector.now())?;
    let mut import = inspector.import(input, options)?;
    let shown = if from == "-" { "stdin" } else { &name };
    let mut report = Report::new(&cx.printer, shown);
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
            .map_or(Exit::Usage, |error| Failure::from(error).code.exit())),
    }
}

/// Opens the input. `open` of a named pipe blocks until it has a writer, so it runs on a thread of the blocking pool.
async fn open(from: &OsStr) -> io::Result<Box<dyn Read + Send>> {
    if from == "-" {
        return Ok(Box::new(io::stdin()));
    }
    let file = tokio::fs::File::open(from).await?;
    Ok(Box::new(file.into_std().await))
}

/// Reports events until the import ends. Returns the signal that stopped it.
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
                Some(ImportEvent::Retrying(error)) => warn_of_outage(report.printer, &error),
                None => return Ok(signal),
            },
        }
    }
}
