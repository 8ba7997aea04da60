//! A file for each command, or for a few that are one thing: its arguments, and what it does with them.
//!
//! | file | commands |
//! | --- | --- |
//! | `enqueue` `stats` `ls` `inspect` `cancel` `drop` `work` `completions` | the one of the name |
//! | `act` | `retry`, `archive`, `delete` |
//! | `pause` | `pause`, `resume` |
//! | `cron` | a folder: all about schedules |
//! | `guardian` | the hidden one that workers start |
//!
//! The other files serve them: `selection` and `matcher` (which tasks), `bulk` (many of them), `confirm`
//! (the question), `args` and `options` (shared arguments), `run_schedules` (stored schedules), `log` (what a
//! worker tells).
//!
//! A command turns arguments into domain values, calls the broker or the worker, and shows a view. It has
//! no business rules, no keys and no printing of its own.

pub(crate) mod act;
pub(crate) mod args;
mod bulk;
pub(crate) mod cancel;
pub(crate) mod completions;
pub(crate) mod confirm;
pub(crate) mod cron;
pub(crate) mod drop;
pub(crate) mod enqueue;
pub(crate) mod guardian;
pub(crate) mod inspect;
pub(crate) mod log;
pub(crate) mod ls;
pub(crate) mod matcher;
pub(crate) mod options;
pub(crate) mod pause;
mod run_schedules;
pub(crate) mod selection;
pub(crate) mod stats;
pub(crate) mod work;

use std::sync::Arc;

use crate::broker::Broker;
use crate::config::Config;
use crate::output::Printer;

/// The commands.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    Enqueue(Box<enqueue::EnqueueArgs>),
    Stats(stats::StatsArgs),
    Ls(ls::ListArgs),
    Inspect(inspect::InspectArgs),
    Retry(act::RetryArgs),
    Archive(act::ArchiveArgs),
    Delete(act::DeleteArgs),
    Cancel(cancel::CancelArgs),
    Pause(pause::PauseArgs),
    Resume(pause::ResumeArgs),
    Drop(drop::DropArgs),
    Cron(cron::CronArgs),
    Work(Box<work::WorkArgs>),
    Completions(completions::CompletionsArgs),
    #[command(hide = true)]
    Guardian(guardian::GuardianArgs),
}

/// What every command is given.
pub(crate) struct Context {
    /// All settings.
    pub config: Config,
    /// The way to the user.
    pub printer: Arc<Printer>,
    /// The whole command line, for what describes it.
    grammar: fn() -> clap::Command,
    broker: Option<Broker>,
}

/// `--read-only` forbids what the command does.
#[derive(Debug, thiserror::Error)]
#[error("cannot {0}: read-only is set")]
pub(crate) struct ReadOnly(&'static str);

/// The user has interrupted the command.
#[derive(Debug, thiserror::Error)]
#[error("interrupted")]
pub(crate) struct Interrupted;

impl Context {
    /// A context that has not connected yet.
    pub(crate) fn new(config: Config, printer: Printer, grammar: fn() -> clap::Command) -> Self {
        Self {
            config,
            printer: Arc::new(printer),
            grammar,
            broker: None,
        }
    }

    /// The broker, connected when first asked for.
    pub(crate) async fn broker(&mut self) -> anyhow::Result<Broker> {
        if let Some(broker) = &self.broker {
            return Ok(broker.clone());
        }
        let broker = Broker::connect(self.config.redis.clone()).await?;
        Ok(self.broker.insert(broker).clone())
    }

    /// The broker, for a command that changes something; `verb` says what.
    pub(crate) async fn broker_to(&mut self, verb: &'static str) -> anyhow::Result<Broker> {
        if self.config.read_only {
            return Err(ReadOnly(verb).into());
        }
        self.broker().await
    }

    /// The broker, for a command that changes something unless it only shows what it would do.
    pub(crate) async fn broker_unless(
        &mut self,
        dry_run: bool,
        verb: &'static str,
    ) -> anyhow::Result<Broker> {
        if dry_run {
            self.broker().await
        } else {
            self.broker_to(verb).await
        }
    }
}

/// The runtime of every command: one thread. A worker waits for Redis and for its commands, and a second
/// thread would only take time from them.
pub(crate) fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
}

/// Runs a command.
pub(crate) async fn run(cx: &mut Context, command: &Command) -> anyhow::Result<()> {
    match command {
        Command::Enqueue(args) => enqueue::run(cx, args).await,
        Command::Stats(args) => stats::run(cx, args).await,
        Command::Ls(args) => ls::run(cx, args).await,
        Command::Inspect(args) => inspect::run(cx, args).await,
        Command::Retry(args) => act::retry(cx, args).await,
        Command::Archive(args) => act::archive(cx, args).await,
        Command::Delete(args) => act::delete(cx, args).await,
        Command::Cancel(args) => cancel::run(cx, args).await,
        Command::Pause(args) => pause::pause(cx, args).await,
        Command::Resume(args) => pause::resume(cx, args).await,
        Command::Drop(args) => drop::run(cx, args).await,
        Command::Cron(args) => cron::run(cx, args).await,
        Command::Work(args) => work::run(cx, args).await,
        Command::Completions(args) => completions::run(cx, args),
        Command::Guardian(_) => Ok(guardian::run()?),
    }
}
