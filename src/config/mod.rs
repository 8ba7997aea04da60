//! Settings: what was given as a flag, a variable or in a file, made into one [`Config`] of checked values, once.
//!
//! This is the only reader of the environment. Order: flag, variable, file, `REDIS_URL`,
//! `redis://127.0.0.1:6379`. A file becomes a tree of values with their lines (`text_file`), out of which
//! the sections are read: a mistake has its file, line and key, and all are reported at once.

mod asynq;
mod checked;
mod connection;

mod error;
mod file;
mod flags;
mod handlers;
mod log;
mod machine;
mod retry;
mod text;
mod variable;
mod worker;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::broker;
use crate::view::settings::{ErrorFormat, Format, Settings};

pub(crate) use self::error::ConfigError;
pub(crate) use self::file::File;
pub(crate) use self::flags::Flags;
pub(crate) use self::handlers::{HandlerConfig, Kind, unusable};
pub(crate) use self::log::LogArgs;
pub(crate) use self::machine::{host, user};
pub(crate) use self::worker::{WorkerArgs, WorkerPlan};

/// Everything a command needs to know besides its own arguments.
#[derive(Debug)]
pub(crate) struct Config {
    /// How to talk to Redis.
    pub redis: broker::Settings,
    /// Refuse whatever changes something.
    pub read_only: bool,
    /// What the file says besides.
    pub file: File,
    /// Where that file is.
    pub path: Option<PathBuf>,
}

impl Config {
    /// Puts flags, variables and the file together.
    pub(crate) fn resolve(flags: &Flags) -> Result<Self, ConfigError> {
        let path = config_file(flags);
        let file = path.as_deref().map(File::read).transpose()?;
        let file = file.unwrap_or_default();
        Ok(Self {
            redis: connection::settings(flags, &file.redis, path.as_deref())?,
            read_only: flags.read_only,
            file,
            path,
        })
    }
}

/// How to print errors before the flags are known: as the command line or the variable asks for.
pub(crate) fn early_output(args: &[OsString]) -> Settings {
    let joined = "--error-format=json";
    let typed = args.iter().any(|arg| arg == joined)
        || args
            .windows(2)
            .any(|pair| pair[0] == "--error-format" && pair[1] == "json");
    let json = typed || variable::text("QCTL_ERROR_FORMAT").is_some_and(|format| format == "json");
    Settings {
        errors: if json {
            ErrorFormat::Json
        } else {
            ErrorFormat::Text
        },
        ..output(&Flags::default())
    }
}

/// How to print. This cannot fail, so that errors of the other settings are printed as asked for.
pub(crate) fn output(flags: &Flags) -> Settings {
    Settings {
        format: if flags.json {
            Format::Json
        } else {
            flags.output.unwrap_or_default()
        },
        color: flags.color.unwrap_or_default(),
        errors: flags.error_format.unwrap_or_default(),
        no_color: variable::text("NO_COLOR").is_some()
            || variable::text("TERM").is_some_and(|terminal| terminal == "dumb"),
        force_color: variable::text("CLICOLOR_FORCE").is_some_and(|value| value != "0"),
        quiet: flags.quiet,
        no_headers: flags.no_headers,
        time: flags.time.unwrap_or_default(),
        no_input: flags.no_input,
        width: variable::text("COLUMNS")
            .and_then(|columns| columns.parse().ok())
            .filter(|columns| *columns > 0),
    }
}

fn config_file(flags: &Flags) -> Option<PathBuf> {
    let home = || {
        variable::text("XDG_CONFIG_HOME")
            .map(PathBuf::from)
            .or_else(|| variable::text("HOME").map(|home| Path::new(&home).join(".config")))
    };
    let found = |path: PathBuf| path.is_file().then_some(path);
    flags
        .config
        .clone()
        .or_else(|| found(PathBuf::from("qctl.toml")))
        .or_else(|| found(home()?.join("qctl").join("config.toml")))
}
