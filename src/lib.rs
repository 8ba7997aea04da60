//! qctl operates, inspects and runs [Asynq](https://github.com/hibiken/asynq) task queues. It shares one
//! Redis with Go programs: either side may enqueue, process or inspect what the other wrote.
//!
//! The map, from the bottom up; arrows point down only, and a test checks that they do:
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`task`] | what a task is and everything that may happen to it; pure |
//! | [`broker`] | everything said to Redis |
//! | [`worker`] | runs tasks |
//! | [`schedule`] | what is enqueued again and again, and who fires it |
//! | [`document`] | the JSON documents that scripts read and write |
//! | [`view`] | documents and outcomes laid out for people |
//! | [`output`] | the only code that writes to stdout and stderr |
//! | [`commands`] | one file per command |
//! | [`cli`], [`config`], [`error`] | what was typed, what it means, what is said when it fails |
//!
//! The library surface is [`broker::Broker`] (client and inspector) and [`worker::Worker`] (tasks handled
//! in-process). The binary is [`run`].

pub(crate) mod backoff;
#[doc(hidden)]
pub mod broker;
pub(crate) mod cli;
#[doc(hidden)]
pub mod clock;
pub(crate) mod commands;
pub(crate) mod config;
pub(crate) mod document;
pub(crate) mod error;
pub(crate) mod interrupt;
pub(crate) mod output;
#[doc(hidden)]
pub mod schedule;
#[doc(hidden)]
pub mod task;
pub(crate) mod view;
#[doc(hidden)]
pub mod worker;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};

use cli::{Cli, Start};
use commands::{Command, Context};
use config::{Config, Flags};
use error::Exit;
use output::Printer;

/// Runs the program with these arguments, the first of which is its name.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    // Errors before the settings are known are printed with the default ones.
    let early = || Printer::new(config::output(&Flags::default()));
    let exit = match Cli::try_parse_from(args) {
        Err(error) => error::report_usage(&early(), error),
        Ok(Cli {
            start: Start::Guardian,
            ..
        }) => commands::guardian::run(),
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
