//! How a program talks to Redis.

use std::fmt;
use std::time::Duration;

use super::error::Error;
use crate::broker::{Address, Secret, Settings, Tls};

/// Where Redis is, and how to talk to it.
///
/// ```
/// use std::time::Duration;
/// use qctl::RedisSettings;
///
/// let settings = RedisSettings::new("rediss://app:secret@redis.example.com/2")?
///     .timeout(Duration::from_secs(2))
///     .server_name("redis.internal");
/// # Ok::<(), qctl::Error>(())
/// ```
#[derive(Clone)]
pub struct RedisSettings(Settings);

impl fmt::Debug for RedisSettings {
    /// Without the password and the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut settings = f.debug_struct("RedisSettings");
        settings.field("address", &self.0.address.to_string());
        settings.field("timeout", &self.0.timeout);
        settings.finish_non_exhaustive()
    }
}

/// How long a command may take by default.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(5);

impl RedisSettings {
    /// Settings for the server of a URL: `redis://[user:password@]host[:port][/db]`, `rediss://…` for TLS,
    /// `redis+unix:///path?db=n`, `redis-cluster://host:port,host:port`, or
    /// `redis-sentinel://host:port,host:port/db?master=name`.
    ///
    /// # Errors
    /// [`Error::Address`] if the URL names no Redis server.
    pub fn new(url: &str) -> Result<Self, Error> {
        Ok(Self(Settings {
            address: Address::parse(url)?,
            tls: Tls::default(),
            timeout: DEFAULT_TIMEOUT,
        }))
    }

    /// How long a connection, and each command, may take: 5 seconds by default.
    #[must_use]
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.0.timeout = timeout;
        self
    }

    /// Logs in to the Sentinels as this user (`None` = their default user). The login in the URL is for the Redis servers.
    /// Only used with `redis-sentinel://`.
    #[must_use]
    pub fn sentinel_login(mut self, user: Option<&str>, password: &str) -> Self {
        let password = Some(Secret::new(password));
        let _: bool = self
            .0
            .address
            .set_sentinel_login(user.map(str::to_owned), password);
        self
    }

    /// Trusts these certificates (PEM) instead of those of the system. Only used with TLS.
    #[must_use]
    pub fn ca_certificates(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.0.tls.ca = Some(pem.into());
        self
    }

    /// Presents this client certificate and key (PEM) to the server. Only used with TLS.
    #[must_use]
    pub fn client_certificate(
        mut self,
        certificate: impl Into<Vec<u8>>,
        key: impl Into<Vec<u8>>,
    ) -> Self {
        self.0.tls.identity = Some((certificate.into(), key.into()));
        self
    }

    /// The name expected in the server's certificate, if it is not the host of the URL.
    #[must_use]
    pub fn server_name(mut self, name: impl Into<String>) -> Self {
        self.0.tls.server_name = Some(name.into());
        self
    }

    /// Accepts any certificate. Anyone between client and server can then read and change everything.
    #[must_use]
    pub const fn danger_accept_any_certificate(mut self) -> Self {
        self.0.tls.insecure = true;
        self
    }

    pub(super) fn into_settings(self) -> Settings {
        self.0
    }
}
