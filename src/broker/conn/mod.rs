//! One connection type for every kind of Redis.
//!
//! [`Conn`] implements the client's `ConnectionLike`, so commands, pipelines and scripts are written once.
//! [`Source`] hides the differences between one server, a cluster and a primary that Sentinels watch; callers see only how far an error reaches.
//! Nothing is sent twice here: when an answer is lost, the command may have been performed.

pub(crate) mod address;
pub(crate) mod bad_url;
mod cluster;
mod dialer;
mod election;
mod node;
#[cfg(test)]
mod properties;
mod sentinel;
mod settings;
mod share;
mod single_flight;
mod slots;
mod source;
mod stream;
mod term;
mod topology;
mod url;
mod vote;
pub(crate) mod wrong_type;

use std::sync::Arc;
use std::time::Duration;

use redis::aio::ConnectionLike;
use redis::{Cmd, FromRedisValue, Pipeline, RedisFuture, RedisResult, Value};

pub use crate::broker::conn::settings::Settings;
pub(crate) use crate::broker::conn::source::Subscription;

use crate::broker::conn::address::Endpoint;
use crate::broker::conn::cluster::Cluster;
use crate::broker::conn::dialer::Dialer;
use crate::broker::conn::node::Node;
use crate::broker::conn::sentinel::Primary;
use crate::broker::conn::source::Source;
use crate::broker::conn::stream::Socket;
use crate::broker::denied::Denied;
use crate::broker::error::{Error, Scope};
use crate::broker::fault::Fault;
use crate::broker::info;
use crate::broker::trace;
use crate::broker::translate::{self, Asked};
use crate::broker::unknown::Unknowns;

#[derive(Debug)]
struct Shared {
    source: Arc<dyn Source>,
    dialer: Dialer,
    /// The address without the password, for messages.
    shown: String,
}

/// A connection, made at its first use and again after it breaks. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Conn {
    shared: Arc<Shared>,
}

impl Conn {
    /// Whether keys are spread over servers.
    pub(crate) fn is_cluster(&self) -> bool {
        let endpoint = &self.shared.dialer.settings().address.endpoint;
        matches!(endpoint, Endpoint::Cluster { .. })
    }

    /// Prepares a connection without sending anything.
    pub(crate) fn new(settings: Settings) -> Result<Self, Error> {
        let dialer = Dialer::new(settings)?;
        let node = |socket| Arc::new(Node::new(socket, dialer.clone()));
        let source: Arc<dyn Source> = match dialer.settings().address.endpoint.clone() {
            Endpoint::Tcp { host, port, .. } => node(Socket::Tcp { host, port }),
            Endpoint::Unix(path) => node(Socket::Unix(path)),
            Endpoint::Cluster { nodes, .. } => Arc::new(Cluster::new(nodes, dialer.clone())),
            Endpoint::Sentinel(sentinels) => Arc::new(Primary::new(&sentinels, dialer.clone())?),
        };
        Ok(Self::of(source, dialer))
    }

    fn of(source: Arc<dyn Source>, dialer: Dialer) -> Self {
        let shown = dialer.settings().address.to_string();
        Self {
            shared: Arc::new(Shared {
                source,
                dialer,
                shown,
            }),
        }
    }

    /// A second connection to the same Redis, with a timeout extended by `longer`.
    pub(crate) fn patient(&self, longer: Duration) -> Self {
        let dialer = self.shared.dialer.patient(longer);
        Self::of(self.shared.source.with_dialer(dialer.clone()), dialer)
    }

