//! What is typed for every command, or given by variables.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use clap::builder::FalseyValueParser;

use crate::output::{ColorChoice, Format, TimeStyle};
use crate::task::parse;

/// A parser for one of a few words, which help then lists.
macro_rules! choice {
    ($choice:ty) => {
        clap::builder::TypedValueParser::try_map(
            clap::builder::PossibleValuesParser::new(
                <$choice>::ALL.iter().map(|choice| choice.name()),
            ),
            |word| word.parse::<$choice>(),
        )
    };
}

pub(crate) use choice;

/// What applies to every command.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct Flags {
    /// Where Redis is [default: `redis://127.0.0.1:6379`]
    #[arg(
        help = "Where Redis is: redis://[user:password@]host[:port][/db], rediss://… with TLS, or redis+unix:///path [default: redis://127.0.0.1:6379]",
        long,
        global = true,
        value_name = "URL",
        env = "QCTL_REDIS",
        hide_env_values = true,
        help_heading = "Connection"
    )]
    pub redis: Option<String>,
    /// Read the password from this file
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "QCTL_PASSWORD_FILE",
        hide_env_values = true,
        help_heading = "Connection"
    )]
    pub password_file: Option<PathBuf>,
    /// Trust the certificates in this PEM file instead of the system's
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "QCTL_TLS_CA",
        hide_env_values = true,
        help_heading = "Connection"
    )]
    pub tls_ca: Option<PathBuf>,
    /// Our own certificate, PEM
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "QCTL_TLS_CERT",
        hide_env_values = true,
        help_heading = "Connection"
    )]
    pub tls_cert: Option<PathBuf>,
    /// The key of our own certificate, PEM
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "QCTL_TLS_KEY",
        hide_env_values = true,
        help_heading = "Connection"
    )]
    pub tls_key: Option<PathBuf>,
    /// The name that the server's certificate must carry, if it is not the host's
    #[arg(
        long,
        global = true,
        value_name = "NAME",
        env = "QCTL_TLS_SERVER_NAME",
        hide_env_values = true,
        help_heading = "Connection"
    )]
    pub tls_server_name: Option<String>,
    /// Accept any certificate
    #[arg(long, global = true, env = "QCTL_INSECURE", hide_env_values = true, value_parser = FalseyValueParser::new(), help_heading = "Connection")]
    pub insecure: bool,
    /// How long to wait for a connection or an answer [default: 5s]
    #[arg(long, global = true, value_name = "DURATION", env = "QCTL_REDIS_TIMEOUT", hide_env_values = true, value_parser = timeout, help_heading = "Connection")]
    pub redis_timeout: Option<Duration>,
    /// Refuse whatever would change something
    #[arg(long, global = true, env = "QCTL_READ_ONLY", hide_env_values = true, value_parser = FalseyValueParser::new(), help_heading = "Connection")]
    pub read_only: bool,
    /// The configuration file [default: ./qctl.toml, then ~/.config/qctl/config.toml]
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "QCTL_CONFIG",
        hide_env_values = true,
        help_heading = "Connection"
    )]
    pub config: Option<PathBuf>,

    /// How to print data
    #[arg(short, long, global = true, value_name = "FORMAT", env = "QCTL_OUTPUT", hide_env_values = true, value_parser = choice!(Format), help_heading = "Output")]
    pub output: Option<Format>,
    /// The same as --output json
    #[arg(
        long,
        global = true,
        conflicts_with = "output",
        help_heading = "Output"
    )]
    pub json: bool,
    /// Leave out the headings of tables
    #[arg(long, global = true, env = "QCTL_NO_HEADERS", hide_env_values = true, value_parser = FalseyValueParser::new(), help_heading = "Output")]
    pub no_headers: bool,
    /// How to print times in tables
    #[arg(long, global = true, value_name = "STYLE", env = "QCTL_TIME", hide_env_values = true, value_parser = choice!(TimeStyle), help_heading = "Output")]
    pub time: Option<TimeStyle>,
    /// When to use colour
    #[arg(long, global = true, value_name = "WHEN", env = "QCTL_COLOR", hide_env_values = true, value_parser = choice!(ColorChoice), help_heading = "Output")]
    pub color: Option<ColorChoice>,
    /// Print no notes, only data and errors
    #[arg(long, global = true, env = "QCTL_QUIET", hide_env_values = true, value_parser = FalseyValueParser::new(), help_heading = "Output")]
    pub quiet: bool,
    /// Tell on stderr what is said to Redis
    #[arg(short, long, global = true, env = "QCTL_VERBOSE", hide_env_values = true, value_parser = FalseyValueParser::new(), help_heading = "Output")]
    pub verbose: bool,
    /// Never ask: take every question as answered with no
    #[arg(long, global = true, env = "QCTL_NO_INPUT", hide_env_values = true, value_parser = FalseyValueParser::new(), help_heading = "Output")]
    pub no_input: bool,
}

fn timeout(text: &str) -> Result<Duration, String> {
    match parse::duration(text) {
        Ok(Duration::ZERO) => Err("it must be more than zero".to_owned()),
        Ok(timeout) => Ok(timeout),
        Err(error) => Err(error.to_string()),
    }
}
