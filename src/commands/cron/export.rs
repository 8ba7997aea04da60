//! `qctl cron export`: stored schedules as TOML.

use crate::commands::Context;
use crate::document::schedule::ScheduleDocument;
use crate::error::Exit;
use crate::inspector::Error;
use crate::inspector::schedules::{Form, Stored, readable};
use crate::view::schedule::file;

/// Print stored schedules as TOML for cron sync
///
/// With -o json, ndjson, csv or id, prints what cron ls prints.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  qctl cron export > schedules.toml\n  qctl cron export nightly poll\n  qctl cron export --redis redis://staging | qctl cron sync - -n"
)]
pub(crate) struct ExportArgs {
    /// Names of schedules [default: all]
    #[arg(value_name = "NAME")]
    names: Vec<String>,
}

/// Runs the command.
pub(crate) async fn run(cx: &mut Context, args: &ExportArgs) -> anyhow::Result<Exit> {
    let inspector = cx.inspector().await?;
    let now = cx.now();
    let found = inspector.stored_schedules(&args.names, now).await?;
    let mut forms = Vec::new();
    for stored in &found {
        match form(stored) {
            Ok(form) => forms.push(form),
            Err(error) if args.names.is_empty() => {
                cx.printer.warn(&format!("{error}; it is left out"));
            }
            Err(error) => return Err(error.into()),
        }
    }
    let documents = found
        .into_iter()
        .map(|stored| ScheduleDocument::new(stored, now));
    cx.printer
        .list_or_raw(documents, file::tables(&forms).as_bytes(), now)?;
    Ok(Exit::Done)
}

/// A schedule as a file has it.
fn form(stored: &Stored) -> Result<Form, Error> {
    Ok(Form {
        // Without the key, sync leaves a schedule paused or active.
        paused: stored.paused.then_some(true),
        ..Form::from(readable(stored)?)
    })
}
