//! A file for each command: its arguments, and what it does with them.
//!
//! A command turns arguments into values, calls the inspector or the worker, and shows one view. It has
//! no rules, no keys and no printing of its own.
//!
//! | file | commands |
//! | --- | --- |
//! | `enqueue` `stats` `ls` `inspect` `retry` `archive` `delete` `cancel` `edit` `wait` `check` `drop` `doctor` `export` `import` `logs` `work` `try` `dev` `serve` `dash` `completions` `man` `version` | the command of this name |
//! | `pause` | `pause`, `resume` |
//! | `contexts` | `context` |
//! | `cron` | a folder for the commands of schedules |
//! | `guardian` | the hidden command that workers start |
//!
//! The other files serve them: `context` (settings, printer, connection), `options` (of a new task), `selection`
//! (which tasks), `queues` (which queues), `change` (changes of tasks), `preview` and `confirm` (what they would do, and the
//! question), `columns` (of tables), `watch` (views that are shown again and again), `handlers` (of `work` and `try`), `lines`
//! and `line_report` (streams of task documents), `typed_id` (a task by its id), `run_schedules` (the scheduler of a worker).

pub(crate) mod archive;
pub(crate) mod cancel;
mod change;
pub(crate) mod check;
mod columns;
pub(crate) mod completions;
pub(crate) mod confirm;
mod context;
pub(crate) mod contexts;
pub(crate) mod cron;
pub(crate) mod dash;
pub(crate) mod delete;
pub(crate) mod dev;
pub(crate) mod doctor;
pub(crate) mod drop;
pub(crate) mod edit;
pub(crate) mod enqueue;
pub(crate) mod export;
pub(crate) mod guardian;
mod handlers;
pub(crate) mod import;
pub(crate) mod inspect;
mod line_report;
mod lines;
pub(crate) mod logs;
pub(crate) mod ls;
pub(crate) mod man;
pub(crate) mod options;
pub(crate) mod pause;
mod preview;
mod queues;
pub(crate) mod retry;
mod run_schedules;
pub(crate) mod selection;
pub(crate) mod serve;
pub(crate) mod stats;
pub(crate) mod r#try;
mod typed_id;
pub(crate) mod version;
pub(crate) mod wait;
mod watch;
pub(crate) mod work;

pub(crate) use context::Context;

use crate::error::Exit;

/// The commands.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    Enqueue(Box<enqueue::EnqueueArgs>),
    Stats(stats::StatsArgs),
    Ls(ls::ListArgs),
    Inspect(inspect::InspectArgs),
    Logs(logs::LogsArgs),
    Retry(retry::RetryArgs),
    Archive(archive::ArchiveArgs),
    Delete(delete::DeleteArgs),
    Cancel(cancel::CancelArgs),
    Edit(Box<edit::EditArgs>),
    Wait(wait::WaitArgs),
    Check(check::CheckArgs),
    Pause(pause::PauseArgs),
    Resume(pause::ResumeArgs),
    Drop(drop::DropArgs),
    Doctor(doctor::DoctorArgs),
    Export(export::ExportArgs),
    Import(import::ImportArgs),
    Cron(cron::CronArgs),
    Work(Box<work::WorkArgs>),
    Try(Box<r#try::TryArgs>),
    Dev(Box<dev::DevArgs>),
    Serve(serve::ServeArgs),
    Dash(dash::DashArgs),
    Context(contexts::ContextArgs),
    Completions(completions::CompletionsArgs),
    Man(man::ManArgs),
}

impl Command {
    /// Whether the current context applies without being named. It may be another one when a program that goes on for long is
    /// started again.
    pub(crate) const fn may_use_current_context(&self) -> bool {
        match self {
            Self::Work(_) | Self::Serve(_) | Self::Dev(_) | Self::Context(_) => false,
            Self::Cron(cron) => !cron.goes_on(),
            Self::Enqueue(_)
            | Self::Stats(_)
            | Self::Ls(_)
            | Self::Inspect(_)
            | Self::Logs(_)
            | Self::Retry(_)
            | Self::Archive(_)
            | Self::Delete(_)
            | Self::Cancel(_)
            | Self::Edit(_)
            | Self::Wait(_)
            | Self::Check(_)
            | Self::Pause(_)
            | Self::Resume(_)
            | Self::Drop(_)
            | Self::Doctor(_)
            | Self::Export(_)
            | Self::Import(_)
            | Self::Try(_)
            | Self::Dash(_)
            | Self::Completions(_)
            | Self::Man(_) => true,
        }
    }
}

/// Runs a command.
pub(crate) async fn run(cx: &mut Context, command: &Command) -> anyhow::Result<Exit> {
    let result = dispatch(cx, command).await;
    cx.note_gaps(result.is_ok());
    result
}

async fn dispatch(cx: &mut Context, command: &Command) -> anyhow::Result<Exit> {
    match command {
        Command::Enqueue(args) => enqueue::run(cx, args).await,
        Command::Stats(args) => stats::run(cx, args).await,
        Command::Ls(args) => ls::run(cx, args).await,
        Command::Inspect(args) => inspect::run(cx, args).await,
        Command::Logs(args) => logs::run(cx, args).await,
        Command::Retry(args) => retry::run(cx, args).await,
        Command::Archive(args) => archive::run(cx, args).await,
        Command::Delete(args) => delete::run(cx, args).await,
        Command::Cancel(args) => cancel::run(cx, args).await,
        Command::Edit(args) => edit::run(cx, args).await,
        Command::Wait(args) => wait::run(cx, args).await,
        Command::Check(args) => check::run(cx, args).await,
        Command::Pause(args) => pause::pause(cx, args).await,
        Command::Resume(args) => pause::resume(cx, args).await,
        Command::Drop(args) => drop::run(cx, args).await,
        Command::Doctor(args) => doctor::run(cx, args).await,
        Command::Export(args) => export::run(cx, args).await,
        Command::Import(args) => import::run(cx, args).await,
        Command::Cron(args) => cron::run(cx, args).await,
        Command::Work(args) => work::run(cx, args).await,
        Command::Try(args) => r#try::run(cx, args).await,
        Command::Dev(args) => dev::run(cx, args).await,
        Command::Serve(args) => serve::run(cx, args).await,
        Command::Dash(args) => dash::run(cx, args).await,
        Command::Context(args) => contexts::run(cx, args),
        Command::Completions(args) => completions::run(cx, args),
        Command::Man(args) => man::run(cx, args),
    }
}
