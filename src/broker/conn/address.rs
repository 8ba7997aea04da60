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

impl Address {
    /// Whether connections are encrypted.
    pub const fn uses_tls(&self) -> bool {
        match self.endpoint {
            Endpoint::Tcp { tls, .. } | Endpoint::Cluster { tls, .. } => tls,
            Endpoint::Unix(_) => false,
        }
    }

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
