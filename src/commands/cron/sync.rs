//! `qctl cron sync`: make the stored schedules match a file.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;

use crate::clock;
use crate::commands::{Context, confirm, run_schedules};
use crate::config::{self, File};
use crate::error::{Exit, Failure, Failures};
use crate::inspector::Inspector;
use crate::inspector::schedules::{ChangedBy, SyncPlan, Wanted, check};
use crate::interrupt::Interrupt;
use crate::output::Log;
use crate::view::settings::LogSettings;
use crate::view::text;

/// Store the schedules of a file: add the new ones, replace those that differ
///
/// The file is TOML with [[cron]] tables, such as qctl.toml, or YAML if its name ends in .yaml or .yml. A list
/// named configs, as in Asynq's periodic task files, works too.
///
/// Stored schedules that the file does not have stay, unless you pass --prune.
#[derive(Debug, clap::Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of its own, and clap says which exclude each other"
)]
#[command(
    after_help = "Examples:\n  qctl cron sync qctl.toml --dry-run\n  qctl cron sync schedules.yaml --prune --yes\n  qctl cron sync qctl.toml --watch"
)]
pub(crate) struct SyncArgs {
    /// File to read, or - for TOML on stdin
    #[arg(value_name = "FILE|-")]
    file: PathBuf,
    /// Remove stored schedules that the file does not have
    #[arg(long)]
    prune: bool,
    /// Let --prune remove all stored schedules if the file has none
    #[arg(long, requires = "prune")]
    allow_empty: bool,
    /// Show what would change, but change nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
    /// Skip the confirmation
    #[arg(short, long)]
    yes: bool,
    /// Watch the file, and store it again whenever it changes
    ///
    /// A schedule that disappears from the file is removed if this process stored it.
    #[arg(long, conflicts_with_all = ["prune", "dry_run", "yes"])]
    watch: bool,
}

/// Runs the command.
pub(crate) async fn run(cx: &mut Context, args: &SyncArgs) -> anyhow::Result<Exit> {
    let path = match args.file.to_str() {
        Some("-") if args.watch => {
            return Err(Failure::usage("stdin cannot be watched", "name a file").into());
        }
        Some("-") => Path::new("/dev/stdin"),
        _ => &args.file,
    };
    let wanted = read(path)?;
    let inspector = cx.inspector_unless(args.dry_run, "sync schedules").await?;
    if args.watch {
        return watch(cx, &inspector, path).await;
    }
    let plan = inspector.plan_sync(&wanted, args.prune).await?;
    let file = args.file.to_string_lossy();
    warn(cx, &wanted, &plan);
    if args.dry_run {
        cx.show(&plan.preview(&file))?;
        note_kept(cx, &plan);
        return Ok(Exit::Done);
    }
    let removed = plan.removed();
    if wanted.is_empty() && !removed.is_empty() && !args.allow_empty {
        let question = super::change::question(&removed, "");
        let what = format!("{file:?} has no schedules, so --prune would {question}");
        return Err(Failure::usage(what, "to remove them all, add --allow-empty").into());
    }
    if !removed.is_empty() && !args.yes {
        let question = super::change::question(&removed, " that the file does not have");
        confirm::ask(cx, &question)?;
    }
    let by = ChangedBy::User(config::user());
    let outcome = inspector.sync(&plan, &file, &by).await?;
    cx.show(&outcome.document)?;
    if outcome.failed.is_empty() {
        note_kept(cx, &plan);
        return Ok(Exit::Done);
    }
    let each = outcome.failed.iter().map(|(name, error)| Failure {
        what: format!("schedule {name:?}: {error}"),
        ..error.into()
    });
    let failures = if outcome.document.changes.is_empty() {
        Failures::all(each.collect())
    } else {
        Failures::some(each.collect())
    };
    Err(failures.into())
}

/// Warns about schedules that never fire, and explains the six fields of new specs.
fn warn(cx: &Context, wanted: &[Wanted], plan: &SyncPlan) {
    let now = cx.now();
    for Wanted { schedule, .. } in wanted {
        if let Some(warning) = schedule.warning(now) {
            cx.printer.warn(&warning);
        }
    }
    for name in plan.new_with_seconds() {
        cx.printer.note(&format!(
            "schedule {name:?}: the spec has six fields, so the first is the second"
        ));
    }
}

fn note_kept(cx: &Context, plan: &SyncPlan) {
    if plan.kept > 0 {
        let kept = text::plural(plan.kept, "schedule");
        cx.printer.note(&format!(
            "kept {kept} that the file does not have; to remove them, add --prune"
        ));
    }
}

/// The schedules of the file, checked.
fn read(path: &Path) -> anyhow::Result<Vec<Wanted>> {
    let file = File::read(path)?;
    Ok(check(&file.cron, clock::now())?)
}

/// Watches the file until a signal ends the program.
async fn watch(cx: &Context, inspector: &Inspector, path: &Path) -> anyhow::Result<Exit> {
    let mut interrupt = Interrupt::listen().context("cannot listen for signals")?;
    let log = Log::start(Arc::clone(&cx.printer), LogSettings::default());
    let watch = run_schedules::follow(inspector, path, &log);
    tokio::select! {
        () = watch.run() => {}
        _ = interrupt.caught() => {}
    }
    log.end().await;
    Ok(Exit::Done)
}
