//! Flags of every command, and the variables that stand for them.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::error::ConfigError;
use super::setting::Setting;
use super::variable::{or, switch, text};
use crate::broker::Secret;
use crate::task::parse;
use crate::view::TimeStyle;
use crate::view::settings::{ColorChoice, ErrorFormat, Format};

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

/// The variables that describe a server.
pub(crate) const SERVER_VARIABLES: [&str; 12] = [
    "QCTL_REDIS",
    "QCTL_CONTEXT",
    "QCTL_CONFIRM",
    "QCTL_PASSWORD_FILE",
    "QCTL_SENTINEL_USER",
    "QCTL_SENTINEL_PASSWORD_FILE",
    "QCTL_SENTINEL_PASSWORD",
    "QCTL_TLS_CA",
    "QCTL_TLS_CERT",
    "QCTL_TLS_KEY",
    "QCTL_TLS_SERVER_NAME",
    "QCTL_INSECURE",
];

/// The flags of every command.
#[derive(Debug, Default, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
#[expect(
    clippy::doc_markdown,
    reason = "these are help texts, where backticks would show"
)]
pub(crate) struct Flags {
    #[arg(
        help = "Redis URL: redis://[user:password@]host[:port][/db], rediss://… for TLS, redis-cluster://host[:port],…, redis-sentinel://host[:port],…[/db]?master=NAME or redis+unix:///path [default: redis://127.0.0.1:6379] [env: QCTL_REDIS]",
        long,
        global = true,
        value_name = "URL",
        help_heading = "Connection"
    )]
    pub redis: Option<String>,
    /// Whether the URL comes from the flag rather than the variable.
    #[arg(skip)]
    pub redis_typed: bool,
    /// What was typed to describe a server besides its URL, as the keys of a context.
    #[arg(skip)]
    pub typed: Vec<(&'static str, Setting)>,
    /// Use the connection that was stored under NAME: see qctl context [env: QCTL_CONTEXT]
    #[arg(long, global = true, value_name = "NAME", help_heading = "Connection")]
    pub context: Option<String>,
    /// Confirm changes in a protected context by its NAME, instead of typing it when asked [env: QCTL_CONFIRM]
    #[arg(long, global = true, value_name = "NAME", help_heading = "Connection")]
    pub confirm: Option<String>,
    /// Read the password from FILE [env: QCTL_PASSWORD_FILE]
    #[arg(long, global = true, value_name = "FILE", help_heading = "Connection")]
    pub password_file: Option<PathBuf>,
    /// User of the Sentinels; the one in the URL is for the Redis servers [env: QCTL_SENTINEL_USER]
    #[arg(long, global = true, value_name = "USER", help_heading = "Connection")]
    pub sentinel_user: Option<String>,
    /// Read the password of the Sentinels from FILE [env: QCTL_SENTINEL_PASSWORD_FILE]
    #[arg(long, global = true, value_name = "FILE", help_heading = "Connection")]
    pub sentinel_password_file: Option<PathBuf>,
    /// The password of the Sentinels, which only a variable may hold.
    #[arg(skip)]
    pub sentinel_password: Option<Secret>,
    /// Trust the certificates in FILE (PEM) instead of the system's [env: QCTL_TLS_CA]
    #[arg(long, global = true, value_name = "FILE", help_heading = "Connection")]
    pub tls_ca: Option<PathBuf>,
    /// Client certificate (PEM) [env: QCTL_TLS_CERT]
    #[arg(long, global = true, value_name = "FILE", help_heading = "Connection")]
    pub tls_cert: Option<PathBuf>,
    /// Key of the client certificate (PEM) [env: QCTL_TLS_KEY]
    #[arg(long, global = true, value_name = "FILE", help_heading = "Connection")]
    pub tls_key: Option<PathBuf>,
    /// Name expected in the server's certificate [default: the host] [env: QCTL_TLS_SERVER_NAME]
    #[arg(long, global = true, value_name = "NAME", help_heading = "Connection")]
    pub tls_server_name: Option<String>,
    /// Accept any server certificate [env: QCTL_INSECURE]
    #[arg(long, global = true, help_heading = "Connection")]
    pub insecure: bool,
    /// Maximum time to wait for a connection or an answer [default: 5s] [env: QCTL_REDIS_TIMEOUT]
    #[arg(long, global = true, value_name = "DURATION", value_parser = timeout, help_heading = "Connection")]
    pub redis_timeout: Option<Duration>,
    /// Refuse every command that changes something [env: QCTL_READ_ONLY]
    #[arg(long, global = true, help_heading = "Connection")]
    pub read_only: bool,
    /// Configuration file [default: ./qctl.toml, then ~/.config/qctl/config.toml] [env: QCTL_CONFIG]
    #[arg(long, global = true, value_name = "FILE", help_heading = "Connection")]
    pub config: Option<PathBuf>,

    /// Output format [default: table] [env: QCTL_OUTPUT]
    #[arg(short, long, global = true, value_name = "FORMAT", value_parser = choice!(Format), overrides_with = "json", help_heading = "Output")]
    pub output: Option<Format>,
    /// Same as --output json
    #[arg(
        long,
        global = true,
        overrides_with = "output",
        help_heading = "Output"
    )]
    pub json: bool,
    /// Format of errors [default: text] [env: QCTL_ERROR_FORMAT]
    #[arg(long, global = true, value_name = "FORMAT", value_parser = choice!(ErrorFormat), help_heading = "Output")]
    pub error_format: Option<ErrorFormat>,
    /// Print tables and CSV without headings [env: QCTL_NO_HEADERS]
    #[arg(long, global = true, help_heading = "Output")]
    pub no_headers: bool,
    /// Format of times in tables [default: relative] [env: QCTL_TIME]
    #[arg(long, global = true, value_name = "STYLE", value_parser = choice!(TimeStyle), help_heading = "Output")]
    pub time: Option<TimeStyle>,
    /// When to use colors [default: auto] [env: QCTL_COLOR]
    #[arg(long, global = true, value_name = "WHEN", value_parser = choice!(ColorChoice), help_heading = "Output")]
    pub color: Option<ColorChoice>,
    /// Print only data, warnings and errors [env: QCTL_QUIET]
    #[arg(long, global = true, help_heading = "Output")]
    pub quiet: bool,
    /// Log Redis commands to stderr [env: QCTL_VERBOSE]
    #[arg(short, long, global = true, help_heading = "Output")]
    pub verbose: bool,
    /// Never prompt; assume "no" [env: QCTL_NO_INPUT]
    #[arg(long, global = true, help_heading = "Output")]
    pub no_input: bool,
}

