//! How to reach Redis.

use std::time::Duration;

use crate::broker::conn::address::Address;

/// How to talk to Redis.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where it is and who we are.
    pub address: Address,
    /// Only used for addresses with TLS.
    pub tls: Tls,
    /// How long to wait for a connection, and for an answer.
    pub timeout: Duration,
}

/// What TLS needs to know. All files are read by whoever fills this in.
#[derive(Debug, Clone, Default)]
pub struct Tls {
    /// Certificates to trust, PEM; `None` = those of the system.
    pub ca: Option<Vec<u8>>,
    /// Our certificate and its key, PEM.
    pub identity: Option<(Vec<u8>, Vec<u8>)>,
    /// The name that the server's certificate must carry; `None` = the host of the address.
    pub server_name: Option<String>,
    /// Accept any certificate.
    pub insecure: bool,
}
