//! Settings: flags, variables and the configuration file become one [`Config`] of checked values.
//!
//! Only this module reads the environment. Precedence: flag, variable, file, `REDIS_URL`,
//! `redis://127.0.0.1:6379`. `text_file` reads a file into a tree of values with their lines, so that each mistake
//! has its file, line and key, and all mistakes are reported at once.

mod asynq;
mod check;
mod checked;
mod connection;
mod context_in_use;
mod contexts;
mod error;
mod file;
mod flags;
mod groups;
mod handlers;
mod limit;
mod log;
mod logs;
mod machine;
mod queues;
mod retry;
mod sentinel;
mod serve;
mod setting;
mod text;
mod trouble;
mod variable;
mod worker;

use std::ffi::OsString;
use std::path::PathBuf;

use crate::broker;
use crate::broker::{Address, Tls};
use crate::view::settings::{ErrorFormat, Format, Settings};

pub(crate) use self::context_in_use::ContextInUse;
pub(crate) use self::contexts::{Contexts, EditError, NamedConnection, check_url};
pub(crate) use self::error::ConfigError;
pub(crate) use self::file::{File, RedisConfig};
pub(crate) use self::flags::{Flags, SERVER_VARIABLES, choice};
pub(crate) use self::groups::{GroupConfig, GroupSettings, unusable_groups};
pub(crate) use self::handlers::{
    HandlerConfig, HandlerSettings, HooksConfig, HttpConfig, Kind, SurroundingsConfig, UserName,
    is_installed, unusable,
};
pub(crate) use self::log::LogArgs;
pub(crate) use self::machine::{editor, host, runtime_folder, user};
pub(crate) use self::serve::{AuthPlan, Listen, ServeFlags, ServePlan};
pub(crate) use self::setting::Setting;
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
    /// The context that the connection comes from.
    pub context: Option<ContextInUse>,
    /// The context whose changes `--confirm` confirms.
    pub confirmed: Option<String>,
    /// What was typed to describe a server besides its URL, as the keys of a context.
    pub typed: Vec<(&'static str, Setting)>,
    /// Whether the address was typed as `--redis`.
    pub redis_typed: bool,
    /// The variables that give another run of the program the same connection, without [`SERVER_VARIABLES`] of its own.
    pub environment: Vec<(&'static str, OsString)>,
}

impl Config {
    /// Combines flags, variables, the file and the contexts. A program that goes on for long, such as a worker, does not take the
    /// current context, which may be another one at its next start.
    pub(crate) fn resolve(flags: &Flags, may_use_current: bool) -> Result<Self, ConfigError> {
        let path = config_file(flags);
        let file = path.as_deref().map(File::read_leniently).transpose()?;
        let file = file.unwrap_or_default();
        let named = context_in_use::connection_of(flags, &file.redis, may_use_current)?;
        let (redis, context) = if let Some((redis, context)) = named {
            (redis, Some(context))
        } else {
            let path = path.as_deref();
            let from = path.map(|path| connection::Origin { path, key: "redis" });
            (connection::settings(flags, &file.redis, from)?, None)
        };
        let mut environment = flags.environment();
        if let Some(context) = context.as_ref().filter(|_| flags.context.is_none()) {
            // The current context may be another one by then.
            environment.push(("QCTL_CONTEXT", (&context.name).into()));
        }
        Ok(Self {
            redis,
            read_only: flags.read_only || context.as_ref().is_some_and(|context| context.read_only),
            context,
            confirmed: flags.confirm.clone(),
            typed: flags.typed.clone(),
            redis_typed: flags.redis_typed,
            environment,
            file,
            path,
        })
    }

    /// The Redis that is connected, for people: its context, and its address without a password.
    pub(crate) fn redis_name(&self) -> String {
        let address = &self.redis.address;
        match &self.context {
            Some(context) => format!("{} ({address})", context.name),
            None => address.to_string(),
        }
    }

    /// What names a Redis apart from contexts, for people.
    pub(crate) fn redis_named_by(&self) -> Option<&'static str> {
        let variable = self
            .environment
            .iter()
            .any(|(name, _)| *name == "QCTL_REDIS");
        let file = self.file.redis.url.is_some() || self.file.redis.sentinels.is_some();
        match (self.redis_typed, variable, file) {
            (true, _, _) => Some("--redis"),
            (false, true, _) => Some("QCTL_REDIS"),
            (false, false, true) => Some("the configuration file"),
            (false, false, false) => None,
        }
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
            environment: vec![("QCTL_REDIS", url.into())],
            ..self.clone()
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
    let found = |path: PathBuf| path.is_file().then_some(path);
    flags
        .config
        .clone()
        .or_else(|| found(PathBuf::from("qctl.toml")))
        .or_else(|| found(machine::config_home()?.join("qctl").join("config.toml")))
}
