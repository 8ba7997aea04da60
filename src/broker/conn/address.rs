//! The address of Redis with the login. `url` reads it; the password is never shown.

use std::fmt;
use std::path::PathBuf;

/// A password, which is neither printed nor logged.
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
    /// TCP, with or without TLS.
    Tcp {
        /// Host name or address.
        host: String,
        /// Port, 6379 unless given.
        port: u16,
        /// Whether the connection is encrypted.
        tls: bool,
    },
    /// A Unix socket.
    Unix(PathBuf),
    /// A cluster.
    Cluster {
        /// Host and port of the servers that are asked for the others.
        nodes: Vec<(String, u16)>,
        /// Whether connections are encrypted.
        tls: bool,
    },
    /// The primary that Sentinels name.
    Sentinel(Sentinels),
}

/// A primary with replicas, and the Sentinels that watch it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentinels {
    /// Host and port of Sentinels. They name the others.
    pub nodes: Vec<(String, u16)>,
    /// The name that the Sentinels have for the primary.
    pub master: String,
    /// Whether connections to the primary are encrypted.
    pub tls: bool,
    /// Whether connections to the Sentinels are encrypted.
    pub sentinel_tls: bool,
    /// The user of the Sentinels; `None` = their default user.
    pub username: Option<String>,
    /// The password of the Sentinels.
    pub password: Option<Secret>,
}

/// A server or a cluster, the login, and the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// The server.
    pub endpoint: Endpoint,
    /// The user; `None` = Redis's default user.
    pub username: Option<String>,
    /// The password.
    pub password: Option<Secret>,
    /// The database number.
    pub db: u32,
}

/// What a value in a query must not contain as it is.
const IN_QUERY: &percent_encoding::AsciiSet = &percent_encoding::CONTROLS
    .add(b' ')
    .add(b'#')
    .add(b'%')
    .add(b'&')
    .add(b'+')
    .add(b'?')
    .add(b'@')
    .add(b'/');

impl Address {
    /// Whether connections to the servers that hold the data are encrypted.
    pub const fn uses_tls(&self) -> bool {
        match &self.endpoint {
            Endpoint::Tcp { tls, .. } | Endpoint::Cluster { tls, .. } => *tls,
            Endpoint::Sentinel(sentinels) => sentinels.tls,
            Endpoint::Unix(_) => false,
        }
    }

    /// The Sentinels, if they name the server.
    pub const fn sentinels(&self) -> Option<&Sentinels> {
        match &self.endpoint {
            Endpoint::Sentinel(sentinels) => Some(sentinels),
            Endpoint::Tcp { .. } | Endpoint::Cluster { .. } | Endpoint::Unix(_) => None,
        }
    }

    /// Logs in to the Sentinels as this user. Returns false if the address has no Sentinels.
    pub fn set_sentinel_login(
        &mut self,
        username: Option<String>,
        password: Option<Secret>,
    ) -> bool {
        let Endpoint::Sentinel(sentinels) = &mut self.endpoint else {
            return false;
        };
        sentinels.username = username;
        sentinels.password = password;
        true
    }

    fn servers(&self, f: &mut fmt::Formatter<'_>, servers: &[(String, u16)]) -> fmt::Result {
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
                self.servers(f, &[(host.clone(), *port)])?;
                if self.db != 0 {
                    write!(f, "/{}", self.db)?;
                }
            }
            Endpoint::Cluster { nodes, tls } => {
                f.write_str(if *tls { "rediss" } else { "redis" })?;
                f.write_str("-cluster://")?;
                self.servers(f, nodes)?;
            }
            Endpoint::Sentinel(sentinels) => {
                f.write_str(if sentinels.tls { "rediss" } else { "redis" })?;
                f.write_str("-sentinel://")?;
                self.servers(f, &sentinels.nodes)?;
                if self.db != 0 {
                    write!(f, "/{}", self.db)?;
                }
                let master = percent_encoding::utf8_percent_encode(&sentinels.master, IN_QUERY);
                write!(f, "?master={master}")?;
                if sentinels.sentinel_tls != sentinels.tls {
                    write!(f, "&sentinel_tls={}", sentinels.sentinel_tls)?;
                }
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
