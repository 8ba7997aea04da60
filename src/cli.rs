//! The root of the command line. The flags of every command are in `config`, those of one command beside it.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::builder::{Styles, styling::AnsiColor};
use clap::{Arg, ArgAction, CommandFactory as _, FromArgMatches as _, Parser};

use crate::commands::guardian::GuardianArgs;
use crate::commands::{self, Command, Context, completions};
use crate::config::{self, Config, Flags};
use crate::error::{self, Exit, Usage};
use crate::output::{self, Printer};

/// Operate, inspect and run Asynq task queues
#[derive(Debug, Parser)]
#[command(
    name = "qctl",
    version,
    styles = Styles::styled().header(AnsiColor::Yellow.on_default()).usage(AnsiColor::Yellow.on_default()),
    max_term_width = 100,
    args_override_self = true,
    after_help = "Examples:\n  \
                  qctl stats                   # queues, and how many tasks are in each state\n  \
                  qctl ls -s retry,archived    # the tasks that failed, with their errors\n  \
                  qctl doctor                  # what is wrong, and how to repair it\n  \
                  qctl dash                    # everything live, with actions\n  \
                  qctl dev                     # a private Redis with a worker, to try things out\n\n\
                  Exit codes: 0 success, 1 failure, 2 usage error, 3 not found, 4 not allowed, 5 Redis unreachable, \
                  6 conflict, 7 partial success, 8 timed out while waiting, 9 the awaited task failed, \
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
    /// Print the version; with -o json also the system it was built for
    #[command(after_help = "Examples:\n  qctl version\n  qctl version -o json")]
    Version,
    /// Start commands for a worker, and kill them when the worker is gone
    #[command(hide = true)]
    Guardian(GuardianArgs),
}

/// Runs the program with these arguments, the first of which is its name.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.into_iter().collect();
    let early = || Printer::new(config::early_output(&args, None));
    if let Some(shell) = config::completing_shell() {
        let found = completions::answer(&shell, &args, Cli::command);
        return match early().raw(&found) {
            Ok(()) => Exit::Done.into(),
            Err(error) => error::report(&early(), &error.into()).into(),
        };
    }
    let exit = match parse(&args) {
        Err(error) => report_mistake(error, &args),
        Ok(Cli {
            start: Start::Guardian(args),
            ..
        }) => return commands::guardian::run(&args),
        Ok(Cli {
            start: Start::Version,
            flags,
        }) => match flags.or_variables() {
            Ok(flags) => commands::version::run(&Printer::new(config::output(&flags))),
            Err(error) => error::report(&early(), &error.into()),
        },
        Ok(Cli {
            start: Start::Command(command),
            flags,
        }) => {
            let typed = flags.format();
            match flags.or_variables() {
                Ok(flags) => run_command(&flags, &command),
                Err(error) => {
                    let printer = Printer::new(config::early_output(&args, typed));
                    fail(&printer, &command, &error.into())
                }
            }
        }
    };
    exit.into()
}

/// Reports what the parser says. A mistake in a check is a verdict, too.
fn report_mistake(error: clap::Error, args: &[OsString]) -> Exit {
    let printer = Printer::new(config::early_output(args, None));
    let mistake = match error::usage(&printer, error, args) {
        Usage::Help(exit) => return exit,
        Usage::Mistake(mistake) => mistake,
    };
    match commands::check::asked(&grammar(), args) {
        Some((format, typed)) => {
            let printer = Printer::new(config::early_output(args, typed));
            commands::check::fail(&printer, format, &mistake.into())
        }
        None => mistake.print(&printer),
    }
}

/// Reports the error of a command that has not begun.
fn fail(printer: &Printer, command: &Command, error: &anyhow::Error) -> Exit {
    if let Command::Check(args) = command {
        return args.fail(printer, error);
    }
    error::report(printer, error)
}

fn parse(args: &[OsString]) -> Result<Cli, clap::Error> {
    let mut matches = grammar().try_get_matches_from(args)?;
    let mut cli =
        Cli::from_arg_matches_mut(&mut matches).map_err(|error| error.format(&mut grammar()))?;
    // With --json before the command and --output after it, both are set; the last one counts.
    let formats = args
        .iter()
        .take_while(|arg| *arg != "--")
        .map(|arg| arg.as_encoded_bytes())
        .filter(|arg| *arg == b"--json" || arg.starts_with(b"--output") || arg.starts_with(b"-o"));
    cli.flags.json &= cli.flags.output.is_none() || formats.last() == Some(b"--json");
    if let Start::Command(command) = &cli.start
        && let Command::Check(check) = &**command
        && let Some(format) = check.output()
    {
        (cli.flags.output, cli.flags.json) = (Some(format), false);
    }
    Ok(cli)
}

/// The command line, with the options that all commands have in common.
fn grammar() -> clap::Command {
    complete(Cli::command().mut_args(|arg| {
        let global = arg.is_global_set();
        arg.hide_short_help(global)
    }))
}

/// `-h` shows the command's own options and says where the others are. Each command takes --version, as the program does.
fn complete(command: clap::Command) -> clap::Command {
    let long = command.get_after_help().map(ToString::to_string);
    let long = long.unwrap_or_default();
    let short = format!("{long}\n\nConnection and output options: qctl --help");
    let is_root = command.get_name() == "qctl";
    let command = command
        .after_help(short.trim_start().to_owned())
        .after_long_help(long)
        .mut_subcommands(complete);
    if is_root {
        return command;
    }
    let version = Arg::new("version")
        .long("version")
        .action(ArgAction::Version);
    command
        .version(env!("CARGO_PKG_VERSION"))
        .display_name("qctl")
        .disable_version_flag(true)
        .arg(version.hide(true))
}

fn run_command(flags: &Flags, command: &Command) -> Exit {
    let printer = Printer::new(config::output(flags));
    let config = match Config::resolve(flags, command.may_use_current_context()) {
        Ok(config) => config,
        Err(error) => return fail(&printer, command, &error.into()),
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
        Err(error) => return fail(&cx.printer, command, &error.into()),
    };
    let result = runtime.block_on(commands::run(&mut cx, command));
    // A thread that is still reading stdin must not delay the exit.
    runtime.shutdown_background();
    result.unwrap_or_else(|error| fail(&cx.printer, command, &error))
}

/// The runtime of every command: one thread. A worker waits for Redis and for its commands, and a second
/// thread would only take time from them.
fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
}
