//! One Redis server, and the connection to it.
//!
//! The connection is made when first used. A broken one is dropped and the next use makes another; nothing
//! is ever sent twice here, for a lost answer does not mean a lost command.

use std::path::PathBuf;
use std::sync::Arc;

use redis::aio::{ConnectionLike as _, MultiplexedConnection};
use redis::{
    AsyncConnectionConfig, Client, ClientTlsConfig, Cmd, ConnectionAddr, IntoConnectionInfo,
    Pipeline, ProtocolVersion, RedisConnectionInfo, RedisFuture, RedisResult, TlsCertificates,
    Value,
};
use tokio::sync::Mutex;
use tokio::sync::mpsc::unbounded_channel;

use crate::broker::conn::settings::Settings;
use crate::broker::conn::source::{Source, Subscription};
use crate::broker::error::{Error, Scope};

/// How a server is reached.
#[derive(Debug, Clone)]
pub(crate) enum Socket {
    Tcp { host: String, port: u16, tls: bool },
    Unix(PathBuf),
}

/// A server, and the connection to it.
#[derive(Debug)]
pub(crate) struct Node {
    socket: Socket,
    settings: Arc<Settings>,
    client: Client,
    live: Mutex<Option<MultiplexedConnection>>,
}

impl Node {
    /// Prepares a connection; nothing is sent yet.
    pub(crate) fn new(socket: Socket, settings: Arc<Settings>) -> Result<Self, Error> {
        Ok(Self {
            client: client(&socket, &settings, ProtocolVersion::RESP2)?,
            socket,
            settings,
            live: Mutex::new(None),
        })
    }

    /// Its host, unless it is a unix socket.
    pub(crate) fn host(&self) -> Option<&str> {
        match &self.socket {
            Socket::Tcp { host, .. } => Some(host),
            Socket::Unix(_) => None,
        }
    }

    /// Its name in messages.
    pub(crate) fn name(&self) -> String {
        match &self.socket {
            Socket::Tcp { host, port, .. } => format!("{host}:{port}"),
            Socket::Unix(path) => path.display().to_string(),
        }
    }

    /// The connection, made now if there is none. If this fails, no command has been sent.
    pub(crate) async fn live(&self) -> RedisResult<MultiplexedConnection> {
        let mut live = self.live.lock().await;
        if let Some(conn) = &*live {
            return Ok(conn.clone());
        }
        let config = config(&self.socket, &self.settings);
        let conn = self
            .client
            .get_multiplexed_async_connection_with_config(&config)
            .await?;
        *live = Some(conn.clone());
        Ok(conn)
    }

    /// Drops the connection after an error that may have broken it.
    async fn forget_if_broken<T>(&self, result: RedisResult<T>) -> RedisResult<T> {
        if result.as_ref().is_err_and(breaks) {
            *self.live.lock().await = None;
        }
        result
    }
}

impl Source for Node {
    fn send<'a>(&'a self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        Box::pin(async move {
            let mut conn = self.live().await?;
            let result = conn.req_packed_command(command).await;
            self.forget_if_broken(result).await
        })
    }

    fn send_all<'a>(
        &'a self,
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

    fn send_everywhere<'a>(&'a self, command: &'a Cmd) -> RedisFuture<'a, Vec<Value>> {
        Box::pin(async move { Ok(vec![self.send(command).await?]) })
    }

    fn subscribe<'a>(&'a self, channel: &'a str) -> RedisFuture<'a, Subscription> {
        Box::pin(async move {
            let (sender, receiver) = unbounded_channel();
            let client = client(&self.socket, &self.settings, ProtocolVersion::RESP3)
                .map_err(|error| std::io::Error::other(error.to_string()))?;
            let config = config(&self.socket, &self.settings).set_push_sender(sender);
            let mut conn = client
                .get_multiplexed_async_connection_with_config(&config)
                .await?;
            conn.subscribe(channel).await?;
            Ok(Subscription::new(conn, receiver))
        })
    }

    fn publish<'a>(&'a self, channel: &'a str, message: &'a str) -> RedisFuture<'a, u64> {
        Box::pin(async move {
            let reply = self.send(&publish(channel, message)).await?;
            Ok(redis::from_redis_value(reply.extract_error()?)?)
        })
    }

    fn with_settings(&self, settings: Arc<Settings>) -> Result<Arc<dyn Source>, Error> {
        Ok(Arc::new(Self::new(self.socket.clone(), settings)?))
    }

    fn scope(&self) -> Scope {
        Scope::Everything
    }
}

/// The command that publishes a message.
pub(crate) fn publish(channel: &str, message: &str) -> Cmd {
    let mut publish = redis::cmd("PUBLISH");
    publish.arg(channel).arg(message);
    publish
}

/// Whether the connection may be broken, or out of step with its answers, after this error.
pub(crate) fn breaks(error: &redis::RedisError) -> bool {
    error.is_io_error() || error.is_timeout() || error.is_unrecoverable_error()
}

fn config(socket: &Socket, settings: &Settings) -> AsyncConnectionConfig {
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(settings.timeout))
        .set_response_timeout(Some(settings.timeout));
    match (socket, &settings.tls.server_name) {
        (
            Socket::Tcp {
                host, tls: true, ..
            },
            Some(_),
        ) => config.set_dns_resolver(RealHost(host.clone())),
        (Socket::Tcp { .. } | Socket::Unix(_), _) => config,
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

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

fn client(
    socket: &Socket,
    settings: &Settings,
    protocol: ProtocolVersion,
) -> Result<Client, Error> {
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
    match socket {
        Socket::Unix(path) => {
            Client::open(with_login(ConnectionAddr::Unix(path.clone()))?).map_err(failed)
        }
        Socket::Tcp {
            host,
            port,
            tls: false,
        } => Client::open(with_login(ConnectionAddr::Tcp(host.clone(), *port))?).map_err(failed),
        Socket::Tcp {
            host,
            port,
            tls: true,
        } => {
            let identity = tls.identity.as_ref().map(|(certificate, _)| certificate);
            for pem in [tls.ca.as_ref(), identity].into_iter().flatten() {
                // The client accepts PEM data without a certificate; each handshake would fail then.
                if !contains(pem, b"-----BEGIN CERTIFICATE-----") {
                    return Err(Error::Tls("a file holds no PEM certificate".to_owned()));
                }
            }
            // Fails only if a provider is installed already.
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
