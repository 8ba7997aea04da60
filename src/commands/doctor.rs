//! `qctl doctor`: find what is wrong in Redis, explain it, repair it.

use super::Context;
use crate::document::doctor::{ExplanationDocument, HealthDocument};
use crate::error::Exit;
use crate::inspector::doctor::{BETWEEN_LOOKS, Code, Doctor, Scope};
use crate::task::QueueName;
use crate::view::Row as _;

/// Find what is wrong in Redis, and repair it
///
/// Looks for lost tasks, leftover locks, stuck groups, servers that are gone and the like, and at the thresholds of
/// [trouble]. What a running server may be about to resolve is looked at again after 30 seconds. The exit code is 1 if
/// something was found.
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    disable_help_subcommand = true,
    after_help = "Examples:\n  qctl doctor\n  qctl doctor --quick -q critical\n  qctl doctor explain lost-task"
)]
pub(crate) struct DoctorArgs {
    #[command(subcommand)]
    command: Option<DoctorCommand>,
    /// Only these queues, by name or glob
    #[arg(short, long = "queue", value_name = "QUEUE")]
    queues: Vec<QueueName>,
    /// Only these codes, separated by commas
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    only: Vec<Code>,
    /// Look once, and report what a running server may be about to resolve
    #[arg(long)]
    quick: bool,
}

#[derive(Debug, clap::Subcommand)]
enum DoctorCommand {
    /// Explain a code: cause, effect, repair, and why the repair is safe
    #[command(after_help = "Examples:\n  qctl doctor explain\n  qctl doctor explain lost-task")]
    Explain {
        /// The code of a finding [default: a list of all codes]
        code: Option<Code>,
    },
}

/// Runs the command.
pub(crate) async fn run(cx: &mut Context, args: &DoctorArgs) -> anyhow::Result<Exit> {
    match args.command {
        Some(DoctorCommand::Explain { code: Some(code) }) => {
            return cx.show(&ExplanationDocument::from(code));
        }
        Some(DoctorCommand::Explain { code: None }) => {
            let mut lines = cx.printer.rows(ExplanationDocument::columns(), cx.now());
            for code in Code::ALL {
                lines.push(&ExplanationDocument::from(*code))?;
            }
            lines.finish()?;
            return Ok(Exit::Done);
        }
        None => {}
    }
    let inspector = cx.inspector().await?;
    cx.warn_of_clock(&inspector);
    let queues = match args.queues.as_slice() {
        [] => Vec::new(),
        named => inspector.queues(named).await?,
    };
    let trouble = inspector.watch_trouble(cx.config.file.trouble.clone());
    let mut doctor = inspector.doctor(Scope {
        queues: queues.clone(),
        only: args.only.clone(),
    });
    examine(cx, &mut doctor, args.quick).await?;
    let trouble = match args.only.as_slice() {
        [] => trouble.found(&queues).await?,
        [..] => Vec::new(),
    };
    report(cx, &doctor.health().document(&trouble))
}

/// Scans, and looks once or twice.
async fn examine(cx: &Context, doctor: &mut Doctor, quick: bool) -> anyhow::Result<()> {
    let progress = cx.printer.progress(Some(doctor.key_count().await?));
    doctor.scan(|keys| progress.advance(keys)).await?;
    drop(progress);
    doctor.look().await?;
    if quick || !doctor.is_passing() {
        return Ok(());
    }
    let seconds = BETWEEN_LOOKS.as_secs();
    cx.printer
        .note(&format!("looking again in {seconds} seconds"));
    tokio::time::sleep(BETWEEN_LOOKS).await;
    Ok(doctor.look_again().await?)
}

fn report(cx: &Context, health: &HealthDocument) -> anyhow::Result<Exit> {
    cx.show(health)?;
    Ok(if health.findings.is_empty() {
        Exit::Done
    } else {
        Exit::Failed
    })
}