    /// Translates an error of the client library, the answer to `sent`.
    pub(crate) fn explain<'a>(
        &self,
        error: &redis::RedisError,
        sent: impl IntoIterator<Item = &'a Cmd>,
    ) -> Error {
        let asked = Asked {
            address: &self.shared.shown,
            user: self.shared.dialer.settings().address.username.as_deref(),
            scope: self.shared.source.scope(),
        };
        translate::error(error, &asked, sent)
    }

    /// The error of a user who may not run some commands, by their names and what Redis said of each.
    pub(crate) fn lacks(&self, refused: &[(String, String)]) -> Option<Error> {
        let user = self.shared.dialer.settings().address.username.as_deref();
        Some(Error::NotPermitted {
            address: self.shared.shown.clone(),
            denied: Denied::commands_refused(user, refused)?,
        })
    }

    /// What could not be read so far for want of a right.
    pub(crate) fn unknowns(&self) -> &Unknowns {
        self.shared.dialer.unknowns()
    }

    /// Sends one command.
    pub(crate) async fn command<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, Error> {
        let mut conn = self.clone();
        let what = || trace::shown("", [command]);
        let reply = trace::log(what, command.query_async(&mut conn)).await;
        match reply {
            Ok(reply) => Ok(reply),
            Err(error) => {
                let error = self.explain(&error, [command]);
                Err(wrong_type::named(error, [command], &mut conn).await)
            }
        }
    }

    /// Sends several commands as one pipeline.
    pub(crate) async fn pipeline<T: FromRedisValue>(
        &self,
        pipeline: &Pipeline,
    ) -> Result<T, Error> {
        let mut conn = self.clone();
        let what = || trace::shown("", pipeline.cmd_iter());
        let reply = trace::log(what, pipeline.query_async(&mut conn)).await;
        match reply {
            Ok(reply) => Ok(reply),
            Err(error) => {
                let error = self.explain(&error, pipeline.cmd_iter());
                Err(wrong_type::named(error, pipeline.cmd_iter(), &mut conn).await)
            }
        }
    }

    /// Sends one command to every server that holds keys, and returns all answers.
    pub(crate) async fn everywhere<T: FromRedisValue>(
        &self,
        command: &Cmd,
    ) -> Result<Vec<T>, Error> {
        let read = |reply: Value| Ok(redis::from_redis_value(reply.extract_error()?)?);
        let replies = self.shared.source.send_everywhere(command).await;
        let replies: RedisResult<Vec<T>> =
            replies.and_then(|replies| replies.into_iter().map(read).collect());
        replies.map_err(|error| self.explain(&error, []))
    }

    /// A connection to each server that holds keys, for commands that have no key.
    pub(crate) async fn primaries(&self) -> Result<Vec<Self>, Error> {
        let primaries = self.shared.source.primaries().await;
        let Some(primaries) = primaries.map_err(|error| self.explain(&error, []))? else {
            return Ok(vec![self.clone()]);
        };
        let dialer = &self.shared.dialer;
        let conns = primaries.into_iter();
        Ok(conns.map(|node| Self::of(node, dialer.clone())).collect())
    }

    /// Checks that the server answers and is new enough.
    pub(crate) async fn check(&self) -> Result<(), Error> {
        let text: String = match self.command(redis::cmd("INFO").arg("server")).await {
            Ok(text) => text,
            // A user without the right to INFO can still work.
            Err(Error::NotPermitted { .. }) => return Ok(()),
            Err(error) => return Err(error),
        };
        // Valkey calls it `server_mode`.
        let mode = info::field(&text, "redis_mode").or_else(|| info::field(&text, "server_mode"));
        if mode == Some("sentinel") {
            return Err(Error::Unreachable {
                address: self.shared.shown.clone(),
                fault: Fault::Sentinel,
                scope: Scope::Everything,
            });
        }
        let version = info::field(&text, "redis_version").unwrap_or_default();
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

    /// Subscribes to a channel over a connection of its own.
    pub(crate) async fn subscribe(&self, channel: &str) -> Result<Subscription, Error> {
        let subscribed = self.shared.source.subscribe(channel).await;
        subscribed.map_err(|error| self.explain(&error, []))
    }

    /// Publishes a message on a channel. Returns the number of subscribers, if they can be counted.
    pub(crate) async fn publish(&self, channel: &str, message: &str) -> Result<Option<u64>, Error> {
        let heard = self.shared.source.publish(channel, message).await;
        heard.map_err(|error| self.explain(&error, []))
    }
}

impl ConnectionLike for Conn {
    fn req_packed_command<'a>(&'a mut self, cmd: &'a Cmd) -> RedisFuture<'a, Value> {
        self.shared.source.send(cmd)
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        self.shared.source.send_all(pipeline, offset, count)
    }

    fn get_db(&self) -> i64 {
        i64::from(self.shared.dialer.settings().address.db)
    }
}
