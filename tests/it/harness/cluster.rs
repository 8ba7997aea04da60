//! A Redis Cluster of three primaries, on three private servers.
//!
//! It needs seconds to come about, so tests share one that the last of them stops; each test has queues
//! with names of its own there. A test that breaks something starts one for itself.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use redis::FromRedisValue;

use super::redis::{Builder, Redis};
use super::{SOON, eventually, say};

const SLOTS: usize = 16_384;
const SIZE: usize = 3;

pub(crate) struct Cluster {
    nodes: Vec<Redis>,
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
    pub(crate) fn with(server: impl Fn() -> Builder) -> Option<Self> {
        let mut nodes = Vec::new();
        for _ in 0..SIZE {
            let server = server()
                .config("cluster-enabled yes")
                // Long enough for a busy machine, short enough for tests that kill a server.
                .config("cluster-node-timeout 3000");
            match server.try_start() {
                Ok(node) => nodes.push(node),
                Err(log) if log.contains("cluster-enabled") => {
                    say("skipped: this Redis server was built without clusters");
                    return None;
                }
                Err(log) => panic!("the Redis server did not start:\n{log}"),
            }
        }
        let cluster = Self { nodes };
        cluster.form();
        Some(cluster)
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
        for node in &self.nodes[1..] {
            let port = node.port().to_string();
            self.nodes[0].cmd(&["CLUSTER", "MEET", "127.0.0.1", &port]);
        }
        self.is_well();
    }

    /// Waits until every server finds that the cluster works.
    #[track_caller]
    pub(crate) fn is_well(&self) {
        eventually(SOON, || {
            self.nodes.iter().all(Self::finds_it_well).then_some(())
        });
    }

    fn finds_it_well(node: &Redis) -> bool {
        let info: String = node.try_query(&["CLUSTER", "INFO"]).unwrap_or_default();
        let says = |line: &str| info.lines().any(|said| said == line);
        let nodes: String = node.try_query(&["CLUSTER", "NODES"]).unwrap_or_default();
        let linked = |line: &str| line.split(' ').nth(7) == Some("connected");
        nodes.lines().all(linked)
            && says("cluster_state:ok")
            && says("cluster_slots_ok:16384")
            && says(&format!("cluster_known_nodes:{SIZE}"))
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
