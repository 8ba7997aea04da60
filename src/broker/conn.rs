//! One connection type for every kind of Redis.
//!
//! [`Conn`] implements the client's `ConnectionLike`, so commands, pipelines and scripts are written once.
//! A broken connection is dropped and the next use makes a new one; nothing is ever sent twice here, for
//! a lost answer does not mean a lost command. A sentinel or a cluster becomes another [`Source`].

use std::sync::Arc;
use std::time::Duration;

use redis::aio::{ConnectionLike, MultiplexedConnection};
use redis::{
    AsyncConnectionConfig, Client, ClientTlsConfig, Cmd, ConnectionAddr, FromRedisValue,
    IntoConnectionInfo, Pipeline, ProtocolVersion, PushInfo, RedisConnectionInfo, RedisFuture,
    RedisResult, TlsCertificates, Value,
};
use tokio::sync::Mutex;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tracing::Instrument as _;

use super::address::{Address, Endpoint};
use super::error::Error;

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

/// What a connection is made from.
#[derive(Debug)]
enum Source {
    /// One server.
    Single(Client),
}

#[derive(Debug)]
struct Shared {
    source: Source,
    settings: Settings,
    /// The address without its password, for messages.
    shown: String,
    live: Mutex<Option<MultiplexedConnection>>,
}

/// A connection that is made when first used and again when it breaks. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Conn {
    shared: Arc<Shared>,
}

impl Conn {
    /// Prepares a connection; nothing is sent yet.
    pub(super) fn new(settings: Settings) -> Result<Self, Error> {
        let source = Source::Single(client(&settings, ProtocolVersion::RESP2)?);
        let shown = settings.address.to_string();
        Ok(Self {
            shared: Arc::new(Shared {
                source,
                settings,
                shown,
                live: Mutex::new(None),
            }),
        })
    }

    /// A second connection to the same Redis, for what may take so much longer.
    pub(super) fn patient(&self, longer: Duration) -> Result<Self, Error> {
        let mut settings = self.shared.settings.clone();
        settings.timeout += longer;
        Self::new(settings)
    }

    /// Puts an error of the client library into our terms.
    pub(super) fn explain(&self, error: &redis::RedisError) -> Error {
        Error::from_redis(error, &self.shared.shown)
    }

    /// Sends one command.
    pub(super) async fn command<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, Error> {
        let mut conn = self.clone();
        let span = tracing::debug_span!("command", name = name(command));
        let reply = command.query_async(&mut conn).instrument(span).await;
        reply.map_err(|error| self.explain(&error))
    }

    /// Sends several commands in one go.
    pub(super) async fn pipeline<T: FromRedisValue>(
        &self,
        pipeline: &Pipeline,
    ) -> Result<T, Error> {
        let mut conn = self.clone();
        let names = || pipeline.cmd_iter().next().map(name);
        let span = tracing::debug_span!("pipeline", first = names(), commands = pipeline.len());
        let reply = pipeline.query_async(&mut conn).instrument(span).await;
        reply.map_err(|error| self.explain(&error))
    }

    /// Makes sure that the server is there and new enough.
    pub(super) async fn check(&self) -> Result<(), Error> {
        let text: String = match self.command(redis::cmd("INFO").arg("server")).await {
            Ok(text) => text,
            // Not being allowed to ask is no reason to give up.
            Err(Error::NotPermitted { .. }) => return Ok(()),
            Err(error) => return Err(error),
        };
        let version = super::info_field(&text, "redis_version").unwrap_or_default();
        let mut parts = version
            .split('.')
            .map(|part| part.parse::<u32>().unwrap_or(0));
        let number = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
        if version.is_empty() || number >= (6, 2) {
            return Ok(());
        }
        Err(Error::TooOld {
            address: self.shared.shown.clone(),
            version: version.to_owned(),
        })
    }

    /// Receives what is published on a channel, over a connection of its own, until that breaks.
    pub(super) async fn subscribe(&self, channel: &str) -> Result<Subscription, Error> {
        let (sender, receiver) = unbounded_channel();
        let explain = |error| self.explain(&error);
        let client = client(&self.shared.settings, ProtocolVersion::RESP3)?;
        let config = config(&self.shared.settings).set_push_sender(sender);
        let mut conn = client
            .get_multiplexed_async_connection_with_config(&config)
            .await
            .map_err(explain)?;
        conn.subscribe(channel).await.map_err(explain)?;
        Ok(Subscription {
            _conn: conn,
            receiver,
        })
    }

    async fn live(&self) -> RedisResult<MultiplexedConnection> {
        let mut live = self.shared.live.lock().await;
        if let Some(conn) = &*live {
            return Ok(conn.clone());
        }
        let Source::Single(client) = &self.shared.source;
        let config = config(&self.shared.settings);
        let conn = client
            .get_multiplexed_async_connection_with_config(&config)
            .await?;
        *live = Some(conn.clone());
        Ok(conn)
    }

