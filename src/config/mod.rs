//! Settings: flags, variables and the configuration file become one [`Config`] of checked values.
//!
//! Only this module reads the environment. Precedence: flag, variable, file, `REDIS_URL`,
//! `redis://127.0.0.1:6379`. `text_file` reads a file into a tree of values with their lines, so that each mistake
//! has its file, line and key, and all mistakes are reported at once.

mod asynq;
mod check;
mod checked;
mod connection;

mod error;
mod file;
mod flags;
mod groups;
mod handlers;
mod limit;
mod log;
mod logs;
mod machine;
mod retry;
mod sentinel;
mod serve;
mod text;
mod trouble;
mod variable;
mod worker;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::broker;
use crate::broker::{Address, Tls};
use crate::view::settings::{ErrorFormat, Format, Settings};

pub(crate) use self::error::ConfigError;
pub(crate) use self::file::{File, RedisConfig};
pub(crate) use self::flags::{Flags, choice};
pub(crate) use self::groups::{GroupConfig, unusable_groups};
pub(crate) use self::handlers::{
    HandlerConfig, HandlerSettings, HooksConfig, HttpConfig, Kind, SurroundingsConfig, UserName,
    is_installed, unusable,
};
pub(crate) use self::log::LogArgs;
pub(crate) use self::machine::{host, runtime_folder, user};
pub(crate) use self::serve::{AuthPlan, Listen, ServeFlags, ServePlan};
pub(crate) use self::worker::{TasksArgs, WorkerArgs, WorkerPlan};

/// The settings of a command besides its own arguments.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    /// How to connect to Redis.
    pub redis: broker::Settings,
    /// Whether every command that changes something is refused.
    pub read_only: bool,
    /// The other sections of the file.
    pub file: File,
    /// The path of the file, if there is one.
    pub path: Option<PathBuf>,
    /// Whether the address was typed as `--redis`.
    pub redis_typed: bool,
    /// The variables that give another run of the program the same connection.
    pub environment: Vec<(&'static str, OsString)>,
}

impl Config {
    /// Combines flags, variables and the file.
    pub(crate) fn resolve(flags: &Flags) -> Result<Self, ConfigError> {
        let path = config_file(flags);
        let file = path.as_deref().map(File::read_leniently).transpose()?;
        let file = file.unwrap_or_default();
        Ok(Self {
            redis: connection::settings(flags, &file.redis, path.as_deref())?,
            read_only: flags.read_only,
            redis_typed: flags.redis_typed,
            environment: flags.environment(),
            file,
            path,
        })
    }

    /// The same settings for the Redis at this URL, which needs no login.
    pub(crate) fn at(&self, url: &str) -> Result<Self, ConfigError> {
        let address = Address::parse(url).map_err(|error| ConfigError::Address {
            origin: "the private Redis".to_owned(),
            error,
        })?;
        Ok(Self {
            redis: broker::Settings {
                address,
                tls: Tls::default(),
                timeout: self.redis.timeout,
            },
            read_only: self.read_only,
            redis_typed: false,
            environment: vec![("QCTL_REDIS", url.into())],
            file: self.file.clone(),
            path: self.path.clone(),
        })
    }
}

/// The shell that asks what may stand at the cursor, instead of running a command.
pub(crate) fn completing_shell() -> Option<String> {
    variable::text("QCTL_COMPLETE")
}

/// How to print errors before the flags are known: as the command line or the variable asks for. `typed` is the format of the
/// output, if that is known.
pub(crate) fn early_output(args: &[OsString], typed: Option<Format>) -> Settings {
    let joined = "--error-format=json";
    let asked = args.iter().any(|arg| arg == joined)
        || args
            .windows(2)
            .any(|pair| pair[0] == "--error-format" && pair[1] == "json");
    let json = asked || variable::text("QCTL_ERROR_FORMAT").is_some_and(|format| format == "json");
    Settings {
        errors: if json {
            ErrorFormat::Json
        } else {
            ErrorFormat::Text
        },
        format: typed
            .or_else(|| variable::text("QCTL_OUTPUT")?.parse().ok())
            .unwrap_or_default(),
        ..output(&Flags::default())
    }
}

/// How to print. This cannot fail, so that errors of the other settings are printed as asked for.
pub(crate) fn output(flags: &Flags) -> Settings {
    Settings {
        format: flags.format().unwrap_or_default(),
        color: flags.color.unwrap_or_default(),
        errors: flags.error_format.unwrap_or_default(),
        no_color: variable::text("NO_COLOR").is_some(),
        dumb_terminal: variable::text("TERM").is_some_and(|terminal| terminal == "dumb"),
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
