//! A slot that moves from one server to another with its keys, as `redis-cli --cluster reshard` does it.

use crate::harness::cluster::Cluster;
use crate::harness::{SOON, eventually};

/// A slot on its way from one server to another.
pub(crate) struct Moving<'a> {
    cluster: &'a Cluster,
    pub(crate) slot: String,
    pub(crate) from: usize,
    pub(crate) to: usize,
}

impl<'a> Moving<'a> {
    /// From where the slot was at first to the next server.
    pub(crate) fn begin(cluster: &'a Cluster, key: &str) -> Self {
        let from = cluster.place(key);
        Self::between(cluster, key, (from, (from + 1) % 3))
    }

    pub(crate) fn between(cluster: &'a Cluster, key: &str, (from, to): (usize, usize)) -> Self {
        let slot = cluster.slot(key).to_string();
        let set = |place: usize, word: &str, other: usize| {
            let other = cluster.id(other);
            cluster.nodes()[place].cmd(&["CLUSTER", "SETSLOT", &slot, word, &other]);
        };
        set(to, "IMPORTING", from);
        set(from, "MIGRATING", to);
        Self {
            cluster,
            slot,
            from,
            to,
        }
    }

    /// Takes some keys over; returns how many.
    pub(crate) fn some(&self) -> usize {
        let keys = self.keys("7");
        self.take(&keys);
        keys.len()
    }

    /// Takes those keys over that pass.
    pub(crate) fn those(&self, wanted: impl Fn(&str) -> bool) {
        let mut keys = self.keys("10000");
        keys.retain(|key| wanted(key));
        self.take(&keys);
    }

    /// Keys that have not been taken over.
    fn keys(&self, count: &str) -> Vec<String> {
        let from = &self.cluster.nodes()[self.from];
        from.query(&["CLUSTER", "GETKEYSINSLOT", &self.slot, count])
    }

    fn take(&self, keys: &[String]) {
        let [from, to] = [self.from, self.to].map(|place| &self.cluster.nodes()[place]);
        let port = to.port().to_string();
        let migrate = ["MIGRATE", "127.0.0.1", &port, "", "0", "5000", "KEYS"].into_iter();
        let migrate: Vec<&str> = migrate.chain(keys.iter().map(String::as_str)).collect();
        if !keys.is_empty() {
            from.cmd(&migrate);
        }
    }

    /// Waits until the servers have sent somebody away because of the move.
    #[track_caller]
    pub(crate) fn is_felt(&self) {
        let refusals = || -> u64 {
            let nodes = [self.from, self.to].map(|place| &self.cluster.nodes()[place]);
            nodes.into_iter().map(refusals_of).sum()
        };
        let before = refusals();
        eventually(SOON, || (refusals() > before).then_some(()));
    }

    pub(crate) fn end(self) {
        let id = self.cluster.id(self.to);
        let nodes = self.cluster.nodes();
        let set = ["CLUSTER", "SETSLOT", &self.slot, "NODE", &id];
        nodes[self.to].cmd(&set);
        for node in nodes {
            // A replica leaves that to its primary, and a primary that has lost its last slot becomes one.
            drop(node.try_query::<()>(&set));
        }
    }
}

/// How often a server has answered `ASK` or `TRYAGAIN`.
fn refusals_of(node: &crate::harness::redis::Redis) -> u64 {
    let told: String = node.query(&["INFO", "errorstats"]);
    let counts = ["errorstat_ASK:count=", "errorstat_TRYAGAIN:count="];
    told.lines()
        .filter_map(|line| counts.iter().find_map(|name| line.strip_prefix(name)))
        .map(|count| count.trim().parse::<u64>().unwrap())
        .sum()
}
