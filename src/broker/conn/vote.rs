//! Asks Sentinels for the primary.
//!
//! All of them are asked at the same time. A Sentinel that has missed a failover still names the old primary, so the
//! answer with the highest configuration epoch counts: each failover increases it.
//!
//! The client library's `sentinel` module is not used: it asks in turn, takes the first answer, has no epochs, and its
//! error does not say what each Sentinel answered.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use redis::{Cmd, FromRedisValue, Pipeline, RedisError, RedisResult, Value};

use crate::broker::conn::dialer::Dialer;
use crate::broker::conn::node::Node;
use crate::broker::conn::source::{Source as _, Subscription};
use crate::broker::conn::stream::Socket;
use crate::broker::conn::topology::Place;
use crate::broker::error::{Error, Scope};
use crate::broker::fault::{Fault, SentinelAnswer};
use crate::broker::translate::Asked;
use crate::broker::{trace, translate};

/// Once most Sentinels have named a primary, the others have this time to answer, too.
const STRAGGLER_TIMEOUT: Duration = Duration::from_millis(100);

/// Sentinels that are asked, at most: an answer may name any number of them.
const MAX_SENTINELS: usize = 32;

/// Names that a Sentinel knows, at most, for a hint.
const MAX_NAMES: usize = 10;

/// Published by a Sentinel when another server has become the primary.
const SWITCHED: &str = "+switch-master";

/// The Sentinels of a primary.
#[derive(Debug)]
pub(crate) struct Voters {
    master: String,
    dialer: Dialer,
    nodes: Mutex<Vec<(Place, Arc<Node>)>>,
}

/// What a Sentinel knows.
struct Vote {
    primary: Place,
    epoch: u64,
    others: Vec<Place>,
}

impl Voters {
    pub(crate) fn new(master: String, places: Vec<Place>, dialer: Dialer) -> Self {
        let voters = Self {
            master,
            dialer,
            nodes: Mutex::default(),
        };
        voters.add(places);
        voters
    }

    /// Adds Sentinels that are not known yet.
    fn add(&self, places: impl IntoIterator<Item = Place>) {
        let mut nodes = self.nodes.lock().unwrap_or_else(PoisonError::into_inner);
        for place in places {
            if nodes.len() < MAX_SENTINELS && !nodes.iter().any(|(known, _)| *known == place) {
                let (host, port) = place.clone();
                let node = Node::new(Socket::Tcp { host, port }, self.dialer.clone());
                nodes.push((place, Arc::new(node)));
            }
        }
    }

    fn nodes(&self) -> Vec<Arc<Node>> {
        let nodes = self.nodes.lock().unwrap_or_else(PoisonError::into_inner);
        nodes.iter().map(|(_, node)| Arc::clone(node)).collect()
    }

    /// The primary, by the latest knowledge of all Sentinels that answer.
    pub(crate) async fn elect(&self) -> RedisResult<Place> {
        let nodes = self.nodes();
        let asked = nodes.iter().enumerate();
        let mut asked: FuturesUnordered<_> = asked
            .map(async |(index, node)| (index, self.ask(node).await))
            .collect();
        let (mut votes, mut failed) = (Vec::new(), Vec::new());
        loop {
            let next = if votes.len() > nodes.len() / 2 {
                let next = tokio::time::timeout(STRAGGLER_TIMEOUT, asked.next());
                next.await.ok().flatten()
            } else {
                asked.next().await
            };
            match next {
                Some((_, Ok(vote))) => votes.push(vote),
                Some((index, Err(answer))) => failed.push((index, answer)),
                None => break,
            }
        }
        self.add(votes.iter().flat_map(|vote| vote.others.clone()));
        if let Some(vote) = votes.into_iter().max_by_key(|vote| vote.epoch) {
            return Ok(vote.primary);
        }
        // In the order of the URL: a worker reports an error again when its text changes.
        failed.sort_by_key(|(index, _)| *index);
        let answers = failed.into_iter();
        let answers = answers.map(|(index, answer)| (nodes[index].name(), answer));
        Err(std::io::Error::from(Fault::NoPrimary(answers.collect())).into())
    }

    async fn ask(&self, node: &Node) -> Result<Vote, SentinelAnswer> {
        let mut pipeline = Pipeline::with_capacity(3);
        for question in ["GET-MASTER-ADDR-BY-NAME", "MASTER", "SENTINELS"] {
            pipeline.add_command(sentinel(question).arg(&self.master).to_owned());
        }
        let what = || format!("SENTINEL MASTER {:?} at {}", self.master, node.name());
        let replies = trace::log(what, node.send_all(&pipeline, 0, 3)).await;
        let replies = replies.map_err(|error| self.refusal(&error))?;
        let mut replies = replies.into_iter();
        let address = replies.next().map(read::<Option<Place>>);
        let Some(primary) = address
            .unwrap_or(Ok(None))
            .map_err(|error| self.refusal(&error))?
        else {
            return Err(self.unknown(node).await);
        };
        // A user without the right to the other two questions gets errors, and the address is enough.
        let facts = replies.next().map(read::<HashMap<String, String>>);
        let epoch = facts.and_then(|facts| facts.ok()?.get("config-epoch")?.parse().ok());
        let others = replies.next().map(read::<Vec<HashMap<String, String>>>);
        let others = others.and_then(Result::ok).unwrap_or_default();
        let place = |facts: &HashMap<String, String>| {
            let port = facts.get("port")?.parse().ok()?;
            Some((facts.get("ip")?.clone(), port))
        };
        Ok(Vote {
            primary,
            epoch: epoch.unwrap_or(0),
            others: others.iter().filter_map(place).collect(),
        })
    }

    /// The answer of a Sentinel that does not watch the primary, with the names that it knows.
    async fn unknown(&self, node: &Node) -> SentinelAnswer {
        let masters = node.send(&sentinel("MASTERS")).await;
        let masters = masters.and_then(read::<Vec<HashMap<String, String>>>);
        let masters = masters.unwrap_or_default().into_iter();
        let names = masters.filter_map(|mut facts| facts.remove("name"));
        SentinelAnswer::UnknownMaster {
            known: names.take(MAX_NAMES).collect(),
        }
    }

    /// What an error of a Sentinel means.
    fn refusal(&self, error: &RedisError) -> SentinelAnswer {
        let asked = Asked {
            address: "",
            user: self.dialer.settings().address.username.as_deref(),
            scope: Scope::Everything,
        };
        match translate::error(error, &asked, []) {
            Error::Unreachable { fault, .. } => SentinelAnswer::Unreachable(fault),
            Error::Login { reason, .. } => SentinelAnswer::Login(reason),
            Error::Refused { reason, .. } if reason.contains("unknown command") => {
                SentinelAnswer::NotSentinel
            }
            Error::NotPermitted { denied, .. } => SentinelAnswer::NotPermitted(denied),
            Error::Refused { reason, .. } => SentinelAnswer::Refused(reason),
            other => SentinelAnswer::Refused(other.to_string()),
        }
    }

    /// Subscribes to the news of one of the Sentinels.
    pub(crate) async fn listen(&self) -> RedisResult<Subscription> {
        let nodes = self.nodes();
        nodes[fastrand::usize(..nodes.len())]
            .subscribe(SWITCHED)
            .await
    }
}

fn sentinel(question: &str) -> Cmd {
    let mut command = redis::cmd("SENTINEL");
    command.arg(question);
    command
}

fn read<T: FromRedisValue>(reply: Value) -> RedisResult<T> {
    Ok(redis::from_redis_value(reply.extract_error()?)?)
}
