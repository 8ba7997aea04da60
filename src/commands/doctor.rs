//! `qctl doctor`: find what is wrong in Redis, explain it, repair it.

use super::queues::QueueArgs;
use super::{Context, confirm};
use crate::document::doctor::{ExplanationDocument, RepairDocument};
use crate::document::trouble::{TroubleCode, TroubleDocument};
use crate::error::{Exit, Failure};
use crate::inspector::doctor::{BETWEEN_LOOKS, Doctor, Explained, Looks, Repairs, Scope, Stage};
use crate::interrupt::Interrupt;
use crate::view::{Row as _, text};

/// Find what is wrong in Redis, and repair it
///
/// Looks for lost tasks, leftover locks, stuck groups, servers that are gone and the like, and at the thresholds of
/// [trouble]. Some findings go away by themselves while servers run: doctor looks again after 30 seconds and reports those
/// that are still there; --quick does not wait, and reports all. The exit code is 1 if something was found.
///
/// All codes are listed by qctl doctor explain. Repairs are recorded: qctl ls audit.
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
#[command(
    args_conflicts_with_subcommands = true,
    disable_help_subcommand = true,
    after_help = "Examples:\n  qctl doctor\n  qctl doctor --quick critical\n  qctl doctor --fix --only stale-lock,unlisted-group\n  qctl doctor explain lost-task"
)]
pub(crate) struct DoctorArgs {
    #[command(subcommand)]
    command: Option<DoctorCommand>,
    #[command(flatten)]
    queues: QueueArgs,
    /// Only these codes, separated by commas; with --fix, those that can be repaired
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    only: Vec<Explained>,
    /// Look once, and report what a running server may be about to resolve
    #[arg(long)]
    quick: bool,
    /// Repair what was found
    #[arg(long)]
    fix: bool,
    /// With --fix, show what would be repaired, but change nothing
    #[arg(short = 'n', long, requires = "fix")]
    dry_run: bool,
    /// With --fix, skip the confirmation
    #[arg(short, long, requires = "fix")]
    yes: bool,
}

#[derive(Debug, clap::Subcommand)]
enum DoctorCommand {
    /// Explain a code: cause, effect, repair, and why the repair is safe
    #[command(after_help = "Examples:\n  qctl doctor explain\n  qctl doctor explain lost-task")]
    Explain {
        /// The code of a finding [default: a list of all codes]
        code: Option<Explained>,
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
            for code in Explained::all() {
                lines.push(&ExplanationDocument::from(code))?;
            }
            lines.finish()?;
            return Ok(Exit::Done);
        }
        None => {}
    }
    expect_repairs(args)?;
    let inspector = cx
        .inspector_unless(!args.fix || args.dry_run, "repair")
        .await?;
    cx.warn_of_clock(&inspector);
    let queues = match args.queues.all().as_slice() {
        [] => Vec::new(),
        named => inspector.queues(named).await?,
    };
    let scanned: Vec<_> = args.only.iter().flat_map(|code| code.scanned()).collect();
    let by_thresholds =
        |code: TroubleCode| args.only.is_empty() || args.only.contains(&Explained::Trouble(code));
    // Figures of many queues take several seconds, so they are read meanwhile.
    let figures = (!args.fix && TroubleCode::ALL.into_iter().any(by_thresholds))
        .then(|| inspector.watch_trouble(cx.config.file.trouble.clone()));
    let mut doctor = inspector.doctor(Scope {
        queues: queues.clone(),
        only: scanned.clone(),
    });
    if args.only.is_empty() || !scanned.is_empty() {
        examine(cx, &mut doctor, Looks::quick(args.quick)).await?;
    }
    if args.fix {
        return fix(cx, args, &doctor).await;
    }
    let mut trouble = match figures {
        Some(figures) => figures.found(&queues).await?,
        None => Vec::new(),
    };
    trouble.retain(|found| by_thresholds(found.code));
    report(cx, &doctor, &trouble)
}

