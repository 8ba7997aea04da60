//! Connection settings.

use std::time::Duration;

use crate::broker::conn::address::Address;
use crate::tls::Tls;

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
