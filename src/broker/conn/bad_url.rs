//! Mistakes in a URL. No message repeats a part of the URL: any part may hold a password.

/// A URL that cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// No `redis://`, and not just a host and a port.
    #[error("the URL has no scheme")]
    NoScheme,
    /// A scheme other than those of Redis.
    #[error("the URL has an unknown scheme")]
    Scheme,
    /// A Sentinel URL without `?master=`.
    #[error("the URL does not name the primary that the Sentinels watch")]
    NoMaster,
    /// Neither `true` nor `false`.
    #[error("sentinel_tls in the URL is neither true nor false")]
    SentinelTls,
    /// A character that ends the host, with an `@` behind it: it belongs to the password.
    #[error("the user or the password contains a raw {0:?}")]
    RawCharacter(char),
    /// `#` and what follows.
    #[error("the URL has a part after \"#\", which means nothing to Redis")]
    Fragment,
    /// Blanks and control characters.
    #[error("the URL contains a blank or a control character")]
    Blank,
    /// A placeholder such as `${REDIS_HOST}`.
    #[error("the URL contains a placeholder such as ${{NAME}}, which is not expanded")]
    Placeholder,
    /// A `%` that begins no escape.
    #[error("the URL contains a \"%\" without two hexadecimal digits after it")]
    Escape,
    /// Escapes of bytes that are not text.
    #[error("an escaped part of the URL is not UTF-8")]
    NotUtf8,
    /// `redis://secret@host`: a user to some clients, a password to others.
    #[error("the URL has a user without a password")]
    UserAlone,
    /// Not a host name or an IP address.
    #[error("the URL has no valid host")]
    Host,
    /// Not a number from 1 to 65535.
    #[error("the URL has no valid port")]
    Port,
    /// Not a number.
    #[error("the database in the URL is not a number")]
    Database,
    /// A path and a parameter that contradict each other, or two parameters.
    #[error("the URL names two different databases")]
    TwoDatabases,
    /// A cluster has no databases.
    #[error("the URL names a database, but a cluster has only one")]
    ClusterDatabase,
    /// A socket URL without a path, or with a host.
    #[error("the URL has no socket path")]
    NoPath,
    /// A parameter of another client, for which qctl has a flag or nothing.
    #[error("the URL has the parameter {name:?}, which qctl does not support")]
    Parameter {
        /// Its name, one of those that other clients know.
        name: &'static str,
        /// What to do instead.
        instead: &'static str,
    },
    /// A parameter with two values.
    #[error("the URL has the parameter {0:?} twice")]
    Twice(&'static str),
    /// An unknown parameter.
    #[error("the URL has an unknown parameter after \"?\"")]
    UnknownParameter,
}

impl AddressError {
    /// What to write instead.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::NoScheme | Self::Host => {
                "write redis://HOST:PORT/DB; several servers of a cluster: redis-cluster://HOST:PORT,HOST:PORT; IPv6: redis://[::1]:6379"
            }
            Self::Scheme => {
                "use redis, rediss (TLS), redis-cluster, rediss-cluster, redis-sentinel, rediss-sentinel or redis+unix"
            }
            Self::NoMaster => USE_MASTER,
            Self::SentinelTls => "write sentinel_tls=true or sentinel_tls=false",
            Self::RawCharacter(_) => {
                "percent-encode it: %23 for #, %2F for /, %3F for ?, %40 for @; or use --password-file"
            }
            Self::Fragment => {
                "write the database as redis://HOST:PORT/DB, and a # in a password as %23"
            }
            Self::Blank => "write a blank in a password as %20",
            Self::Placeholder => "write the value, or set QCTL_REDIS in the environment",
            Self::Escape => "write a % in a password as %25",
            Self::NotUtf8 => "percent-encode the password as UTF-8, or use --password-file",
            Self::UserAlone => {
                "write redis://:PASSWORD@HOST or redis://USER:PASSWORD@HOST, or add --password-file; redis://USER:@HOST for a user without a password"
            }
            Self::Port => "use a number from 1 to 65535, as in redis://HOST:6379",
            Self::Database => "write a number, as in redis://HOST:PORT/0",
            Self::TwoDatabases => "write it once, as in redis://HOST:PORT/0",
            Self::ClusterDatabase => "leave the database out",
            Self::NoPath => "write three slashes: redis+unix:///path/to/redis.sock",
            Self::Parameter { instead, .. } => instead,
            Self::Twice(_) => "write it once",
            Self::UnknownParameter => {
                "the only parameter is db, as in redis+unix:///path?db=1; with Sentinels, master and sentinel_tls, too"
            }
        }
    }
}

/// Parameters of other clients, and what stands for them here.
pub(super) const PARAMETERS: &[(&str, &str)] = &[
    ("tls", USE_TLS),
    ("ssl", USE_TLS),
    ("insecure", "use --insecure"),
    ("verify", "use --insecure"),
    (
        "ssl_cert_reqs",
        "use --insecure, or --tls-ca to trust a certificate",
    ),
    ("ssl_ca_certs", "use --tls-ca"),
    ("ssl_certfile", "use --tls-cert"),
    ("ssl_keyfile", "use --tls-key"),
    ("ssl_check_hostname", "use --tls-server-name"),
    ("timeout", USE_TIMEOUT),
    ("dial_timeout", USE_TIMEOUT),
    ("read_timeout", USE_TIMEOUT),
    ("write_timeout", USE_TIMEOUT),
    ("socket_timeout", USE_TIMEOUT),
    ("socket_connect_timeout", USE_TIMEOUT),
    ("user", USE_LOGIN),
    ("username", USE_LOGIN),
    ("password", USE_LOGIN),
    ("auth", USE_LOGIN),
    ("protocol", "leave it out"),
    ("client_name", "leave it out"),
    ("clientname", "leave it out"),
    ("max_retries", "leave it out"),
    ("pool_size", "leave it out"),
    ("max_connections", "leave it out"),
    (
        "master",
        "for Sentinel, write redis-sentinel://HOST:26379/DB?master=NAME",
    ),
    ("master_name", USE_MASTER),
    ("service_name", USE_MASTER),
    ("sentinelmasterid", USE_MASTER),
    ("sentinel_user", USE_SENTINEL_LOGIN),
    ("sentinel_username", USE_SENTINEL_LOGIN),
    ("sentinel_password", USE_SENTINEL_LOGIN),
];

const USE_MASTER: &str =
    "add the name of the primary, as in redis-sentinel://HOST:26379/DB?master=NAME";
const USE_SENTINEL_LOGIN: &str = "use --sentinel-user and --sentinel-password-file";

const USE_TLS: &str = "use rediss:// for TLS";
const USE_TIMEOUT: &str = "use --redis-timeout";
const USE_LOGIN: &str = "write user and password before the host: redis://USER:PASSWORD@HOST";
