//! A Redis Cluster: several servers, each with some of the slots that keys are spread over.
//!
//! The client library's own cluster connection is not used. Redis-rs 1.8.1 counts redirections and lost connections
//! as the same retries (`number_of_retries` in `cluster_handling/async_connection/request.rs`), so either a
//! command whose answer was lost is sent again, or no redirection is followed; and it sends a whole pipeline
//! again when one of its commands is redirected. Its `for_routable`, which would leave that to us, is private.
//!
//! Here a command is sent again only after `MOVED`, `ASK` or `TRYAGAIN`, which say that it was not performed. Commands for
//! several servers are sent to all of them at the same time; commands for one server keep their order.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::{join_all, select_ok, try_join_all};
use redis::{Cmd, ErrorKind, Pipeline, RedisError, RedisFuture, RedisResult, Value};
use tokio::time::Instant;

use crate::broker::conn::dialer::Dialer;
use crate::broker::conn::node;
use crate::broker::conn::node::Node;
use crate::broker::conn::share;
use crate::broker::conn::share::Share;
use crate::broker::conn::slots::Target;
use crate::broker::conn::source::{Source, Subscription};
use crate::broker::conn::stream::Socket;
use crate::broker::conn::topology;
use crate::broker::conn::topology::{Place, Redirection, Topology};
use crate::broker::error::Scope;
use crate::broker::translate;
use crate::broker::unknown::Fact;

/// How many redirections of one command are followed before the redirection is returned as its answer.
const MAX_REDIRECTIONS: usize = 5;

/// How long commands for a slot that moves wait for the end of the move. Most slots move in less.
const MOVE_PATIENCE: Duration = Duration::from_secs(1);

/// The pause before they are sent again.
const MOVE_PAUSE: Duration = Duration::from_millis(20);

/// A connection to each server, and the map of slots.
#[derive(Debug)]
pub(crate) struct Cluster {
    seeds: Vec<Place>,
    dialer: Dialer,
    nodes: Mutex<HashMap<Place, Arc<Node>>>,
    topology: Arc<Topology>,
}

impl Cluster {
    /// Prepares connections without sending anything.
    pub(crate) fn new(seeds: Vec<Place>, dialer: Dialer) -> Self {
        Self {
            seeds,
            dialer,
            nodes: Mutex::default(),
            topology: Arc::default(),
        }
    }

    /// Every server that has slots, in random order; the seeds if none has.
    pub(crate) async fn primaries(&self) -> RedisResult<Vec<Arc<Node>>> {
        self.learn_map().await?;
        let mut places = self.topology.map().primaries();
        if places.is_empty() {
            places.extend(self.seeds.iter().cloned());
        }
        let mut nodes: Vec<_> = places.iter().map(|place| self.node(place)).collect();
        fastrand::shuffle(&mut nodes);
        Ok(nodes)
    }

    /// Sends commands, and again those for slots that move, for a while.
    async fn perform(
        &self,
        commands: &[&Cmd],
        pipeline: Option<&Pipeline>,
    ) -> RedisResult<Vec<Value>> {
        let mut replies = self.attempt(commands, pipeline).await?;
        let until = Instant::now() + MOVE_PATIENCE;
        while Instant::now() < until && replies.iter().any(topology::is_moving) {
            tokio::time::sleep(MOVE_PAUSE).await;
            let again = |place: &usize| {
                topology::is_moving(&replies[*place])
                    || Target::of(commands[*place]) == Target::Every
            };
            let places: Vec<usize> = (0..commands.len()).filter(again).collect();
            let repeated: Vec<&Cmd> = places.iter().map(|place| commands[*place]).collect();
            let answers = match self.attempt(&repeated, None).await {
                Ok(answers) => answers,
                Err(error) if places.len() == commands.len() => return Err(error),
                Err(error) => vec![share::unanswered("the cluster", &error); places.len()],
            };
            for (place, answer) in places.into_iter().zip(answers) {
                replies[place] = answer;
            }
        }
        Ok(replies)
    }

