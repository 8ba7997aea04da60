//! One Redis server, and the connection to it.
//!
//! The connection is made at its first use. A broken one is dropped, and the next use makes another. Nothing is sent
//! twice here: when an answer is lost, the command may have been performed.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use redis::aio::ConnectionLike as _;
use redis::{Cmd, Pipeline, RedisFuture, RedisResult, Value};
use tokio::sync::mpsc::unbounded_channel;

use crate::broker::conn::dialer::{Dialer, Link};
use crate::broker::conn::single_flight::SingleFlight;
use crate::broker::conn::source::{Source, Subscription};
use crate::broker::conn::stream::Socket;

/// A server, and the connection to it.
#[derive(Debug)]
pub(crate) struct Node {
    socket: Socket,
    dialer: Dialer,
    live: Mutex<Option<Link>>,
    /// Those who need a connection at the same time wait for one attempt to make it, not for one each.
    dialing: SingleFlight,
}

impl Node {
    /// Prepares a connection without sending anything.
    pub(crate) fn new(socket: Socket, dialer: Dialer) -> Self {
        Self {
            socket,
            dialer,
            live: Mutex::default(),
            dialing: SingleFlight::default(),
        }
    }

    /// The host; `None` for a Unix socket.
    pub(crate) fn host(&self) -> Option<&str> {
        match &self.socket {
            Socket::Tcp { host, .. } => Some(host),
            Socket::Unix(_) => None,
        }
    }

    /// The name of the server in messages.
    pub(crate) fn name(&self) -> String {
        match &self.socket {
            Socket::Tcp { host, port, .. } => format!("{host}:{port}"),
            Socket::Unix(path) => path.display().to_string(),
        }
    }

    fn link(&self) -> MutexGuard<'_, Option<Link>> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The connection, made now if there is none. If this fails, nothing has been sent.
    pub(crate) async fn live(&self) -> RedisResult<Link> {
        loop {
            if let Some(link) = &*self.link() {
                return Ok(link.clone());
            }
            let dial = async {
                let link = self.dialer.connect(&self.socket).await?;
                *self.link() = Some(link);
                Ok(())
            };
            self.dialing.run(|| self.link().is_none(), dial).await?;
        }
    }

    /// Drops the connection after an error that may have broken it, unless there is another one by now.
    fn forget_if_broken<T>(&self, used: &Link, result: RedisResult<T>) -> RedisResult<T> {
        if result.as_ref().is_err_and(breaks) {
            self.link().take_if(|live| live.is(used));
        }
        result
    }
}

impl Source for Node {
    fn send<'a>(&'a self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        Box::pin(async move {
            let mut link = self.live().await?;
            let result = link.conn.req_packed_command(command).await;
            self.forget_if_broken(&link, result)
        })
    }

    fn send_all<'a>(
        &'a self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        Box::pin(async move {
            let mut link = self.live().await?;
            let result = link.conn.req_packed_commands(pipeline, offset, count).await;
            self.forget_if_broken(&link, result)
        })
    }

    fn subscribe<'a>(&'a self, channel: &'a str) -> RedisFuture<'a, Subscription> {
        Box::pin(async move {
            let (sender, receiver) = unbounded_channel();
            let mut link = self.dialer.listen(&self.socket, sender).await?;
            link.conn.subscribe(channel).await?;
            Ok(Subscription::new(link, receiver))
        })
    }

    fn publish<'a>(&'a self, channel: &'a str, message: &'a str) -> RedisFuture<'a, Option<u64>> {
        Box::pin(async move {
            let reply = self.send(&publish(channel, message)).await?;
            Ok(Some(redis::from_redis_value(reply.extract_error()?)?))
        })
    }

    fn with_dialer(&self, dialer: Dialer) -> Arc<dyn Source> {
        Arc::new(Self::new(self.socket.clone(), dialer))
    }
}

/// The command that publishes a message.
pub(crate) fn publish(channel: &str, message: &str) -> Cmd {
    let mut publish = redis::cmd("PUBLISH");
    publish.arg(channel).arg(message);
    publish
}

/// Whether the connection must be replaced after this error.
pub(crate) fn breaks(error: &redis::RedisError) -> bool {
    error.is_io_error() || error.is_timeout() || error.is_unrecoverable_error()
}
