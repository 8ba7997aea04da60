//! Settings: what was given as a flag, a variable or in a file, made into one [`Config`], once.
//!
//! This is the only reader of the environment. Order: flag, variable, file, `REDIS_URL`,
//! `redis://127.0.0.1:6379`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::broker;
use crate::broker::{Address, Secret};
use crate::view::settings::{Format, Settings};

mod file;
mod flags;

pub(crate) use crate::config::file::{
    Backoff, ExitAction, File, HandlerConfig, RetryConfig, Unmatched,
};
pub(crate) use crate::config::flags::Flags;
pub(crate) use crate::config::flags::choice;

/// Everything a command needs to know besides its own arguments.
#[derive(Debug)]
pub(crate) struct Config {
    /// How to talk to Redis.
    pub redis: broker::Settings,
    /// Refuse whatever changes something.
    pub read_only: bool,
    /// The worker and its handlers, as the file has them.
    pub file: File,
    /// Where that file is.
    pub path: Option<PathBuf>,
}

/// Settings that cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    /// A file that was named, or is needed, cannot be read.
    #[error("cannot read {what} {path:?} ({reason})")]
    Unreadable {
        /// What it is for.
        what: &'static str,
        /// The path as given.
        path: PathBuf,
        /// The system's words.
        reason: String,
    },
    /// A file with a mistake in it.
    #[error("{}:{line}: {message}", path.display())]
    File {
        /// The path.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong there.
        message: String,
    },
    /// A variable with a value that its flag would not take.
    #[error("the variable {name} cannot be used ({reason})")]
    Variable {
        /// Its name.
        name: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// A URL that names no Redis.
    #[error(transparent)]
    Address(#[from] broker::AddressError),
    /// Two settings that need each other.
    #[error("{0}")]
    Incomplete(&'static str),
}

/// The address when nothing else is said.
const DEFAULT_REDIS: &str = "redis://127.0.0.1:6379";

/// How long to wait for Redis when nothing else is said.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(5);

impl Config {
    /// Puts flags, variables and the file together.
    pub(crate) fn resolve(flags: &Flags) -> Result<Self, ConfigError> {
        let path = config_file(flags);
        let file = path.as_deref().map(File::read).transpose()?;
        let file = file.unwrap_or_default();
        let folder = path
            .as_deref()
            .and_then(Path::parent)
            .unwrap_or(Path::new(""));
        Ok(Self {
            redis: redis(flags, &file, folder)?,
            read_only: flags.read_only,
            file,
            path,
        })
    }
}

/// How to talk to people. This cannot fail, so that what fails later can be told in the right way.
pub(crate) fn output(flags: &Flags) -> Settings {
    Settings {
        format: if flags.json {
            Format::Json
        } else {
            flags.output.unwrap_or_default()
        },
        color: flags.color.unwrap_or_default(),
        no_color: variable("NO_COLOR").is_some(),
        force_color: variable("CLICOLOR_FORCE").is_some_and(|value| value != "0"),
        quiet: flags.quiet,
        no_headers: flags.no_headers,
        time: flags.time.unwrap_or_default(),
        no_input: flags.no_input,
        width: variable("COLUMNS")
            .and_then(|columns| columns.parse().ok())
            .filter(|columns| *columns > 0),
    }
}

/// A variable that is set to something.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one home of the environment"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn config_file(flags: &Flags) -> Option<PathBuf> {
    let home = || {
        variable("XDG_CONFIG_HOME")
            .map(PathBuf::from)
            .or_else(|| variable("HOME").map(|home| Path::new(&home).join(".config")))
    };
    let found = |path: PathBuf| path.is_file().then_some(path);
    flags
        .config
        .clone()
        .or_else(|| found(PathBuf::from("qctl.toml")))
        .or_else(|| found(home()?.join("qctl").join("config.toml")))
}

fn redis(flags: &Flags, file: &File, folder: &Path) -> Result<broker::Settings, ConfigError> {
    let url = flags
        .redis
        .clone()
        .or_else(|| file.redis.url.clone())
        .or_else(|| variable("REDIS_URL"))
        .unwrap_or_else(|| DEFAULT_REDIS.to_owned());
    let mut address = Address::parse(&url)?;
    // The file's password, and its trust in any certificate, are for its own server only.
    let own = flags.redis.is_none();
    let given = |flag: &Option<PathBuf>, setting: &Option<PathBuf>| {
        // A path in the file is seen from the file.
        flag.clone()
            .or_else(|| setting.as_ref().map(|path| folder.join(path)))
    };
    if let Some(path) = given(
        &flags.password_file,
        &file.redis.password_file.clone().filter(|_| own),
    ) {
        let bytes = read("the password file", &path)?;
        let text = String::from_utf8_lossy(&bytes);
        address.password = Some(Secret::new(text.trim_end_matches(['\r', '\n'])));
    }
    let pem = |what, path: Option<PathBuf>| path.map(|path| read(what, &path)).transpose();
    let cert = pem(
        "the TLS certificate",
        given(&flags.tls_cert, &file.redis.tls_cert),
    )?;
    let key = pem("the TLS key", given(&flags.tls_key, &file.redis.tls_key))?;
    let identity = match (cert, key) {
        (Some(cert), Some(key)) => Some((cert, key)),
        (None, None) => None,
        (Some(_), None) | (None, Some(_)) => {
            return Err(ConfigError::Incomplete(
                "a TLS certificate and its key are needed together",
            ));
        }
    };
    Ok(broker::Settings {
        address,
        tls: broker::Tls {
            ca: pem("the TLS CA", given(&flags.tls_ca, &file.redis.tls_ca))?,
            identity,
            server_name: flags
                .tls_server_name
                .clone()
                .or_else(|| file.redis.tls_server_name.clone()),
            insecure: flags.insecure || (own && file.redis.insecure),
        },
        timeout: flags
            .redis_timeout
            .or(file.redis.timeout.map(Duration::from))
            .unwrap_or(DEFAULT_TIMEOUT),
    })
}

fn read(what: &'static str, path: &Path) -> Result<Vec<u8>, ConfigError> {
    std::fs::read(path).map_err(|error| ConfigError::Unreadable {
        what,
        path: path.to_path_buf(),
        reason: error.to_string(),
    })
}

/// The name of this machine.
pub(crate) fn host() -> String {
    let names = rustix::system::uname();
    names.nodename().to_string_lossy().into_owned()
}

/// Who uses the program, as far as the system says so.
pub(crate) fn user() -> String {
    let name = variable("USER").or_else(|| variable("LOGNAME"));
    name.map_or_else(host, |name| format!("{name}@{}", host()))
}

/// The folders in which a plain program name is looked for.
pub(crate) fn search_path() -> impl Iterator<Item = PathBuf> {
    let folders = variable("PATH").unwrap_or_default();
    std::env::split_paths(&folders)
        .collect::<Vec<_>>()
        .into_iter()
}