/// Refuses to repair what has no repair, before a connection is made.
fn expect_repairs(args: &DoctorArgs) -> Result<(), Failure> {
    let mut only = args.only.iter().filter(|_| args.fix);
    match only.find(|code| !code.can_be_repaired()) {
        Some(code) => {
            let name = code.name();
            let what = format!("--fix has no repair for {name}");
            Err(Failure::usage(what, format!("qctl doctor explain {name}")))
        }
        None => Ok(()),
    }
}

/// Scans, and looks once or twice.
async fn examine(cx: &Context, doctor: &mut Doctor, looks: Looks) -> anyhow::Result<()> {
    let mut progress = None;
    let report = |stage| match stage {
        Stage::Scanned { read, keys } => progress
            .get_or_insert_with(|| cx.printer.progress(keys))
            .advance_to(read),
        Stage::SeenOnce(health) => {
            drop(progress.take());
            let passing = health.findings.iter().filter(|found| found.seen_once);
            let passing = text::plural(passing.map(|found| found.count).sum(), "finding");
            let seconds = BETWEEN_LOOKS.as_secs();
            cx.printer
                .note(&format!("looking again at {passing} in {seconds} seconds"));
        }
    };
    Ok(doctor.examine(looks, report).await?)
}

fn report(cx: &Context, doctor: &Doctor, trouble: &[TroubleDocument]) -> anyhow::Result<Exit> {
    let health = doctor.health().document(trouble);
    cx.show(&health)?;
    Ok(match (health.findings.is_empty(), doctor.is_incomplete()) {
        (true, false) => Exit::Done,
        (true, true) => Exit::Partly,
        (false, _) => Exit::Failed,
    })
}

/// Repairs what was found. What cannot be repaired is named.
async fn fix(cx: &Context, args: &DoctorArgs, doctor: &Doctor) -> anyhow::Result<Exit> {
    let mut repairs = doctor.repairs(|_, _| true, args.dry_run)?;
    for repair in repairs.done() {
        cx.printer.note(&preview(repair));
    }
    let total = RepairDocument::all_found(repairs.done());
    if total > 0 && !args.yes && !args.dry_run {
        confirm::ask(cx, &format!("repair {}", text::plural(total, "finding")))?;
    }
    // Until here a signal ends the program at once, as nothing has been changed.
    let mut interrupt = Interrupt::listen()?;
    let ended = perform(cx, &mut repairs, &mut interrupt, total).await;
    if !matches!(ended, Ok(None)) {
        repairs.stop(ended.is_err()).await;
    }
    show(cx, repairs.done())?;
    if let Some(exit) = ended? {
        return Ok(exit);
    }
    let health = doctor.health();
    let left = health
        .findings
        .iter()
        .filter(|found| found.code.repair().is_none());
    let left: Vec<&str> = left.map(|found| found.code.name()).collect();
    if !left.is_empty() {
        let codes = text::listed(&left);
        cx.printer.note(&format!("not repaired by --fix: {codes}"));
    }
    let all = repairs
        .done()
        .iter()
        .all(|done| done.repaired == done.found);
    Ok(if all && left.is_empty() || args.dry_run {
        Exit::Done
    } else {
        Exit::Failed
    })
}

/// Performs the repairs. Returns the exit code of the signal that ended them, if any.
async fn perform(
    cx: &Context,
    repairs: &mut Repairs,
    interrupt: &mut Interrupt,
    total: u64,
) -> anyhow::Result<Option<Exit>> {
    let progress = cx.printer.progress(Some(total));
    loop {
        if let Some(exit) = interrupt.seen() {
            return Ok(Some(exit));
        }
        // A step is never interrupted: what it repairs would not be counted.
        let Some(tried) = repairs.step().await? else {
            return Ok(None);
        };
        progress.advance(tried);
    }
}

fn show(cx: &Context, done: &[RepairDocument]) -> anyhow::Result<()> {
    let mut lines = cx.printer.rows(RepairDocument::columns(), cx.now());
    for repair in done {
        lines.push(repair)?;
    }
    lines.finish()?;
    Ok(())
}

fn preview(repair: &RepairDocument) -> String {
    let queue = repair.queue.as_deref().unwrap_or("-");
    let queue = text::escape(queue);
    format!(
        "  {queue}  {}  {}: {}",
        repair.code, repair.found, repair.repair
    )
}
