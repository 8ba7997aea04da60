//! The primary that Sentinels name.
//!
//! Each new connection begins with the question to the Sentinels, and with `ROLE`. When they name another server, what
//! was sent to the old one and has no answer yet fails like a command on a broken connection: it may have been performed.

use std::sync::Arc;

use redis::{Cmd, Pipeline, RedisError, RedisFuture, RedisResult, Value};
use tokio::sync::Mutex;

use crate::broker::conn::address::Sentinels;
use crate::broker::conn::dialer::Dialer;
use crate::broker::conn::election::Election;
use crate::broker::conn::node::{self, Node};
use crate::broker::conn::source::{Source, Subscription};
use crate::broker::conn::stream::Socket;
use crate::broker::conn::term::Term;
use crate::broker::conn::vote::Voters;
use crate::broker::error::Error;
use crate::broker::fault::Fault;
use crate::broker::translate;
use crate::broker::unknown::Fact;

/// Answers of a server that is not the primary, or not any more. `UNBLOCKED`: it became a replica during a `BLMOVE`.
const NOT_PRIMARY: &[&str] = &["READONLY", "MASTERDOWN", "LOADING", "UNBLOCKED"];

/// The connection to the server that is the primary at the time.
#[derive(Debug)]
pub(crate) struct Primary {
    election: Arc<Election>,
    dialer: Dialer,
    held: Mutex<Option<Held>>,
}

/// A connection to a primary.
#[derive(Debug, Clone)]
struct Held {
    node: Arc<Node>,
    term: Term,
}

impl Primary {
    /// Prepares connections without sending anything.
    pub(crate) fn new(sentinels: &Sentinels, dialer: Dialer) -> Result<Self, Error> {
        let voters = Voters::new(
            sentinels.master.clone(),
            sentinels.nodes.clone(),
            dialer.for_sentinels(sentinels)?,
        );
        Ok(Self {
            election: Arc::new(Election::new(voters)),
            dialer,
            held: Mutex::default(),
        })
    }

    /// The connection, made now if there is none. If this fails, nothing has been sent.
    async fn held(&self) -> RedisResult<Held> {
        let mut held = self.held.lock().await;
        let mut term = self.election.term().await?;
        if let Some(held) = &*held
            && held.term.place() == term.place()
        {
            return Ok(held.clone());
        }
        *held = None;
        let (host, port) = term.place().clone();
        let socket = Socket::Tcp { host, port };
        let node = Arc::new(Node::new(socket, self.dialer.clone()));
        let checked = tokio::select! {
            checked = self.check_role(&node) => checked,
            () = term.ended() => Err(error(Fault::Replaced)),
        };
        if let Err(error) = checked {
            self.election.doubt(term.place());
            return Err(error);
        }
        Ok(held.insert(Held { node, term }).clone())
    }

    /// Connects to a server and makes sure that it is a primary: Sentinels may be behind the times.
    async fn check_role(&self, node: &Node) -> RedisResult<()> {
        let reply = node.send(&redis::cmd("ROLE")).await;
        let reply = match reply.and_then(Value::extract_error) {
            Ok(reply) => reply,
            Err(error) => {
                let user = self.dialer.settings().address.username.as_deref();
                return match translate::denied(&error, user, []) {
                    // Without the right to ask, the Sentinels' word counts.
                    Some(denied) => {
                        self.dialer.unknowns().add(Fact::Role, denied);
                        Ok(())
                    }
                    None => Err(at(node, error)),
                };
            }
        };
        let role: Option<String> = match &reply {
            Value::Array(facts) => facts.first().map(redis::from_redis_value_ref).transpose()?,
            _ => None,
        };
        if role.as_deref() == Some("master") {
            return Ok(());
        }
        Err(error(Fault::NotPrimary(node.name())))
    }

    /// Waits for the answer of a primary as long as it is one. Gives the connection up if the answer, or the lack of one,
    /// suggests that another server is the primary.
    async fn answer<T>(
        &self,
        held: &Held,
        answer: impl Future<Output = RedisResult<T>>,
        casts_doubt: fn(&T) -> bool,
    ) -> RedisResult<T> {
        let mut term = held.term.clone();
        let answer = tokio::select! {
            biased;
            answer = answer => answer,
            () = term.ended() => Err(error(Fault::Replaced)),
        };
        let in_doubt = match &answer {
            Ok(answer) => casts_doubt(answer),
            Err(error) => node::breaks(error) || is_of_replica(&error.to_string()),
        };
        if in_doubt {
            let mut current = self.held.lock().await;
            let is_current = |current: &Held| Arc::ptr_eq(&current.node, &held.node);
            if current.as_ref().is_some_and(is_current) {
                *current = None;
            }
            self.election.doubt(held.term.place());
        }
        answer
    }
}

impl Source for Primary {
    fn send<'a>(&'a self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        Box::pin(async move {
            let held = self.held().await?;
            self.answer(&held, held.node.send(command), casts_doubt)
                .await
        })
    }

    fn send_all<'a>(
        &'a self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        Box::pin(async move {
            let held = self.held().await?;
            let answers = held.node.send_all(pipeline, offset, count);
            self.answer(&held, answers, |answers| answers.iter().any(casts_doubt))
                .await
        })
    }

    fn subscribe<'a>(&'a self, channel: &'a str) -> RedisFuture<'a, Subscription> {
        Box::pin(async move {
            let held = self.held().await?;
            let subscribed = self
                .answer(&held, held.node.subscribe(channel), |_| false)
                .await?;
            Ok(subscribed.within(held.term))
        })
    }

    fn publish<'a>(&'a self, channel: &'a str, message: &'a str) -> RedisFuture<'a, Option<u64>> {
        Box::pin(async move {
            let held = self.held().await?;
            self.answer(&held, held.node.publish(channel, message), |_| false)
                .await
        })
    }

    /// The new connections share the election.
    fn with_dialer(&self, dialer: Dialer) -> Arc<dyn Source> {
        Arc::new(Self {
            election: Arc::clone(&self.election),
            dialer,
            held: Mutex::default(),
        })
    }
}

/// Whether an answer comes from a server that is not the primary, or not any more.
fn casts_doubt(answer: &Value) -> bool {
    match answer {
        Value::ServerError(error) => {
            is_of_replica(error.code()) || error.details().is_some_and(is_of_replica)
        }
        _ => false,
    }
}

/// Redis 6.2 wraps errors of commands inside a script, so the code may stand anywhere.
fn is_of_replica(text: &str) -> bool {
    NOT_PRIMARY.iter().any(|code| text.contains(code))
}

/// Names the server in an error of connecting to it.
fn at(node: &Node, error: RedisError) -> RedisError {
    match translate::fault(&error) {
        Some(fault) => self::error(Fault::Primary {
            primary: node.name(),
            fault: Box::new(fault),
        }),
        None => error,
    }
}

fn error(fault: Fault) -> RedisError {
    std::io::Error::from(fault).into()
}
