//! `qctl export`: tasks as lines of JSON, for `qctl import`.

use std::path::PathBuf;

use super::Context;
use super::context::warn_of_outage;
use super::selection::{DescribedTasks, count, report_judged};
use crate::document::stored::StoredDocument;
use crate::error::{Exit, Failure, shell_word};
use crate::inspector::export::{Export, LeftOut, NotCarried};
use crate::interrupt::Interrupt;
use crate::output::Printer;
use crate::task::QueueName;
use crate::view::text;

/// Write tasks as lines of JSON, which qctl import reads
///
/// Each line is the document that qctl ls tasks -o ndjson prints, with everything else that is stored about the task: any
/// bytes, the exact times, the unique lock, the result. Nothing is changed. An export of queues that are in use is no
/// snapshot: tasks that move meanwhile may be missing or there twice, so pause the queues first, and let running tasks end.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  qctl export critical > critical.ndjson\n  qctl export --all --file backup.ndjson\n  qctl export -q low -s archived --filter '.payload.user_id == 42'\n  qctl export -q critical --redis redis://old | qctl import --redis redis://new"
)]
pub(crate) struct ExportArgs {
    /// Queues, by name or glob, as with --queue
    #[arg(value_name = "QUEUE")]
    named: Vec<QueueName>,
    /// Export all queues
    #[arg(long, conflicts_with_all = ["queues", "named"])]
    all: bool,
    #[command(flatten)]
    tasks: DescribedTasks,
    /// Maximum number of tasks: the first N in the order of qctl ls
    #[arg(short, long, value_name = "N", value_parser = count)]
    limit: Option<u64>,
    /// Write to FILE instead of stdout; it appears when it is complete
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
}

/// Runs the command.
pub(crate) async fn run(cx: &mut Context, args: &ExportArgs) -> anyhow::Result<Exit> {
    let mut selection = args.tasks.selection()?;
    selection.queues.extend(args.named.iter().cloned());
    if !args.all && selection.queues.is_empty() {
        let hint = "name queues, or pass --all for all of them";
        return Err(Failure::usage("no queue is selected", hint).into());
    }
    if !cx.printer.takes_lines() {
        let hint = "leave out --output, or use qctl ls tasks";
        return Err(Failure::usage("export writes ndjson only", hint).into());
    }
    selection.limit = args.limit;
    let mut interrupt = Interrupt::listen()?;
    let inspector = cx.inspector().await?;
    let mut export = inspector.export(&selection).await?;
    let size = export.size().await?;
    let printer = &cx.printer;
    let progress = printer.progress(Some(args.limit.map_or(size, |limit| limit.min(size))));
    let mut lines = printer.lines(args.file.as_deref())?;
    let mut exported = 0;
    let ended = loop {
        let tasks = tokio::select! {
            biased;
            exit = interrupt.caught() => break Ok(Some(exit)),
            tasks = export.next(|error| warn_of_outage(printer, error)) => tasks,
        };
        match tasks {
            Ok(None) => break Ok(None),
            Err(error) => break Err(error),
            Ok(Some(tasks)) => {
                let now = export.now();
                for task in tasks {
                    lines.push(&StoredDocument::new(task, now))?;
                    exported += 1;
                    progress.advance(1);
                }
            }
        }
    };
    drop(progress);
    let tasks = text::plural(exported, "task");
    if let Ok(None) = ended {
        lines.finish()?;
        printer.note(&format!("exported {tasks}"));
        report(printer, &export).await;
        let exit = cx.warn_unreadable(export.judged().unreadable.iter());
        // An id without a task is nothing to keep.
        let is_whole = export.left_out().no_text == 0;
        return Ok(if is_whole { exit } else { Exit::Partly });
    }
    let partial = lines.leave()?;
    let place = partial.map(|name| format!(" to {}", shell_word(&name.to_string_lossy())));
    printer.warn(&format!(
        "the export is incomplete: {tasks} written{}",
        place.unwrap_or_default()
    ));
    Ok(ended?.unwrap_or(Exit::Done))
}

/// Says what the export does not contain.
async fn report(printer: &Printer, export: &Export) {
    report_judged(printer, export.judged());
    let LeftOut { no_text, no_task } = export.left_out();
    if no_text > 0 {
        let tasks = text::plural(no_text, "task");
        printer.warn(&format!("left out {tasks} whose id is not UTF-8"));
    }
    if no_task > 0 {
        let ids = text::plural(no_task, "id");
        printer.warn(&format!(
            "left out {ids} without a task; qctl doctor finds out more"
        ));
    }
    // The tasks are exported; without the right to read the rest, there is nothing to say.
    let Ok(found) = export.not_carried().await else {
        return;
    };
    if found.active > 0 {
        let tasks = text::plural(found.active, "task");
        let run = if found.active == 1 { "runs" } else { "run" };
        printer.warn(&format!(
            "{tasks} {run} while the queues are exported: import makes running tasks pending, so they may run twice"
        ));
    }
    let left = not_carried(&found);
    if !left.is_empty() {
        printer.note(&format!("not exported: {}", left.join(", ")));
    }
}

/// What has commands of its own.
fn not_carried(found: &NotCarried) -> Vec<String> {
    let mut left = Vec::new();
    if found.schedules > 0 {
        let schedules = text::plural(found.schedules as u64, "schedule");
        left.push(format!("{schedules} (qctl cron export)"));
    }
    if !found.paused.is_empty() {
        let queues = match found.paused.as_slice() {
            [queue] => format!("queue {queue}"),
            queues => text::plural(queues.len() as u64, "queue"),
        };
        left.push(format!("the pause of {queues} (qctl pause)"));
    }
    if !found.counted.is_empty() {
        left.push("the counters of processed and failed attempts".to_owned());
    }
    left
}
