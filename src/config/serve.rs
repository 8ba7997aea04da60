//! `[serve]` and the flags of `serve`, combined into one plan.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::Deserialize;

use super::error::ConfigError;
use super::text;

/// The section.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ServeConfig {
    listen: Vec<Listen>,
    root_path: Option<String>,
    auth: Option<AuthMode>,
    auth_file: Option<PathBuf>,
    proxy_header: Option<String>,
    trusted_proxies: Vec<String>,
    allow_hosts: Vec<String>,
    secure_cookie: bool,
    metrics_token_file: Option<PathBuf>,
    https_cert: Option<PathBuf>,
    https_key: Option<PathBuf>,
}

/// The flags. Each takes precedence over the key of its name.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct ServeFlags {
    /// Address and port to listen on, or unix:PATH (repeatable) [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS")]
    listen: Vec<Listen>,
    /// Path below which all pages are, as a proxy in front passes it on [default: /]
    #[arg(long, value_name = "PATH")]
    root_path: Option<String>,
    /// How users log in: token, basic, proxy-header, or none (on loopback addresses only) [default: token]
    #[arg(long, value_name = "MODE")]
    auth: Option<AuthMode>,
    /// File with the token, or for --auth basic with lines of NAME:PASSWORD [default: a new token at each start]
    #[arg(long, value_name = "FILE")]
    auth_file: Option<PathBuf>,
    /// For --auth proxy-header: the header with the name of the user [default: X-Forwarded-User]
    #[arg(long, value_name = "NAME")]
    proxy_header: Option<String>,
    /// Address or network of a proxy whose headers about its clients are trusted; unix for Unix sockets (repeatable)
    #[arg(long = "trusted-proxy", value_name = "CIDR")]
    trusted_proxies: Vec<String>,
    /// Name under which the page may be visited, besides those of this machine (repeatable)
    #[arg(long = "allow-host", value_name = "NAME")]
    allow_hosts: Vec<String>,
    /// Send the cookie of a login over TLS only, for a page behind a proxy with TLS
    #[arg(long)]
    secure_cookie: bool,
    /// File with a token that gives access to /metrics only
    #[arg(long, value_name = "FILE")]
    metrics_token_file: Option<PathBuf>,
    /// Certificate of the page (PEM), followed by those of its authorities
    #[arg(long, value_name = "FILE")]
    https_cert: Option<PathBuf>,
    /// Key of that certificate (PEM)
    #[arg(long, value_name = "FILE")]
    https_key: Option<PathBuf>,
}

impl ServeFlags {
    /// A page at this address.
    pub(crate) fn at(listen: Listen) -> Self {
        Self {
            listen: vec![listen],
            ..Self::default()
        }
    }
}

/// What flags and file say together.
#[derive(Debug)]
pub(crate) struct ServePlan {
    pub(crate) listen: Vec<Listen>,
    pub(crate) root_path: String,
    pub(crate) auth: AuthPlan,
    pub(crate) trusted_proxies: Vec<String>,
    pub(crate) allow_hosts: Vec<String>,
    pub(crate) secure_cookie: bool,
    pub(crate) metrics_token: Option<String>,
    pub(crate) https: Option<Https>,
}

/// How users log in, with what it needs.
#[derive(Debug)]
pub(crate) enum AuthPlan {
    /// `None`: a new token.
    Token(Option<String>),
    /// The text of a file of users, and its path.
    Basic {
        text: String,
        path: PathBuf,
    },
    /// The name of a header.
    ProxyHeader(String),
    Nothing,
}

/// The certificate of the page and its key.
#[derive(Debug)]
pub(crate) struct Https {
    pub(crate) cert: PathBuf,
    pub(crate) key: PathBuf,
}

/// Where to listen.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) enum Listen {
    Tcp(SocketAddr),
    Unix(PathBuf),
}

impl ServeConfig {
    /// The same section with its paths relative to a folder.
    pub(super) fn seen_from(self, folder: &Path) -> Self {
        let seen = |path: Option<PathBuf>| path.map(|path| folder.join(path));
        let listen = self.listen.into_iter().map(|listen| match listen {
            Listen::Unix(path) => Listen::Unix(folder.join(path)),
            tcp @ Listen::Tcp(_) => tcp,
        });
        Self {
            listen: listen.collect(),
            auth_file: seen(self.auth_file),
            metrics_token_file: seen(self.metrics_token_file),
            https_cert: seen(self.https_cert),
            https_key: seen(self.https_key),
            ..self
        }
    }
}

/// How users log in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
enum AuthMode {
    #[default]
    Token,
    Basic,
    ProxyHeader,
    Nothing,
}

/// Fewer characters can be guessed.
const MIN_TOKEN_CHARS: usize = 16;

