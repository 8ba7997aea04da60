//! `qctl enqueue --from`: a stream of task documents.

use std::ffi::OsStr;

use super::args::EnqueueArgs;
use crate::commands::Context;
use crate::commands::line_report::{Reading, Report, hint_to_continue};
use crate::commands::lines::{follow, open, unreadable};
use crate::error::{Exit, Failure};
use crate::inspector::import::{Import, ImportEnd, ImportOutcome, OnConflict, OnError, Store};
use crate::interrupt::Interrupt;

/// Runs the command on this input.
pub(super) async fn run(
    cx: &mut Context,
    from: &OsStr,
    args: &EnqueueArgs,
) -> anyhow::Result<Exit> {
    let mut options = args.import_options()?;
    let name = from.to_string_lossy();
    let input = open(from).await?;
    let mut interrupt = Interrupt::listen()?;
    let inspector = tokio::select! {
        biased;
        exit = interrupt.caught() => {
            hint_to_continue(&cx.printer, Reading::Enqueue, options.skip);
            return Ok(exit);
        }
        inspector = cx.patient_inspector_unless(args.dry_run, "enqueue") => inspector?,
    };
    // --in and --at now+10m count from now by Redis's clock.
    options.defaults.start = args.start(inspector.now())?;
    let shown = if from == "-" { "stdin" } else { &name };
    let reading = if args.dry_run {
        Reading::EnqueueRehearsal
    } else {
        Reading::Enqueue
    };
    let mut report = Report::new(&cx.printer, reading, shown);
    report.ignores_conflicts = options.on_conflict == OnConflict::Ignore;
    let (outcome, signal) = if args.dry_run {
        let stops = std::mem::replace(&mut options.on_error, OnError::Skip) == OnError::Stop;
        let done = read(
            inspector.rehearse(input, options),
            &mut interrupt,
            &mut report,
        )
        .await?;
        if let Some(line) = report.first_failure().filter(|_| stops) {
            cx.printer.note(&format!(
                "without --on-error skip, no line after line {line} is enqueued"
            ));
        }
        done
    } else {
        read(
            inspector.import(input, options)?,
            &mut interrupt,
            &mut report,
        )
        .await?
    };
    report.finish(&outcome)?;
    match (outcome.end, signal) {
        (ImportEnd::Unreadable(reason), _) => Err(unreadable(&name, &reason).into()),
        (ImportEnd::GaveUp(error), _) => Err(error.into()),
        (ImportEnd::Stopped, signal) => Ok(signal.unwrap_or(Exit::Interrupted)),
        (ImportEnd::Input | ImportEnd::Line, _) if outcome.failed == 0 => Ok(Exit::Done),
        (ImportEnd::Input, _) => Ok(Exit::Partly),
        (ImportEnd::Line, _) if outcome.stored > 0 => Ok(Exit::Partly),
        // Nothing was enqueued: the code is that of the first line that failed.
        (ImportEnd::Line, _) => Ok(outcome
            .refusal
            .map_or(Exit::Usage, |error| Failure::from(error).code.exit())),
    }
}

/// Reads the input to its end, or until a signal.
async fn read<S: Store>(
    mut import: Import<S>,
    interrupt: &mut Interrupt,
    report: &mut Report<'_>,
) -> anyhow::Result<(ImportOutcome, Option<Exit>)> {
    let signal = follow(&mut import, interrupt, report).await?;
    Ok((import.finish(), signal))
}