impl Flags {
    /// The output format, if one is set.
    pub(crate) fn format(&self) -> Option<Format> {
        self.json.then_some(Format::Json).or(self.output)
    }

    /// Fills in from the environment what was not typed.
    ///
    /// The parser of the command line could do this, too, but it takes a variable for a typed flag: one
    /// that is set to nothing is a mistake to it, and `--json` may not meet `QCTL_OUTPUT`.
    pub(crate) fn or_variables(mut self) -> Result<Self, ConfigError> {
        self.typed = self.of_a_server();
        // Variables describe another server than a context that was typed.
        if self.context.is_some() {
            return self.or_other_variables();
        }
        let redis_typed = self.redis.is_some();
        let with_redis = Self {
            redis_typed,
            redis: or(self.redis, "QCTL_REDIS", str::parse)?,
            password_file: or(self.password_file, "QCTL_PASSWORD_FILE", str::parse)?,
            sentinel_user: or(self.sentinel_user, "QCTL_SENTINEL_USER", str::parse)?,
            sentinel_password_file: or(
                self.sentinel_password_file,
                "QCTL_SENTINEL_PASSWORD_FILE",
                str::parse,
            )?,
            sentinel_password: text("QCTL_SENTINEL_PASSWORD").map(Secret::new),
            tls_ca: or(self.tls_ca, "QCTL_TLS_CA", str::parse)?,
            tls_cert: or(self.tls_cert, "QCTL_TLS_CERT", str::parse)?,
            tls_key: or(self.tls_key, "QCTL_TLS_KEY", str::parse)?,
            tls_server_name: or(self.tls_server_name, "QCTL_TLS_SERVER_NAME", str::parse)?,
            insecure: self.insecure || switch("QCTL_INSECURE"),
            context: match or(None, "QCTL_CONTEXT", str::parse)? {
                Some(_) if redis_typed => None,
                context => context,
            },
            ..self
        };
        with_redis.or_other_variables()
    }

    /// The same, without what describes a server.
    fn or_other_variables(self) -> Result<Self, ConfigError> {
        Ok(Self {
            confirm: or(self.confirm, "QCTL_CONFIRM", str::parse)?,
            redis_timeout: or(self.redis_timeout, "QCTL_REDIS_TIMEOUT", timeout)?,
            read_only: self.read_only || switch("QCTL_READ_ONLY"),
            config: or(self.config, "QCTL_CONFIG", str::parse)?,
            output: or(self.output, "QCTL_OUTPUT", str::parse)?,
            json: self.json,
            error_format: or(self.error_format, "QCTL_ERROR_FORMAT", str::parse)?,
            no_headers: self.no_headers || switch("QCTL_NO_HEADERS"),
            time: or(self.time, "QCTL_TIME", str::parse)?,
            color: or(self.color, "QCTL_COLOR", str::parse)?,
            quiet: self.quiet || switch("QCTL_QUIET"),
            verbose: self.verbose || switch("QCTL_VERBOSE"),
            no_input: self.no_input || switch("QCTL_NO_INPUT"),
            ..self
        })
    }

