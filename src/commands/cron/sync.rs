//! `qctl cron sync`: make the stored schedules what a file says.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;

use crate::broker::{Broker, Error};
use crate::clock;
use crate::commands::{Context, confirm, run_schedules};
use crate::config::{self, File};
use crate::error::{Exit, Failure, Failures};
use crate::interrupt::Interrupt;
use crate::output::Log;
use crate::schedule::changed_by::{ChangedBy, Stamp};
use crate::schedule::stored;
use crate::schedule::sync::{self, Change, Kind, Wanted};
use crate::view::schedule::synced::{SyncFailed, Synced};
use crate::view::settings::LogSettings;
use crate::view::text;

/// Store the schedules of a file: add and replace what differs.
///
/// The file is TOML with tables called cron, such as qctl.toml, or YAML if its name ends in .yaml or .yml; a
/// list called configs, as Asynq's periodic task files have it, is read too.
///
/// Schedules that the file does not have stay, unless --prune is given.
#[derive(Debug, clap::Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of its own, and clap says which exclude each other"
)]
#[command(
    after_help = "Examples:\n  qctl cron sync qctl.toml --dry-run\n  qctl cron sync schedules.yaml --prune --yes\n  qctl cron sync qctl.toml --watch"
)]
pub(crate) struct SyncArgs {
    /// The file, or - for TOML on stdin
    #[arg(value_name = "FILE|-")]
    file: PathBuf,
    /// Remove stored schedules that the file does not have
    #[arg(long)]
    prune: bool,
    /// Show what would be done, and do nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
    /// Follow the file: store it again whenever it changes
    ///
    /// A schedule that leaves the file is removed, if it was stored from it by this process.
    #[arg(long, conflicts_with_all = ["prune", "dry_run", "yes"])]
    watch: bool,
}

/// Runs the command.
pub(crate) async fn run(cx: &mut Context, args: &SyncArgs) -> anyhow::Result<Exit> {
    let path = match args.file.to_str() {
        Some("-") if args.watch => {
            return Err(Failure::usage("stdin cannot be followed", "name a file").into());
        }
        Some("-") => Path::new("/dev/stdin"),
        _ => &args.file,
    };
    let wanted = read(path)?;
    let broker = cx.broker_unless(args.dry_run, "sync schedules").await?;
    if args.watch {
        return watch(cx, broker, path).await;
    }
    let stored = stored::all(&broker).await?;
    let changes = sync::compare(&wanted, &stored, |_| args.prune);
    let removed = changes.iter().filter(|change| change.kind == Kind::Remove);
    let removed: Vec<String> = removed.map(|change| change.name.clone()).collect();
    if !args.dry_run && !removed.is_empty() && !args.yes {
        let question = super::change::question(&removed, " that the file does not have");
        confirm::ask(cx, &question)?;
    }
    let (tried, failed) = if args.dry_run {
        (&changes[..], Vec::new())
    } else {
        apply(&broker, &changes).await?
    };
    let refused = |name: &str| failed.iter().any(|(failed, _)| failed == name);
    let done = tried.iter().filter(|change| !refused(&change.name));
    let mut view = Synced::new(&args.file.to_string_lossy(), args.dry_run, done);
    view.failures
        .extend(failed.iter().map(|(name, error)| SyncFailed {
            name: name.clone(),
            error: error.to_string(),
        }));
    cx.printer.show(&view, clock::now())?;
    if !failed.is_empty() {
        let each = failed.iter().map(|(name, error)| Failure {
            what: format!("schedule {name:?}: {error}"),
            ..error.into()
        });
        let failures = if view.changes.is_empty() {
            Failures::all(each.collect())
        } else {
            Failures::some(each.collect())
        };
        return Err(failures.into());
    }
    let known = |name: &str| wanted.iter().any(|one| one.schedule.name.as_str() == name);
    let kept = stored.iter().filter(|one| !known(&one.name)).count();
    if kept > 0 && !args.prune {
        let kept = text::plural(kept as u64, "schedule");
        cx.printer.note(&format!(
            "kept {kept} that the file does not have; --prune removes such"
        ));
    }
    Ok(Exit::Done)
}

/// The changes that were tried, and those that failed.
type Tried<'a> = (&'a [Change], Vec<(String, Error)>);

/// Makes the changes; returns those that were tried, and which of them failed.
///
/// One that Redis refuses keeps nobody from the others. While Redis is away none can be made.
async fn apply<'a>(broker: &Broker, changes: &'a [Change]) -> Result<Tried<'a>, Error> {
    let by = ChangedBy::User(config::user());
    let now = broker.server_time().await?;
    let mut failed = Vec::new();
    for (index, change) in changes.iter().enumerate() {
        let Err(error) = sync::apply(broker, change, Stamp { by: &by, now }).await else {
            continue;
        };
        let away = error.passing();
        failed.push((change.name.clone(), error));
        if away {
            return Ok((&changes[..=index], failed));
        }
    }
    Ok((changes, failed))
}

/// What the file says, checked.
fn read(path: &Path) -> anyhow::Result<Vec<Wanted>> {
    let file = File::read(path)?;
    Ok(sync::check(&file.cron, clock::now())?)
}

/// Follows the file until somebody ends the program.
async fn watch(cx: &Context, broker: Broker, path: &Path) -> anyhow::Result<Exit> {
    let mut interrupt = Interrupt::listen().context("cannot listen for signals")?;
    let log = Log::start(Arc::clone(&cx.printer), LogSettings::default());
    let watch = run_schedules::follow(broker, path, &log);
    tokio::select! {
        () = watch.run() => {}
        _ = interrupt.caught() => {}
    }
    log.end().await;
    Ok(Exit::Done)
}
