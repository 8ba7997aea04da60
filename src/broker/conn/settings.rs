//! Connection settings.

use std::time::Duration;

use crate::broker::conn::address::Address;

/// How to connect to Redis.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The server and the login.
    pub address: Address,
    /// Only used for addresses with TLS.
    pub tls: Tls,
    /// Maximum time to wait for a connection, and for an answer.
    pub timeout: Duration,
}

/// TLS settings, with the contents of the files.
#[derive(Debug, Clone, Default)]
pub struct Tls {
    /// Trusted certificates (PEM); `None` = those of the system.
    pub ca: Option<Vec<u8>>,
    /// The client certificate and its key (PEM).
    pub identity: Option<(Vec<u8>, Vec<u8>)>,
    /// The name expected in the server's certificate; `None` = the host of the address.
    pub server_name: Option<String>,
    /// Whether any server certificate is accepted.
    pub insecure: bool,
}
