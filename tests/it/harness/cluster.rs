//! A Redis Cluster of three primaries, on three private servers; tests add replicas and further servers.
//!
//! It needs seconds to come about, so tests share one that the last of them stops; each test has queues
//! with names of its own there. A test that breaks something starts one for itself.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use redis::FromRedisValue;

use super::redis::{Builder, HARNESS_PASSWORD, HARNESS_USER, Redis};
use super::{SOON, eventually, say};

const SLOTS: usize = 16_384;
/// The primaries at first.
const SIZE: usize = 3;

pub(crate) struct Cluster {
    nodes: Vec<Redis>,
    server: fn() -> Builder,
}

impl Cluster {
    /// The cluster that tests share; `None`, and a line that says so, where the server has no clusters.
    pub(crate) fn shared() -> Option<Arc<Self>> {
        static SHARED: Mutex<Weak<Cluster>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cluster) = shared.upgrade() {
            return Some(cluster);
        }
        let cluster = Arc::new(Self::start()?);
        *shared = Arc::downgrade(&cluster);
        Some(cluster)
    }

    /// A cluster for one test.
    pub(crate) fn start() -> Option<Self> {
        Self::with(Redis::with)
    }

    /// A cluster of servers that are configured so.
    pub(crate) fn with(server: fn() -> Builder) -> Option<Self> {
        let mut cluster = Self {
            nodes: Vec::new(),
            server,
        };
        for _ in 0..SIZE {
            match cluster.member().try_start() {
                Ok(node) => cluster.nodes.push(node),
                Err(log) if log.contains("cluster-enabled") => {
                    say("skipped: this Redis server was built without clusters");
                    return None;
                }
                Err(log) => panic!("the Redis server did not start:\n{log}"),
            }
        }
        cluster.form();
        Some(cluster)
    }

    fn member(&self) -> Builder {
        (self.server)()
            .config("cluster-enabled yes")
            // Long enough for a busy machine, short enough for tests that kill a server.
            .config("cluster-node-timeout 3000")
            .config(&format!("masteruser {HARNESS_USER}"))
            .config(&format!("masterauth {HARNESS_PASSWORD}"))
    }

    fn form(&self) {
        for (place, node) in self.nodes.iter().enumerate() {
            let epoch = (place + 1).to_string();
            node.cmd(&["CLUSTER", "SET-CONFIG-EPOCH", &epoch]);
            let slots = place * SLOTS / SIZE..(place + 1) * SLOTS / SIZE;
            let add = ["CLUSTER".to_owned(), "ADDSLOTS".to_owned()];
            let add: Vec<String> = add
                .into_iter()
                .chain(slots.map(|slot| slot.to_string()))
                .collect();
            node.cmd(&add);
        }
        for (place, node) in self.nodes.iter().enumerate() {
            Self::meet(&self.nodes[..place], node);
        }
        self.is_well();
    }

    /// Acquaints a server with each of the others: what they learn of it from each other takes seconds.
    fn meet(others: &[Redis], node: &Redis) {
        for other in others {
            let port = other.port().to_string();
            node.cmd(&["CLUSTER", "MEET", "127.0.0.1", &port]);
        }
    }

    /// Adds a server without slots, and returns its place.
    pub(crate) fn join(&mut self) -> usize {
        let node = self.member().start();
        Self::meet(&self.nodes, &node);
        self.nodes.push(node);
        self.is_well();
        self.nodes.len() - 1
    }

    /// Removes the server that joined last, which has no slots any more.
    pub(crate) fn leave(&mut self) {
        let id = self.id(self.nodes.len() - 1);
        drop(self.nodes.pop());
        for node in &self.nodes {
            node.cmd(&["CLUSTER", "FORGET", &id]);
        }
        self.is_well();
    }

    /// Has a server follow another, and waits until all know.
    pub(crate) fn follow(&self, replica: usize, primary: usize) {
        let id = self.id(primary);
        self.nodes[replica].cmd(&["CLUSTER", "REPLICATE", &id]);
        eventually(SOON, || {
            let knows = |node: &Redis| {
                let nodes: String = node.query(&["CLUSTER", "NODES"]);
                nodes.contains(&format!("slave {id}"))
            };
            self.nodes.iter().all(knows).then_some(())
        });
        self.has_followed(replica, primary);
    }

    /// Waits until a replica has what its primary has.
    #[track_caller]
    pub(crate) fn has_followed(&self, replica: usize, primary: usize) {
        let line = |place: usize, name: &str| -> Option<String> {
            let info: String = self.nodes[place].try_query(&["INFO", "replication"]).ok()?;
            let line = info.lines().find_map(|line| line.strip_prefix(name))?;
            Some(line.trim().to_owned())
        };
        let number = |place: usize, name: &str| line(place, name)?.parse::<u64>().ok();
        eventually(SOON, || {
            let written = number(primary, "master_repl_offset:")?;
            let linked = line(replica, "master_link_status:")? == "up";
            (linked && number(replica, "slave_repl_offset:")? >= written).then_some(())
        });
    }

    /// Makes a replica the primary, as an administrator does.
    #[track_caller]
    pub(crate) fn promote(&self, replica: usize) {
        self.nodes[replica].cmd(&["CLUSTER", "FAILOVER"]);
        self.is_primary(replica);
    }

    #[track_caller]
    fn is_primary(&self, place: usize) {
        eventually(SOON, || self.calls_itself_primary(place).then_some(()));
    }

    pub(crate) fn calls_itself_primary(&self, place: usize) -> bool {
        let info: String = self.nodes[place].query(&["INFO", "replication"]);
        info.contains("role:master")
    }

    /// Kills a primary whose replica has all that it has acknowledged, for Redis replicates after it answers, and has
    /// the replica take over. Commands that arrive meanwhile are not performed, and have no answer.
    pub(crate) fn kill_followed(&mut self, primary: usize, replica: usize) {
        self.nodes[primary].cmd(&["CLIENT", "PAUSE", "60000", "WRITE"]);
        self.has_followed(replica, primary);
        self.nodes[primary].kill9();
        // The others would take their time to elect it.
        self.nodes[replica].cmd(&["CLUSTER", "FAILOVER", "TAKEOVER"]);
        self.is_primary(replica);
    }

    /// Waits until every server finds that the cluster works.
    #[track_caller]
    pub(crate) fn is_well(&self) {
        eventually(SOON, || {
            let well = |node| Self::finds_it_well(node, self.nodes.len());
            self.nodes.iter().all(well).then_some(())
        });
    }

    fn finds_it_well(node: &Redis, size: usize) -> bool {
        let info: String = node.try_query(&["CLUSTER", "INFO"]).unwrap_or_default();
        let says = |line: &str| info.lines().any(|said| said == line);
        let nodes: String = node.try_query(&["CLUSTER", "NODES"]).unwrap_or_default();
        let linked = |line: &str| line.split(' ').nth(7) == Some("connected");
        nodes.lines().all(linked)
            && says("cluster_state:ok")
            && says("cluster_slots_ok:16384")
            && says(&format!("cluster_known_nodes:{size}"))
    }

    /// The address, with all servers in it.
    pub(crate) fn url(&self) -> String {
        let nodes: Vec<String> = self.addresses();
        format!("redis-cluster://{}", nodes.join(","))
    }

    /// Host and port of each server.
    pub(crate) fn addresses(&self) -> Vec<String> {
        let nodes = self.nodes.iter();
        nodes
            .map(|node| format!("127.0.0.1:{}", node.port()))
            .collect()
    }

    pub(crate) fn nodes(&self) -> &[Redis] {
        &self.nodes
    }

    pub(crate) fn nodes_mut(&mut self) -> &mut [Redis] {
        &mut self.nodes
    }

    pub(crate) fn node_mut(&mut self, place: usize) -> &mut Redis {
        &mut self.nodes[place]
    }

    pub(crate) fn slot(&self, key: &str) -> usize {
        self.nodes[0].query(&["CLUSTER", "KEYSLOT", key])
    }

    /// The place of the server that got the slot of this key when the cluster was formed.
    pub(crate) fn place(&self, key: &str) -> usize {
        let slot = self.slot(key);
        let ends = (1..=SIZE).map(|place| place * SLOTS / SIZE);
        ends.into_iter().position(|end| slot < end).unwrap()
    }

    /// Asks the server that has the key, which is the second word.
    #[track_caller]
    pub(crate) fn query<T: FromRedisValue>(&self, args: &[&str]) -> T {
        self.nodes[self.place(args[1])].query(args)
    }

    /// Asks the server that has the key by now.
    #[track_caller]
    pub(crate) fn ask<T: FromRedisValue>(&self, args: &[&str]) -> T {
        let answer = |node: &Redis| node.try_query(args).ok();
        eventually(SOON, || self.nodes.iter().find_map(answer))
    }

    /// Three names of queues that begin so, one for each server, in their order.
    pub(crate) fn names(&self, prefix: &str) -> [String; SIZE] {
        std::array::from_fn(|place| {
            let mut names = (0..).map(|n| format!("{prefix}{n}"));
            names
                .find(|name| self.place(&format!("asynq:{{{name}}}:t")) == place)
                .unwrap()
        })
    }

    /// The id by which servers know this one.
    pub(crate) fn id(&self, place: usize) -> String {
        self.nodes[place].query(&["CLUSTER", "MYID"])
    }
}
