//! Makes connections: opens the stream, logs in, and chooses the database.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, ProtocolVersion, PushInfo, RedisConnectionInfo, RedisResult};
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::JoinHandle;

use crate::broker::conn::address::{Address, Endpoint, Sentinels};
use crate::broker::conn::settings::Settings;
use crate::broker::conn::stream::{self, Encryption, Socket};
use crate::broker::error::Error;
use crate::broker::fault::Fault;
use crate::broker::unknown::Unknowns;
use crate::tls;

/// Maximum time to wait for a Sentinel: there are others.
const SENTINEL_TIMEOUT: Duration = Duration::from_secs(1);

/// How to connect, with the TLS settings checked.
#[derive(Clone)]
pub(crate) struct Dialer {
    settings: Arc<Settings>,
    encryption: Option<Encryption>,
    /// All connections to the same Redis share it.
    unknowns: Arc<Unknowns>,
}

impl Dialer {
    pub(super) fn new(settings: Settings) -> Result<Self, Error> {
        let encryption = if settings.address.uses_tls() {
            Some(Encryption {
                connector: tls::connector(&settings.tls).map_err(Error::Tls)?,
                server_name: settings.tls.server_name.clone(),
            })
        } else {
            None
        };
        Ok(Self {
            settings: Arc::new(settings),
            encryption,
            unknowns: Arc::default(),
        })
    }

    /// For the Sentinels of the address, which have a login of their own and no databases.
    pub(super) fn for_sentinels(&self, sentinels: &Sentinels) -> Result<Self, Error> {
        let (username, password) = (sentinels.username.clone(), sentinels.password.clone());
        let endpoint = Endpoint::Tcp {
            host: String::new(),
            port: 0,
            tls: sentinels.sentinel_tls,
        };
        Self::new(Settings {
            address: Address {
                endpoint,
                username,
                password,
                db: 0,
            },
            timeout: self.settings.timeout.min(SENTINEL_TIMEOUT),
            ..Settings::clone(&self.settings)
        })
    }

    /// The same with a timeout extended by `longer`.
    pub(super) fn patient(&self, longer: Duration) -> Self {
        let mut settings = Settings::clone(&self.settings);
        settings.timeout += longer;
        Self {
            settings: Arc::new(settings),
            encryption: self.encryption.clone(),
            unknowns: Arc::clone(&self.unknowns),
        }
    }

    pub(super) fn unknowns(&self) -> &Unknowns {
        &self.unknowns
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// A connection for commands.
    pub(super) async fn connect(&self, socket: &Socket) -> RedisResult<Link> {
        self.dial(socket, ProtocolVersion::RESP2, self.config())
            .await
    }

    /// A connection for messages, which arrive at `sender`.
    pub(super) async fn listen(
        &self,
        socket: &Socket,
        sender: UnboundedSender<PushInfo>,
    ) -> RedisResult<Link> {
        let config = self.config().set_push_sender(sender);
        self.dial(socket, ProtocolVersion::RESP3, config).await
    }

    fn config(&self) -> AsyncConnectionConfig {
        AsyncConnectionConfig::new().set_response_timeout(Some(self.settings.timeout))
    }

    async fn dial(
        &self,
        socket: &Socket,
        protocol: ProtocolVersion,
        config: AsyncConnectionConfig,
    ) -> RedisResult<Link> {
        let dialed = async {
            let opened = stream::open(socket, self.encryption.as_ref()).await;
            let stream = opened.map_err(std::io::Error::from)?;
            let login = self.login(protocol);
            let (conn, driver) =
                MultiplexedConnection::new_with_config(&login, stream, config).await?;
            Ok(Link {
                conn,
                driver: Arc::new(Driver(tokio::spawn(driver))),
            })
        };
        match tokio::time::timeout(self.settings.timeout, dialed).await {
            Ok(dialed) => dialed,
            Err(_) => Err(std::io::Error::from(Fault::Timeout).into()),
        }
    }

    fn login(&self, protocol: ProtocolVersion) -> RedisConnectionInfo {
        let address = &self.settings.address;
        let mut login = RedisConnectionInfo::default()
            .set_db(i64::from(address.db))
            .set_protocol(protocol)
            .set_lib_name("qctl", env!("CARGO_PKG_VERSION"));
        if let Some(username) = &address.username {
            login = login.set_username(username);
        }
        if let Some(password) = &address.password {
            login = login.set_password(password.expose());
        }
        login
    }
}

impl fmt::Debug for Dialer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Dialer").field(&self.settings).finish()
    }
}

/// A connection. The task that reads and writes for it ends with the last clone.
#[derive(Debug, Clone)]
pub(crate) struct Link {
    pub(super) conn: MultiplexedConnection,
    driver: Arc<Driver>,
}

impl Link {
    /// Whether both are clones of one connection.
    pub(super) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.driver, &other.driver)
    }
}

#[derive(Debug)]
struct Driver(JoinHandle<()>);

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}
