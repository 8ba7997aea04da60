//! What a connection needs of the server or the servers behind it.

use std::sync::Arc;

use redis::{Cmd, Pipeline, PushInfo, RedisFuture, Value};
use tokio::sync::mpsc::UnboundedReceiver;

use crate::broker::conn::dialer::{Dialer, Link};
use crate::broker::conn::term::Term;
use crate::broker::error::Scope;

/// One server, or several that share the keys.
pub(crate) trait Source: std::fmt::Debug + Send + Sync {
    /// Sends one command to the server of its key.
    fn send<'a>(&'a self, command: &'a Cmd) -> RedisFuture<'a, Value>;

    /// Sends a pipeline and returns `count` of their answers after the first `offset`.
    fn send_all<'a>(
        &'a self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>>;

    /// Sends one command to every server that holds keys, and returns what each answers.
    fn send_everywhere<'a>(&'a self, command: &'a Cmd) -> RedisFuture<'a, Vec<Value>> {
        Box::pin(async move { Ok(vec![self.send(command).await?]) })
    }

    /// Each server that holds keys, if there may be several.
    fn primaries(&self) -> RedisFuture<'_, Option<Vec<Arc<dyn Source>>>> {
        Box::pin(async { Ok(None) })
    }

    /// Subscribes to a channel over a connection of its own.
    fn subscribe<'a>(&'a self, channel: &'a str) -> RedisFuture<'a, Subscription>;

    /// Publishes a message. Returns the number of subscribers on all servers, if they can be counted.
    fn publish<'a>(&'a self, channel: &'a str, message: &'a str) -> RedisFuture<'a, Option<u64>>;

    /// Further connections to the same servers, made by another dialer.
    fn with_dialer(&self, dialer: Dialer) -> Arc<dyn Source>;

    /// How far an error reaches while a server does not answer.
    fn scope(&self) -> Scope {
        Scope::Everything
    }
}

/// A subscription to one channel.
#[derive(Debug)]
pub(crate) struct Subscription {
    _link: Link,
    receiver: UnboundedReceiver<PushInfo>,
    /// The subscription ends with it, even if the server still answers.
    term: Option<Term>,
}

impl Subscription {
    pub(crate) fn new(link: Link, receiver: UnboundedReceiver<PushInfo>) -> Self {
        Self {
            _link: link,
            receiver,
            term: None,
        }
    }

    pub(crate) fn within(self, term: Term) -> Self {
        Self {
            term: Some(term),
            ..self
        }
    }

    /// The next message; `None` when the connection is gone.
    pub(crate) async fn next(&mut self) -> Option<String> {
        loop {
            let push = match &mut self.term {
                None => self.receiver.recv().await?,
                Some(term) => tokio::select! {
                    push = self.receiver.recv() => push?,
                    () = term.ended() => return None,
                },
            };
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
