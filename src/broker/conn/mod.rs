//! One connection type for every kind of Redis.
//!
//! [`Conn`] implements the client's `ConnectionLike`, so commands, pipelines and scripts are written once.
//! Nothing is ever sent twice here, for a lost answer does not mean a lost command. A sentinel becomes
//! another [`Source`].

pub(crate) mod address;
mod cluster;
mod node;
mod slots;
mod topology;

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::try_join_all;
use redis::aio::{ConnectionLike, MultiplexedConnection};
use redis::{Cmd, FromRedisValue, Pipeline, PushInfo, RedisFuture, Value};
use tokio::sync::mpsc::UnboundedReceiver;
use tracing::Instrument as _;

use crate::broker::conn::address::{Address, Endpoint};
use crate::broker::conn::cluster::Cluster;
use crate::broker::conn::node::{Node, Socket};
use crate::broker::error::Error;

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
    Single(Box<Node>),
    /// Several, each with a part of the keys.
    Cluster(Cluster),
}

#[derive(Debug)]
struct Shared {
    source: Source,
    settings: Arc<Settings>,
    /// The address without its password, for messages.
    shown: String,
}

/// A connection that is made when first used and again when it breaks. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Conn {
    shared: Arc<Shared>,
}

impl Conn {
    /// Prepares a connection; nothing is sent yet.
    pub(crate) fn new(settings: Settings) -> Result<Self, Error> {
        let settings = Arc::new(settings);
        let single = |socket| {
            let node = Node::new(socket, Arc::clone(&settings))?;
            Ok::<_, Error>(Source::Single(Box::new(node)))
        };
        let source = match settings.address.endpoint.clone() {
            Endpoint::Tcp { host, port, tls } => single(Socket::Tcp { host, port, tls })?,
            Endpoint::Unix(path) => single(Socket::Unix(path))?,
            Endpoint::Cluster { nodes, tls } => {
                Source::Cluster(Cluster::new(nodes, tls, Arc::clone(&settings))?)
            }
        };
        Ok(Self::of(source, settings))
    }

    fn of(source: Source, settings: Arc<Settings>) -> Self {
        let shown = settings.address.to_string();
        Self {
            shared: Arc::new(Shared {
                source,
                settings,
                shown,
            }),
        }
    }

    /// A second connection to the same Redis, for what may take so much longer.
    pub(crate) fn patient(&self, longer: Duration) -> Result<Self, Error> {
        let mut settings = Settings::clone(&self.shared.settings);
        settings.timeout += longer;
        match &self.shared.source {
            Source::Single(_) => Self::new(settings),
            Source::Cluster(cluster) => {
                let settings = Arc::new(settings);
                let cluster = cluster.patient(Arc::clone(&settings));
                Ok(Self::of(Source::Cluster(cluster), settings))
            }
        }
    }

    /// Puts an error of the client library into our terms.
    pub(crate) fn explain(&self, error: &redis::RedisError) -> Error {
        Error::from_redis(error, &self.shared.shown)
    }

    /// Sends one command.
    pub(crate) async fn command<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, Error> {
        let mut conn = self.clone();
        let span = tracing::debug_span!("command", name = name(command));
        let reply = command.query_async(&mut conn).instrument(span).await;
        reply.map_err(|error| self.explain(&error))
    }

    /// Sends several commands in one go.
    pub(crate) async fn pipeline<T: FromRedisValue>(
        &self,
        pipeline: &Pipeline,
    ) -> Result<T, Error> {
        let mut conn = self.clone();
        let names = || pipeline.cmd_iter().next().map(name);
        let span = tracing::debug_span!("pipeline", first = names(), commands = pipeline.len());
        let reply = pipeline.query_async(&mut conn).instrument(span).await;
        reply.map_err(|error| self.explain(&error))
    }

    /// Sends one command to every server that holds keys, and returns what each says.
    pub(crate) async fn everywhere<T: FromRedisValue>(
        &self,
        command: &Cmd,
    ) -> Result<Vec<T>, Error> {
        let replies = match &self.shared.source {
            Source::Single(node) => node.send(command).await.map(|reply| vec![reply]),
            Source::Cluster(cluster) => {
                let primaries = cluster.primaries().await;
                let primaries = primaries.map_err(|error| self.explain(&error))?;
                try_join_all(primaries.iter().map(|node| node.send(command))).await
            }
        };
        let replies = replies.map_err(|error| self.explain(&error))?;
        let read = |reply: Value| Ok(redis::from_redis_value(reply.extract_error()?)?);
        let read = |reply| read(reply).map_err(|error: redis::RedisError| self.explain(&error));
        replies.into_iter().map(read).collect()
    }

    /// Whether several servers share the keys.
    pub(crate) fn is_cluster(&self) -> bool {
        matches!(self.shared.source, Source::Cluster(_))
    }

    /// Makes sure that the server is there and new enough.
    pub(crate) async fn check(&self) -> Result<(), Error> {
        let text: String = match self.command(redis::cmd("INFO").arg("server")).await {
            Ok(text) => text,
            // Not being allowed to ask is no reason to give up.
            Err(Error::NotPermitted { .. }) => return Ok(()),
            Err(error) => return Err(error),
        };
        let version = crate::broker::info_field(&text, "redis_version").unwrap_or_default();
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
    pub(crate) async fn subscribe(&self, channel: &str) -> Result<Subscription, Error> {
        let subscribed = match &self.shared.source {
            Source::Single(node) => node.subscribe(channel).await,
            Source::Cluster(cluster) => cluster.subscribe(channel).await,
        };
        subscribed.map_err(|error| self.explain(&error))
    }
}

impl ConnectionLike for Conn {
    fn req_packed_command<'a>(&'a mut self, cmd: &'a Cmd) -> RedisFuture<'a, Value> {
        Box::pin(async move {
            match &self.shared.source {
                Source::Single(node) => node.send(cmd).await,
                Source::Cluster(cluster) => cluster.send(cmd).await,
            }
        })
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        Box::pin(async move {
            match &self.shared.source {
                Source::Single(node) => node.send_all(pipeline, offset, count).await,
                Source::Cluster(cluster) => cluster.send_all(pipeline).await,
            }
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
    pub(crate) fn new(conn: MultiplexedConnection, receiver: UnboundedReceiver<PushInfo>) -> Self {
        Self {
            _conn: conn,
            receiver,
        }
    }

    /// The next message; `None` when the connection is gone.
    pub(crate) async fn next(&mut self) -> Option<String> {
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

/// The name of a command; what it is about may be a secret.
fn name(command: &Cmd) -> &str {
    let name = command.args_iter().next();
    match name {
        Some(redis::Arg::Simple(name)) => std::str::from_utf8(name).unwrap_or("?"),
        _ => "?",
    }
}
