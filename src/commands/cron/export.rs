//! `qctl cron export`: stored schedules as a file has them.

use crate::clock;
use crate::commands::Context;
use crate::commands::args::distinct;
use crate::document::schedule::ScheduleDocument;
use crate::error::Exit;
use crate::output::Format;
use crate::schedule::form::Form;
use crate::schedule::stored::{self, Stored};
use crate::view::Row as _;
use crate::view::schedule::file;

/// Print stored schedules as TOML, which cron sync reads back.
///
/// Other formats than table print documents, as cron ls does.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  qctl cron export > schedules.toml\n  qctl cron export nightly poll\n  qctl cron export --redis redis://staging | qctl cron sync - -n"
)]
pub(crate) struct ExportArgs {
    /// The schedules [default: all]
    #[arg(value_name = "NAME")]
    names: Vec<String>,
}

/// Runs the command.
pub(crate) async fn run(cx: &mut Context, args: &ExportArgs) -> anyhow::Result<Exit> {
    let broker = cx.broker().await?;
    let mut found = Vec::new();
    for name in distinct(&args.names) {
        let stored = stored::one(&broker, &name).await?;
        super::readable(&stored)?;
        found.push(stored);
    }
    if args.names.is_empty() {
        found = stored::all(&broker).await?;
    }
    if !matches!(cx.printer.format(), Format::Table | Format::Wide) {
        let now = clock::now();
        let mut lines = cx.printer.rows(ScheduleDocument::columns(), now);
        for stored in found {
            lines.push(&ScheduleDocument::new(stored, now))?;
        }
        lines.finish()?;
        return Ok(Exit::Done);
    }
    let forms: Vec<Form> = found.iter().filter_map(|one| form(cx, one)).collect();
    cx.printer.raw(file::tables(&forms).as_bytes())?;
    Ok(Exit::Done)
}

/// What stands in a file for it. One that cannot be read is left out, and that is said.
fn form(cx: &Context, stored: &Stored) -> Option<Form> {
    match super::readable(stored) {
        Ok(schedule) => Some(Form {
            // Left out, it stays as it is where the file is read.
            paused: stored.paused.then_some(true),
            ..Form::from(schedule)
        }),
        Err(error) => {
            cx.printer.warn(&format!("{error}; it is left out"));
            None
        }
    }
}