    /// What describes a server besides its URL, as the keys of a context.
    fn of_a_server(&self) -> Vec<(&'static str, Setting)> {
        let file = |path: &Option<PathBuf>| {
            let path = path.as_ref()?;
            let path = std::path::absolute(path).unwrap_or_else(|_| path.clone());
            Some(Setting::Text(path.to_string_lossy().into_owned()))
        };
        let text = |text: &Option<String>| text.clone().map(Setting::Text);
        let switch = |set: bool| set.then_some(Setting::On);
        let timeout = self.redis_timeout;
        let timeout = timeout.map(|timeout| Setting::Text(format!("{}ms", timeout.as_millis())));
        let settings = [
            ("password_file", file(&self.password_file)),
            ("sentinel_user", text(&self.sentinel_user)),
            ("sentinel_password_file", file(&self.sentinel_password_file)),
            ("tls_ca", file(&self.tls_ca)),
            ("tls_cert", file(&self.tls_cert)),
            ("tls_key", file(&self.tls_key)),
            ("tls_server_name", text(&self.tls_server_name)),
            ("insecure", switch(self.insecure)),
            ("timeout", timeout),
            ("read_only", switch(self.read_only)),
        ];
        let set = settings.into_iter();
        set.filter_map(|(key, value)| Some((key, value?))).collect()
    }

    /// The variables that give another run of the program the same connection.
    pub(super) fn environment(&self) -> Vec<(&'static str, OsString)> {
        let file = |path: &Option<PathBuf>| path.clone().map(PathBuf::into_os_string);
        let text = |text: &Option<String>| text.clone().map(OsString::from);
        let switch = |set: bool| set.then(|| "1".into());
        let secret = |secret: &Option<Secret>| secret.as_ref().map(|secret| secret.expose().into());
        let timeout = self.redis_timeout;
        let timeout = timeout.map(|timeout| format!("{}ms", timeout.as_millis()).into());
        let variables = [
            ("QCTL_REDIS", text(&self.redis)),
            ("QCTL_CONTEXT", text(&self.context)),
            ("QCTL_CONFIRM", text(&self.confirm)),
            ("QCTL_PASSWORD_FILE", file(&self.password_file)),
            ("QCTL_SENTINEL_USER", text(&self.sentinel_user)),
            (
                "QCTL_SENTINEL_PASSWORD_FILE",
                file(&self.sentinel_password_file),
            ),
            ("QCTL_SENTINEL_PASSWORD", secret(&self.sentinel_password)),
            ("QCTL_TLS_CA", file(&self.tls_ca)),
            ("QCTL_TLS_CERT", file(&self.tls_cert)),
            ("QCTL_TLS_KEY", file(&self.tls_key)),
            ("QCTL_TLS_SERVER_NAME", text(&self.tls_server_name)),
            ("QCTL_INSECURE", switch(self.insecure)),
            ("QCTL_REDIS_TIMEOUT", timeout),
            ("QCTL_READ_ONLY", switch(self.read_only)),
            ("QCTL_CONFIG", file(&self.config)),
        ];
        let set = variables.into_iter();
        set.filter_map(|(name, value)| Some((name, value?)))
            .collect()
    }
}

fn timeout(text: &str) -> Result<Duration, String> {
    match parse::duration(text) {
        Ok(Duration::ZERO) => Err("it must be more than zero".to_owned()),
        Ok(timeout) => Ok(timeout),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The variables that a part of this file names.
    fn named<'a>(text: &'a str, from: &str, to: &str) -> BTreeSet<&'a str> {
        let (_, part) = text.split_once(from).unwrap();
        let (part, _) = part.split_once(to).unwrap();
        let words = part.split('"').skip(1).step_by(2);
        words.filter(|word| word.starts_with("QCTL_")).collect()
    }

    #[test]
    fn a_variable_that_describes_a_server_reaches_no_command_for_another_one() {
        let text = include_str!("flags.rs");
        let mut read = named(text, "fn or_variables", "fn or_other_variables");
        read.insert("QCTL_CONFIRM");
        assert_eq!(read, SERVER_VARIABLES.into());
        let passed_on = named(text, "fn environment", "fn timeout");
        assert_eq!(read.difference(&passed_on).collect::<Vec<_>>(), [&""; 0]);
    }
}
