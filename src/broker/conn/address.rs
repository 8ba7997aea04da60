//! Where Redis is: the URL a user gives, taken apart. A password in it is never shown again.

use std::fmt;
use std::path::PathBuf;

use url::Url;

/// A password: it can be used, but neither printed nor logged.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a password.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// How a server is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Endpoint {
    /// By TCP, with or without TLS.
    Tcp {
        /// Host name or address.
        host: String,
        /// Port, 6379 unless given.
        port: u16,
        /// Whether the connection is encrypted.
        tls: bool,
    },
    /// By a unix socket.
    Unix(PathBuf),
    /// Several servers that share the keys.
    Cluster {
        /// Host and port of those that are asked for the others.
        nodes: Vec<(String, u16)>,
        /// Whether connections are encrypted.
        tls: bool,
    },
}

/// A server, who we are there, and which of its databases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// How it is reached.
    pub endpoint: Endpoint,
    /// The user; `None` = Redis's default user.
    pub username: Option<String>,
    /// The password.
    pub password: Option<Secret>,
    /// The database number.
    pub db: u32,
}

/// A URL that names no Redis server. The URL itself is left out: it may carry a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Not a URL at all.
    #[error("the Redis URL cannot be read: {0}")]
    Malformed(String),
    /// A scheme that is not one of ours.
    #[error(
        "the Redis URL has the scheme {0:?}; use redis, rediss, redis+unix, unix, redis-cluster or rediss-cluster"
    )]
    Scheme(String),
    /// A scheme that a later version will have.
    #[error("{0} URLs are not supported yet; give the URL of the primary server")]
    NotYet(&'static str),
    /// A database that is not a number. It is not quoted: a password with a `/` ends up there.
    #[error("the Redis URL names a database that is no number; use one as in redis://host:6379/0")]
    Database,
    /// A cluster has no databases.
    #[error("the Redis URL names a database, and a cluster has only one; leave it out")]
    ClusterDatabase,
    /// A socket URL without a path.
    #[error("the Redis URL has no socket path; use redis+unix:///path/to/redis.sock")]
    NoPath,
}

impl Address {
    /// Reads `redis://[user:password@]host[:port][/db]`, `rediss://…`, and
    /// `redis+unix:///path[?db=n]` (also `unix://` and Asynq's `redis-socket://`), and
    /// `redis-cluster://[user:password@]host[:port],…` (`rediss-cluster://` with TLS).
    ///
    /// ```
    /// use qctl::broker::Address;
    /// let address = Address::parse("redis://app:hunter2@example.com/3")?;
    /// assert_eq!(address.to_string(), "redis://app@example.com:6379/3");
    /// # Ok::<(), qctl::broker::AddressError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let text = text.trim();
        if let Some((scheme @ ("redis-cluster" | "rediss-cluster"), rest)) = text.split_once("://")
        {
            return cluster(rest, scheme == "rediss-cluster");
        }
        // A password before a socket's path makes URL libraries ask for a host.
        let url = match Url::parse(&text.replacen("@/", "@localhost/", 1)) {
            Ok(url) => url,
            Err(error) if !text.contains("://") => {
                return Err(AddressError::Malformed(format!(
                    "{error}; use redis://host:6379/0"
                )));
            }
            Err(error) => return Err(AddressError::Malformed(error.to_string())),
        };
        let (endpoint, db) = match url.scheme() {
            "redis" => tcp(&url, false)?,
            "rediss" => tcp(&url, true)?,
            "redis+unix" | "unix" | "redis-socket" => socket(&url)?,
            "redis-sentinel" | "rediss-sentinel" => {
                return Err(AddressError::NotYet("redis-sentinel"));
            }
            other => return Err(AddressError::Scheme(other.to_owned())),
        };
        Ok(Self {
            endpoint,
            username: Some(decode(url.username())?).filter(|name| !name.is_empty()),
            password: url.password().map(decode).transpose()?.map(Secret::new),
            db: number(&db)?,
        })
    }
}

/// Takes a URL with several hosts apart, by reading it once with each of them.
fn cluster(rest: &str, tls: bool) -> Result<Address, AddressError> {
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let (login, hosts) = match authority.rsplit_once('@') {
        Some((login, hosts)) => (format!("{login}@"), hosts),
        None => (String::new(), authority),
    };
    let mut whole = None;
    let mut nodes = Vec::new();
    for host in hosts.split(',') {
        let address = Address::parse(&format!("redis://{login}{host}{path}"))?;
        if let Endpoint::Tcp { host, port, .. } = &address.endpoint {
            nodes.push((host.clone(), *port));
        }
        whole = Some(address);
    }
    let whole = whole.filter(|address| address.db == 0);
    let whole = whole.ok_or(AddressError::ClusterDatabase)?;
    Ok(Address {
        endpoint: Endpoint::Cluster { nodes, tls },
        ..whole
    })
}

