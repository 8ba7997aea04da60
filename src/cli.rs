//! The root of the command line. Flags for every command are in `config`, each command's own beside it.

use clap::Parser;
use clap::builder::{Styles, styling::AnsiColor};

use crate::commands::Command;
use crate::config::Flags;

/// Operate, inspect and run Asynq task queues.
#[derive(Debug, Parser)]
#[command(
    name = "qctl",
    version,
    styles = Styles::styled().header(AnsiColor::Yellow.on_default()).usage(AnsiColor::Yellow.on_default()),
    max_term_width = 100,
    disable_help_subcommand = true,
    after_help = "Exit codes: 0 done, 1 failed, 2 usage, 3 not found, 4 not allowed, 5 Redis not reachable, \
                  6 conflict, 7 partly done, 8 a wait ran out of time, 9 a task waited for failed, \
                  130 interrupted, 143 terminated."
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub flags: Flags,
    #[command(subcommand)]
    pub start: Start,
}

/// What the program is started as.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Start {
    #[command(flatten)]
    Command(Command),
    /// Start commands for a worker, and end them when it is gone
    #[command(hide = true)]
    Guardian,
}