impl ServePlan {
    /// Combines flags and the file, and reads the files with secrets.
    pub(crate) fn new(flags: &ServeFlags, file: &ServeConfig) -> Result<Self, ConfigError> {
        let listen = either(&flags.listen, &file.listen);
        let default = || vec![Listen::Tcp(SocketAddr::from(([127, 0, 0, 1], 8080)))];
        let root_path = flags.root_path.as_ref().or(file.root_path.as_ref());
        let plan = Self {
            listen: if listen.is_empty() { default() } else { listen },
            root_path: root_path.cloned().unwrap_or_default(),
            auth: auth(flags, file)?,
            trusted_proxies: either(&flags.trusted_proxies, &file.trusted_proxies),
            allow_hosts: either(&flags.allow_hosts, &file.allow_hosts),
            secure_cookie: flags.secure_cookie || file.secure_cookie,
            metrics_token: first(
                flags.metrics_token_file.as_ref(),
                file.metrics_token_file.as_ref(),
            )
            .map(|path| token("the token for /metrics", path))
            .transpose()?,
            https: https(flags, file)?,
        };
        let open = plan.listen.iter().find(|listen| !listen.is_local());
        if let (AuthPlan::Nothing, Some(open)) = (&plan.auth, open) {
            let what = format!(
                "without a login, the page cannot be served on {open}, which is not a loopback address"
            );
            return Err(ConfigError::Open(what));
        }
        if matches!(plan.auth, AuthPlan::ProxyHeader(_)) && plan.trusted_proxies.is_empty() {
            let what = "--auth proxy-header needs the address of the proxy in --trusted-proxy";
            return Err(ConfigError::Incomplete(what));
        }
        Ok(plan)
    }
}

fn auth(flags: &ServeFlags, file: &ServeConfig) -> Result<AuthPlan, ConfigError> {
    let path = first(flags.auth_file.as_ref(), file.auth_file.as_ref());
    let mode = flags.auth.or(file.auth).unwrap_or_default();
    let header = flags.proxy_header.as_ref().or(file.proxy_header.as_ref());
    if header.is_some() && mode != AuthMode::ProxyHeader {
        return Err(ConfigError::Incomplete(
            "--proxy-header needs --auth proxy-header",
        ));
    }
    match (mode, path) {
        (AuthMode::Token, None) => Ok(AuthPlan::Token(None)),
        (AuthMode::Token, Some(path)) => Ok(AuthPlan::Token(Some(token("the token", path)?))),
        (AuthMode::Basic, Some(path)) => Ok(AuthPlan::Basic {
            text: text::text("the users", path)?,
            path: path.to_owned(),
        }),
        (AuthMode::Basic, None) => Err(ConfigError::Incomplete("--auth basic needs --auth-file")),
        (AuthMode::ProxyHeader | AuthMode::Nothing, Some(_)) => {
            let what = "--auth-file has no effect with --auth proxy-header and --auth none";
            Err(ConfigError::Conflict(what.to_owned()))
        }
        (AuthMode::ProxyHeader, None) => {
            let default = || "X-Forwarded-User".to_owned();
            Ok(AuthPlan::ProxyHeader(
                header.cloned().unwrap_or_else(default),
            ))
        }
        (AuthMode::Nothing, None) => Ok(AuthPlan::Nothing),
    }
}

fn https(flags: &ServeFlags, file: &ServeConfig) -> Result<Option<Https>, ConfigError> {
    let cert = first(flags.https_cert.as_ref(), file.https_cert.as_ref());
    match (
        cert,
        first(flags.https_key.as_ref(), file.https_key.as_ref()),
    ) {
        (None, None) => Ok(None),
        (Some(cert), Some(key)) => Ok(Some(Https {
            cert: cert.to_owned(),
            key: key.to_owned(),
        })),
        (Some(_), None) => Err(ConfigError::Incomplete("--https-cert needs --https-key")),
        (None, Some(_)) => Err(ConfigError::Incomplete("--https-key needs --https-cert")),
    }
}

fn token(what: &'static str, path: &Path) -> Result<String, ConfigError> {
    let text = text::text(what, path)?;
    let token = text.trim();
    if token.chars().count() < MIN_TOKEN_CHARS {
        return Err(ConfigError::Unreadable {
            what,
            path: path.to_owned(),
            reason: format!("it has fewer than {MIN_TOKEN_CHARS} characters"),
        });
    }
    Ok(token.to_owned())
}

fn either<T: Clone>(typed: &[T], file: &[T]) -> Vec<T> {
    if typed.is_empty() {
        file.to_vec()
    } else {
        typed.to_vec()
    }
}

fn first<'a>(typed: Option<&'a PathBuf>, file: Option<&'a PathBuf>) -> Option<&'a Path> {
    typed.or(file).map(PathBuf::as_path)
}

impl Listen {
    /// Whether only this machine can connect.
    pub(crate) const fn is_local(&self) -> bool {
        match self {
            Self::Tcp(address) => address.ip().is_loopback(),
            Self::Unix(_) => true,
        }
    }
}

impl std::fmt::Display for Listen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

impl FromStr for Listen {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.strip_prefix("unix:") {
            Some("") => Err("the path is empty".to_owned()),
            Some(path) => Ok(Self::Unix(PathBuf::from(path))),
            None => text.parse().map(Self::Tcp).map_err(|_| {
                "expected an address and a port such as 127.0.0.1:8080, or unix:PATH".to_owned()
            }),
        }
    }
}

impl FromStr for AuthMode {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        match text {
            "token" => Ok(Self::Token),
            "basic" => Ok(Self::Basic),
            "proxy-header" => Ok(Self::ProxyHeader),
            "none" => Ok(Self::Nothing),
            _ => Err("expected token, basic, proxy-header or none"),
        }
    }
}

impl TryFrom<String> for Listen {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl TryFrom<String> for AuthMode {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        text.parse()
    }
}
