//! The root of the command line. Flags for every command are in `config`, each command's own beside it.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::builder::{Styles, styling::AnsiColor};
use clap::{CommandFactory as _, Parser};

use crate::commands::guardian::GuardianArgs;
use crate::commands::{self, Command, Context};
use crate::config::{self, Config, Flags};
use crate::error::{self, Exit};
use crate::output::{self, Printer};

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
    Command(Box<Command>),
    /// Start commands for a worker, and end them when it is gone
    #[command(hide = true)]
    Guardian(GuardianArgs),
}

/// Runs the program with these arguments, the first of which is its name.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    // Errors before the settings are known are printed with the default ones.
    let early = || Printer::new(config::output(&Flags::default()));
    let exit = match Cli::try_parse_from(args) {
        Err(error) => error::report_usage(&early(), error),
        Ok(Cli {
            start: Start::Guardian(args),
            ..
        }) => commands::guardian::run(args),
        Ok(Cli {
            start: Start::Command(command),
            flags,
        }) => match flags.or_variables() {
            Ok(flags) => run_command(&flags, &command),
            Err(error) => error::report(&early(), &error.into()),
        },
    };
    exit.into()
}

fn run_command(flags: &Flags, command: &Command) -> Exit {
    let printer = Printer::new(config::output(flags));
    let config = match Config::resolve(flags) {
        Ok(config) => config,
        Err(error) => return error::report(&printer, &error.into()),
    };
    if flags.verbose {
        output::trace();
    }
    for note in &config.file.notes {
        printer.note(note);
    }
    let mut cx = Context::new(config, printer, Cli::command);
    let runtime = match runtime() {
        Ok(runtime) => runtime,
        Err(error) => return error::report(&cx.printer, &error.into()),
    };
    let result = runtime.block_on(commands::run(&mut cx, command));
    // A thread that still reads stdin must not hold up the end.
    runtime.shutdown_background();
    result.unwrap_or_else(|error| error::report(&cx.printer, &error))
}

/// The runtime of every command: one thread. A worker waits for Redis and for its commands, and a second
/// thread would only take time from them.
fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
}