    /// Sends commands, grouped by server, and follows redirections.
    async fn attempt(
        &self,
        commands: &[&Cmd],
        pipeline: Option<&Pipeline>,
    ) -> RedisResult<Vec<Value>> {
        let targets: Vec<Target> = commands.iter().map(|cmd| Target::of(cmd)).collect();
        let mut shares = self.shares(&targets).await?;
        let mut replies: Vec<Option<Value>> = vec![None; commands.len()];
        let mut lost = Vec::new();
        let mut failure = None;
        for round in 0..=MAX_REDIRECTIONS {
            let sent = shares.iter().map(|share| share.send(commands, pipeline));
            let answers = join_all(sent).await;
            let mut redirected = Vec::new();
            for (share, answer) in shares.iter().zip(answers) {
                let answer = match answer {
                    Ok(answer) => answer,
                    Err(error) => {
                        self.topology.doubt();
                        let value = share::unanswered(&share.node.name(), &error);
                        lost.extend(share.commands.iter().map(|(at, _)| (*at, value.clone())));
                        failure = Some(error);
                        continue;
                    }
                };
                for (&(at, _), value) in share.commands.iter().zip(answer) {
                    match Redirection::read(&value, share.node.host()) {
                        Some(redirection) if round < MAX_REDIRECTIONS => {
                            redirected.push((at, redirection));
                        }
                        _ => keep(&mut replies[at], value),
                    }
                }
            }
            if redirected.is_empty() {
                break;
            }
            shares = self.follow(redirected, &every(&targets));
        }
        if let Some(error) = failure
            && replies.iter().all(Option::is_none)
        {
            return Err(error);
        }
        for (at, value) in lost {
            // SCRIPT LOAD goes to every server; one that missed it answers NOSCRIPT later.
            replies[at].get_or_insert(value);
        }
        let replies: Option<Vec<Value>> = replies.into_iter().collect();
        let replies = replies.ok_or_else(no_answer)?;
        if replies.iter().any(topology::is_down) {
            self.topology.doubt();
        }
        Ok(replies)
    }

    /// Splits commands by server.
    async fn shares(&self, targets: &[Target]) -> RedisResult<Vec<Share>> {
        let mut shares: Vec<Share> = Vec::new();
        self.learn_map().await?;
        let places: Vec<Option<Place>> = {
            let map = self.topology.map();
            let owner = |target: &Target| match target {
                Target::Slot(slot) => map.owner(*slot),
                Target::Every | Target::Any => None,
            };
            targets.iter().map(owner).collect()
        };
        for (index, (target, place)) in targets.iter().zip(places).enumerate() {
            let node = match (target, place) {
                (Target::Every, _) => continue,
                (Target::Slot(_), Some(place)) => self.node(&place),
                // The map has no server for the slot: any server answers with a redirection, or with CLUSTERDOWN.
                (Target::Slot(_), None) | (Target::Any, _) => self.any(&shares).await?,
            };
            Share::add(&mut shares, node, (index, false));
        }
        let every = every(targets);
        if shares.is_empty() && !every.is_empty() {
            shares.extend(self.primaries().await?.into_iter().map(Share::of));
        }
        for share in &mut shares {
            share.commands.extend(&every);
            share.commands.sort_unstable();
        }
        Ok(shares)
    }

    /// A server that can be reached, preferably one that gets other commands anyway.
    async fn any(&self, shares: &[Share]) -> RedisResult<Arc<Node>> {
        if let Some(share) = shares.first() {
            return Ok(Arc::clone(&share.node));
        }
        let mut failed = no_answer();
        for node in self.primaries().await? {
            // Nothing has been sent yet, so another may be tried.
            match node.live().await {
                Ok(_) => return Ok(node),
                Err(error) if node::breaks(&error) => failed = error,
                Err(error) => return Err(error),
            }
        }
        self.topology.doubt();
        Err(failed)
    }

    /// Groups redirected commands by their new servers. Those for every server precede them there too: a new server
    /// does not know the scripts.
    fn follow(&self, redirected: Vec<(usize, Redirection)>, every: &[(usize, bool)]) -> Vec<Share> {
        let mut shares = Vec::new();
        for (index, redirection) in redirected {
            Share::add(
                &mut shares,
                self.node(&redirection.place),
                (index, redirection.once),
            );
            if !redirection.once {
                let mut map = self.topology.map();
                map.has_moved(redirection.slot, redirection.place);
            }
        }
        for share in &mut shares {
            share.commands.extend(every);
            share.commands.sort_unstable();
        }
        shares
    }

    /// Reads the map of slots if there is none or it may be outdated. All known servers are asked and the first
    /// answer counts: a server with an outdated map redirects the commands.
    async fn learn_map(&self) -> RedisResult<()> {
        let ask = async {
            let mut places = self.topology.map().primaries();
            places.extend(self.seeds.iter().cloned());
            if places.is_empty() {
                return Err(no_answer());
            }
            let asked = places.into_iter().map(|place| {
                Box::pin(async move {
                    let mut ask = redis::cmd("CLUSTER");
                    ask.arg("SLOTS");
                    let reply = self.node(&place).send(&ask).await?.extract_error()?;
                    topology::ranges(&reply, &place).ok_or_else(no_answer)
                })
            });
            Ok(select_ok(asked).await?.0)
        };
        if self.topology.learn(ask).await? {
            let known = self.topology.map().primaries();
            let kept = |place: &Place| known.contains(place) || self.seeds.contains(place);
            self.nodes().retain(|place, _| kept(place));
        }
        Ok(())
    }