fn tcp(url: &Url, tls: bool) -> Result<(Endpoint, String), AddressError> {
    let host = match url.host_str().unwrap_or_default() {
        "" => "localhost".to_owned(),
        host => decode(host.trim_start_matches('[').trim_end_matches(']'))?,
    };
    let endpoint = Endpoint::Tcp {
        host,
        port: url.port().unwrap_or(6379),
        tls,
    };
    let path = url.path().trim_matches('/');
    Ok((
        endpoint,
        if path.is_empty() {
            query_db(url)
        } else {
            path.to_owned()
        },
    ))
}

fn socket(url: &Url) -> Result<(Endpoint, String), AddressError> {
    let path = decode(url.path())?;
    if path.is_empty() || path == "/" {
        return Err(AddressError::NoPath);
    }
    Ok((Endpoint::Unix(PathBuf::from(path)), query_db(url)))
}

fn query_db(url: &Url) -> String {
    url.query_pairs()
        .find(|(name, _)| name == "db")
        .map_or_else(String::new, |(_, value)| value.into_owned())
}

fn number(db: &str) -> Result<u32, AddressError> {
    if db.is_empty() {
        return Ok(0);
    }
    db.parse().map_err(|_| AddressError::Database)
}

fn decode(text: &str) -> Result<String, AddressError> {
    percent_encoding::percent_decode_str(text)
        .decode_utf8()
        .map(std::borrow::Cow::into_owned)
        .map_err(|_| AddressError::Malformed("an escaped part is not UTF-8".to_owned()))
}

impl Address {
    fn servers(&self, f: &mut fmt::Formatter<'_>, servers: &[(&String, u16)]) -> fmt::Result {
        if let Some(user) = &self.username {
            write!(f, "{user}@")?;
        }
        for (place, (host, port)) in servers.iter().enumerate() {
            let comma = if place == 0 { "" } else { "," };
            if host.contains(':') {
                write!(f, "{comma}[{host}]:{port}")?;
            } else {
                write!(f, "{comma}{host}:{port}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Address {
    /// The URL without its password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.endpoint {
            Endpoint::Tcp { host, port, tls } => {
                f.write_str(if *tls { "rediss://" } else { "redis://" })?;
                self.servers(f, &[(host, *port)])?;
                if self.db != 0 {
                    write!(f, "/{}", self.db)?;
                }
            }
            Endpoint::Cluster { nodes, tls } => {
                f.write_str(if *tls { "rediss" } else { "redis" })?;
                f.write_str("-cluster://")?;
                let nodes: Vec<_> = nodes.iter().map(|(host, port)| (host, *port)).collect();
                self.servers(f, &nodes)?;
            }
            Endpoint::Unix(path) => {
                write!(f, "redis+unix://{}", path.display())?;
                if self.db != 0 {
                    write!(f, "?db={}", self.db)?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_taken_apart_and_shown_without_password() {
        let table = [
            ("redis://localhost", "redis://localhost:6379"),
            ("redis://:secret@10.0.0.1:7000/2", "redis://10.0.0.1:7000/2"),
            ("rediss://u:p%40ss@h/", "rediss://u@h:6379"),
            ("redis://[::1]:7/1", "redis://[::1]:7/1"),
            ("redis://h?db=4", "redis://h:6379/4"),
            (
                "redis+unix:///run/r.sock?db=3",
                "redis+unix:///run/r.sock?db=3",
            ),
            ("unix:///run/r.sock", "redis+unix:///run/r.sock"),
            (
                "redis-socket://:secret@/run/r.sock",
                "redis+unix:///run/r.sock",
            ),
        ];
        for (given, shown) in table {
            assert_eq!(Address::parse(given).unwrap().to_string(), shown, "{given}");
        }
        for (given, shown) in [
            ("redis-cluster://h", "redis-cluster://h:6379"),
            (
                "redis-cluster://:secret@a,b:7001,[::1]:7002/0",
                "redis-cluster://a:6379,b:7001,[::1]:7002",
            ),
            (
                "rediss-cluster://u:p%40ss@a,b/?db=0",
                "rediss-cluster://u@a:6379,b:6379",
            ),
        ] {
            assert_eq!(Address::parse(given).unwrap().to_string(), shown, "{given}");
        }
        let address = Address::parse("rediss://u:p%40ss@h").unwrap();
        assert_eq!(address.password.as_ref().unwrap().expose(), "p@ss");
        assert!(!format!("{address:?}").contains("p@ss"));
    }

    #[test]
    fn what_is_refused_never_shows_the_url() {
        for bad in [
            "localhost:6379",
            "",
            "http://h",
            "redis://:hunter2@h/abc",
            "redis+unix://",
            "redis-sentinel://:hunter2@h/0?master=m",
            "redis://:hunter2@h:99999",
            "redis-cluster://:hunter2@h,i/1",
            "redis-cluster://:hunter2@h:0x,i",
            "redis-cluster://:hun/ter2hunter2@h,i",
        ] {
            let error = Address::parse(bad).unwrap_err().to_string();
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
