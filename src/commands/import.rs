//! `qctl import`: stores the tasks of an export.

use std::ffi::OsString;
use std::io::{self, IsTerminal as _};

use super::Context;
use super::line_report::{Reading, Report};
use super::lines::{follow, open, unreadable};
use crate::error::{Exit, Failure};
use crate::inspector::import::{
    ImportEnd, ImportOptions, ImportOutcome, Mode, OnConflict, OnError, Restoring,
};
use crate::interrupt::Interrupt;
use crate::output::Printer;
use crate::view::text;

/// Store the tasks that qctl export has written
///
/// Tasks keep their queues, ids, states, times, counts, results and unique locks, and pending tasks their order. Running
/// tasks become pending. A task that is there already is not stored again; another task with its id, or another holder of
/// its unique lock, is an error of that line, and the import goes on.
///
/// Until all lines are stored, qctl remembers for a day which of them are: an import that was cut short, or had lines that
/// failed, can be repeated with the same input, and stores none of them twice. Tasks that have been processed or deleted
/// meanwhile are skipped and counted; --again imports them again, so they may run twice. Do not repeat an import
/// without failures: tasks that have ended since would be stored, and run, a second time.
///
/// With --dry-run, all lines are checked as an import would check them, and nothing is stored.
///
/// The exit code is 7 if some lines failed, and that of the first failure if all did.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  qctl import critical.ndjson\n  qctl export -q critical --redis redis://old | qctl import --redis redis://new\n  jq -c '.queue = \"low\"' critical.ndjson | qctl import -"
)]
pub(crate) struct ImportArgs {
    /// File to read; - is stdin
    #[arg(value_name = "FILE|-", default_value = "-")]
    file: OsString,
    /// What to do when a line cannot be imported
    #[arg(long, value_name = "WHAT", value_enum, default_value_t)]
    on_error: AfterError,
    /// Also import tasks that were imported before and are gone since: processed, or deleted
    #[arg(long)]
    again: bool,
    /// Read the whole input and show what would be imported, but store nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
}

/// What to do when a line cannot be imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
enum AfterError {
    /// Continue with the next line
    #[default]
    Skip,
    /// Stop: import none of the lines after it
    Stop,
}

/// Runs the command.
pub(crate) async fn run(cx: &mut Context, args: &ImportArgs) -> anyhow::Result<Exit> {
    if args.file == "-" && io::stdin().is_terminal() {
        let hint = "pass a file, or pipe the output of qctl export into it";
        return Err(Failure::usage("there is nothing to import", hint).into());
    }
    let name = args.file.to_string_lossy();
    let input = open(&args.file).await?;
    let mut interrupt = Interrupt::listen()?;
    let inspector = tokio::select! {
        biased;
        exit = interrupt.caught() => return Ok(exit),
        inspector = cx.patient_inspector_unless(args.dry_run, "import") => inspector?,
    };
    let options = ImportOptions {
        defaults: (),
        skip: 0,
        on_error: match args.on_error {
            AfterError::Skip => OnError::Skip,
            AfterError::Stop => OnError::Stop,
        },
        on_conflict: OnConflict::Error,
    };
    let mode = Mode {
        again: args.again,
        dry_run: args.dry_run,
    };
    let mut import = inspector.restore(input, options, mode)?;
    let shown = if args.file == "-" { "stdin" } else { &name };
    let reading = if args.dry_run {
        Reading::ImportRehearsal
    } else {
        Reading::Import
    };
    let mut report = Report::new(&cx.printer, reading, shown);
    let signal = follow(&mut import, &mut interrupt, &mut report).await?;
    let store = import.store();
    let outcome = import.finish();
    report.finish(&outcome)?;
    finish(&cx.printer, &outcome, (&store, args.dry_run)).await;
    match (outcome.end, signal) {
        (ImportEnd::Unreadable(reason), _) => Err(unreadable(&name, &reason).into()),
        (ImportEnd::GaveUp(error), _) => Err(error.into()),
        (ImportEnd::Stopped, signal) => Ok(signal.unwrap_or(Exit::Interrupted)),
        (ImportEnd::Input | ImportEnd::Line, _) if outcome.failed == 0 => Ok(Exit::Done),
        (ImportEnd::Input | ImportEnd::Line, _)
            if outcome.stored + outcome.existing + outcome.gone > 0 =>
        {
            Ok(Exit::Partly)
        }
        // Nothing was imported: the code is that of the first line that failed.
        (ImportEnd::Input | ImportEnd::Line, _) => Ok(outcome
            .refusal
            .map_or(Exit::Usage, |error| Failure::from(error).code.exit())),
    }
}

/// Says what has changed with the tasks, and forgets what a repetition would need if there is nothing to repeat.
async fn finish(printer: &Printer, outcome: &ImportOutcome, (store, dry_run): (&Restoring, bool)) {
    if outcome.gone > 0 {
        let gone = text::thousands(outcome.gone);
        printer.note(&format!(
            "imported before and gone since: {gone} (--again imports them once more)"
        ));
    }
    if store.active() > 0 {
        let tasks = text::plural(store.active(), "task");
        let were = if store.active() == 1 { "was" } else { "were" };
        let are = if dry_run { "would be" } else { "now" };
        printer.note(&format!("{tasks} that {were} running {are} pending"));
    }
    if store.unreadable() > 0 {
        let tasks = text::plural(store.unreadable(), "task");
        let set = if dry_run { "would set" } else { "set" };
        printer.warn(&format!(
            "{set} aside {tasks} whose message cannot be decoded{}",
            if dry_run {
                ""
            } else {
                " (qctl ls tasks -s aside)"
            }
        ));
    }
    if dry_run {
        return;
    }
    let complete = matches!(outcome.end, ImportEnd::Input) && outcome.failed == 0;
    // The receipts expire anyway.
    if complete && let Err(error) = store.close().await {
        tracing::debug!("receipts are left: {error}");
    }
    for (queue, size) in store.full_archives().await.unwrap_or_default() {
        printer.warn(&format!(
            "the archive of queue {queue} holds {} tasks: when the next one is archived, all but the latest 9,999 are deleted",
            text::thousands(size)
        ));
    }
}