    /// Forgets the connection after an error that leaves it in doubt.
    async fn forget_if_broken<T>(&self, result: RedisResult<T>) -> RedisResult<T> {
        if let Err(error) = &result
            && (error.is_io_error() || error.is_timeout() || error.is_unrecoverable_error())
        {
            *self.shared.live.lock().await = None;
        }
        result
    }
}

impl ConnectionLike for Conn {
    fn req_packed_command<'a>(&'a mut self, cmd: &'a Cmd) -> RedisFuture<'a, Value> {
        Box::pin(async move {
            let mut conn = self.live().await?;
            let result = conn.req_packed_command(cmd).await;
            self.forget_if_broken(result).await
        })
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        Box::pin(async move {
            let mut conn = self.live().await?;
            let result = conn.req_packed_commands(pipeline, offset, count).await;
            self.forget_if_broken(result).await
        })
    }

    fn get_db(&self) -> i64 {
        i64::from(self.shared.settings.address.db)
    }
}

/// Messages of one channel.
#[derive(Debug)]
pub(crate) struct Subscription {
    _conn: MultiplexedConnection,
    receiver: UnboundedReceiver<PushInfo>,
}

impl Subscription {
    /// The next message; `None` when the connection is gone.
    pub(super) async fn next(&mut self) -> Option<String> {
        loop {
            let push = self.receiver.recv().await?;
            if push.kind == redis::PushKind::Disconnection {
                return None;
            }
            if let Some(message) = redis::Msg::from_push_info(push)
                && let Ok(text) = message.get_payload()
            {
                return Some(text);
            }
        }
    }
}

fn config(settings: &Settings) -> AsyncConnectionConfig {
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(settings.timeout))
        .set_response_timeout(Some(settings.timeout));
    match (&settings.address.endpoint, &settings.tls.server_name) {
        (
            Endpoint::Tcp {
                host, tls: true, ..
            },
            Some(_),
        ) => config.set_dns_resolver(RealHost(host.clone())),
        (Endpoint::Tcp { .. } | Endpoint::Unix(_), _) => config,
    }
}

/// Finds the host of the address while the client believes that it connects to the TLS server name:
/// the library has no setting for a name that differs.
struct RealHost(String);

impl redis::io::AsyncDNSResolver for RealHost {
    fn resolve<'a, 'b: 'a>(
        &'a self,
        _server_name: &'b str,
        port: u16,
    ) -> RedisFuture<'a, Box<dyn Iterator<Item = std::net::SocketAddr> + Send + 'a>> {
        Box::pin(async move {
            let found = tokio::net::lookup_host((self.0.as_str(), port)).await?;
            Ok(Box::new(found.collect::<Vec<_>>().into_iter())
                as Box<dyn Iterator<Item = _> + Send>)
        })
    }
}

/// The name of a command; what it is about may be a secret.
fn name(command: &Cmd) -> &str {
    let name = command.args_iter().next();
    match name {
        Some(redis::Arg::Simple(name)) => std::str::from_utf8(name).unwrap_or("?"),
        _ => "?",
    }
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

fn client(settings: &Settings, protocol: ProtocolVersion) -> Result<Client, Error> {
    let Settings { address, tls, .. } = settings;
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
    let failed = |error: redis::RedisError| Error::Tls(error.to_string());
    let with_login = |addr: ConnectionAddr| -> Result<redis::ConnectionInfo, Error> {
        Ok(addr
            .into_connection_info()
            .map_err(failed)?
            .set_redis_settings(login.clone()))
    };
    match &address.endpoint {
        Endpoint::Unix(path) => {
            Client::open(with_login(ConnectionAddr::Unix(path.clone()))?).map_err(failed)
        }
        Endpoint::Tcp {
            host,
            port,
            tls: false,
        } => Client::open(with_login(ConnectionAddr::Tcp(host.clone(), *port))?).map_err(failed),
        Endpoint::Tcp {
            host,
            port,
            tls: true,
        } => {
            let identity = tls.identity.as_ref().map(|(certificate, _)| certificate);
            for pem in [tls.ca.as_ref(), identity].into_iter().flatten() {
                // The library takes a file without any as one that trusts nobody, and says so late.
                if !contains(pem, b"-----BEGIN CERTIFICATE-----") {
                    return Err(Error::Tls("a file holds no PEM certificate".to_owned()));
                }
            }
            // Fails only when a provider is installed already, which is as good.
            drop(rustls::crypto::ring::default_provider().install_default());
            let addr = ConnectionAddr::TcpTls {
                host: tls.server_name.clone().unwrap_or_else(|| host.clone()),
                port: *port,
                insecure: tls.insecure,
                tls_params: None,
            };
            let certificates = TlsCertificates {
                client_tls: tls
                    .identity
                    .clone()
                    .map(|(client_cert, client_key)| ClientTlsConfig {
                        client_cert,
                        client_key,
                    }),
                root_cert: tls.ca.clone(),
            };
            Client::build_with_tls(with_login(addr)?, certificates).map_err(failed)
        }
    }
}
