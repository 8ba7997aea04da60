//! `qctl enqueue --from`: a stream of task documents.

use std::ffi::OsStr;

use super::args::EnqueueArgs;
use crate::commands::Context;
use crate::commands::line_report::{Reading, Report, hint_to_continue};
use crate::commands::lines::{follow, open, unreadable};
use crate::error::{Exit, Failure};
use crate::inspector::import::{ImportEnd, OnConflict};
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
        inspector = cx.patient_inspector_unless(false, "enqueue") => inspector?,
    };
    // --in and --at now+10m count from now by Redis's clock.
    options.defaults.start = args.start(inspector.now())?;
    let ignores_conflicts = options.on_conflict == OnConflict::Ignore;
    let mut import = inspector.import(input, options)?;
    let shown = if from == "-" { "stdin" } else { &name };
    let mut report = Report::new(&cx.printer, Reading::Enqueue, shown);
    report.ignores_conflicts = ignores_conflicts;
    let signal = follow(&mut import, &mut interrupt, &mut report).await?;
    let outcome = import.finish();
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