    fn nodes(&self) -> MutexGuard<'_, HashMap<Place, Arc<Node>>> {
        self.nodes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn node(&self, place: &Place) -> Arc<Node> {
        let (host, port) = place.clone();
        let make = || Arc::new(Node::new(Socket::Tcp { host, port }, self.dialer.clone()));
        Arc::clone(self.nodes().entry(place.clone()).or_insert_with(make))
    }
}

impl Source for Cluster {
    fn send<'a>(&'a self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        Box::pin(async move {
            let mut replies = self.perform(&[command], None).await?;
            replies.pop().ok_or_else(no_answer)
        })
    }

    /// If some servers answer and others do not, commands without an answer have an error each, which leaves
    /// open whether they were performed. If none answers, the whole is an error.
    fn send_all<'a>(
        &'a self,
        pipeline: &'a Pipeline,
        _offset: usize,
        _count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        debug_assert!(!pipeline.is_transaction(), "it may lie on several servers");
        Box::pin(async move {
            let commands: Vec<&Cmd> = pipeline.cmd_iter().collect();
            self.perform(&commands, Some(pipeline)).await
        })
    }

    fn send_everywhere<'a>(&'a self, command: &'a Cmd) -> RedisFuture<'a, Vec<Value>> {
        Box::pin(async move {
            let primaries = Self::primaries(self).await?;
            try_join_all(primaries.iter().map(|node| node.send(command))).await
        })
    }

    fn primaries(&self) -> RedisFuture<'_, Option<Vec<Arc<dyn Source>>>> {
        Box::pin(async move {
            let primaries = Self::primaries(self).await?.into_iter();
            Ok(Some(
                primaries.map(|node| node as Arc<dyn Source>).collect(),
            ))
        })
    }

    /// Any server will do: a cluster passes published messages on to all servers.
    fn subscribe<'a>(&'a self, channel: &'a str) -> RedisFuture<'a, Subscription> {
        Box::pin(async move {
            let mut failed = no_answer();
            for node in Self::primaries(self).await? {
                match node.subscribe(channel).await {
                    Err(error) if node::breaks(&error) => failed = error,
                    subscribed => return subscribed,
                }
            }
            self.topology.doubt();
            Err(failed)
        })
    }

    /// `PUBLISH` counts only the listeners of the server that it is sent to, so `PUBSUB NUMSUB` counts all.
    fn publish<'a>(&'a self, channel: &'a str, message: &'a str) -> RedisFuture<'a, Option<u64>> {
        Box::pin(async move {
            let command = node::publish(channel, message);
            self.send(&command).await?.extract_error()?;
            let mut count = redis::cmd("PUBSUB");
            count.arg("NUMSUB").arg(channel);
            let counted: RedisResult<u64> =
                self.send_everywhere(&count).await.and_then(|replies| {
                    let replies = replies.into_iter().map(Value::extract_error);
                    let counts = replies.map(|reply| {
                        let (_, count): (String, u64) = redis::from_redis_value(reply?)?;
                        Ok(count)
                    });
                    counts.sum()
                });
            // The message is published even if the listeners cannot be counted.
            let user = self.dialer.settings().address.username.as_deref();
            if let Some(denied) = counted
                .as_ref()
                .err()
                .and_then(|error| translate::denied(error, user, []))
            {
                self.dialer.unknowns().add(Fact::Listeners, denied);
            }
            Ok(counted.ok())
        })
    }

    /// The new connections share the map of slots.
    fn with_dialer(&self, dialer: Dialer) -> Arc<dyn Source> {
        Arc::new(Self {
            seeds: self.seeds.clone(),
            dialer,
            nodes: Mutex::default(),
            topology: Arc::clone(&self.topology),
        })
    }

    fn scope(&self) -> Scope {
        Scope::Queue
    }
}

/// The commands for every server.
fn every(targets: &[Target]) -> Vec<(usize, bool)> {
    let indices = (0..targets.len()).filter(|index| targets[*index] == Target::Every);
    indices.map(|index| (index, false)).collect()
}

/// Keeps one answer of several servers to one command: an error, if there is one.
fn keep(kept: &mut Option<Value>, value: Value) {
    if !matches!(kept, Some(Value::ServerError(_))) {
        *kept = Some(value);
    }
}

/// The error for a missing or malformed answer.
fn no_answer() -> RedisError {
    let what = "the cluster gave no usable answer";
    RedisError::from((ErrorKind::UnexpectedReturnType, what))
}
