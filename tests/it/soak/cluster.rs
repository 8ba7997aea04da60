//! Three primaries with a replica each, which change places, and slots that move between them.

use std::time::Duration;

use fastrand::Rng;
use qctl::broker::keys::QueueKeys;

use super::timeline::{Excuse, uptime};
use super::{Site, Soak, durable, soak, trouble, workers};
use crate::cluster::moving::Moving;
use crate::harness::cluster::Cluster;
use crate::harness::redis::Redis;
use crate::worker::shop::queue;

/// What is noted of it.
pub(super) const MOVE: &str = "move of a slot and back";

/// A primary and its replica.
type Pair = [usize; 2];

struct Servers {
    cluster: Cluster,
    pairs: [Pair; 3],
}

impl Servers {
    fn swap(&mut self, pair: usize) {
        self.pairs[pair].swap(0, 1);
    }

    /// Moves a queue to another server and back, with keys that go on changing.
    fn move_slot(&mut self, rng: &mut Rng) {
        let name = rng.choice(workers::ALL).unwrap();
        let key = QueueKeys::new(&queue(name)).pending();
        let home = self.pairs[self.cluster.place(&key)][0];
        let other = self.pairs[rng.usize(..3)][0];
        if other == home {
            return;
        }
        for way in [(home, other), (other, home)] {
            let moving = Moving::between(&self.cluster, &key, way);
            while moving.some() > 0 {}
            moving.end();
        }
    }
}

impl Site for Servers {
    fn name(&self) -> &'static str {
        "cluster"
    }

    fn url(&self) -> String {
        self.cluster.url()
    }

    fn go(&self) -> Vec<String> {
        vec!["-cluster".to_owned(), self.cluster.addresses().join(",")]
    }

    fn user(&self) -> &'static str {
        "default"
    }

    fn longest_stop(&self) -> Duration {
        Duration::from_millis(1500)
    }

    fn primaries(&mut self) -> Vec<&mut Redis> {
        let pairs = self.pairs;
        let nodes = self.cluster.nodes_mut().iter_mut().enumerate();
        let primaries = nodes.filter(|(place, _)| pairs.iter().any(|pair| pair[0] == *place));
        primaries.map(|(_, node)| node).collect()
    }

    fn recover(&mut self) -> bool {
        self.cluster.is_well();
        let before = self.pairs;
        for pair in 0..self.pairs.len() {
            if !self.cluster.calls_itself_primary(self.pairs[pair][0]) {
                self.swap(pair);
            }
            let [primary, replica] = self.pairs[pair];
            self.cluster.has_followed(replica, primary);
        }
        before != self.pairs
    }

    fn suffer(&mut self, soak: &Soak, rng: &mut Rng) {
        let from = uptime();
        let pair = rng.usize(..self.pairs.len());
        let [primary, replica] = self.pairs[pair];
        match rng.u8(..6) {
            0 => trouble::restart(soak, self),
            1 => trouble::crash(soak, self),
            2 => {
                self.cluster.promote(replica);
                self.swap(pair);
                soak.timeline
                    .note("promotion of a replica", Excuse::Outage, from);
            }
            3 => {
                self.cluster.kill_followed(primary, replica);
                self.cluster.node_mut(primary).start_again();
                self.swap(pair);
                soak.timeline
                    .note("failover, nothing unreplicated", Excuse::Outage, from);
            }
            _ => {
                self.move_slot(rng);
                soak.timeline.note(MOVE, Excuse::Outage, from);
            }
        }
    }
}

#[test]
#[ignore = "minutes; scripts/soak runs it"]
fn cluster() {
    let Some(mut cluster) = Cluster::with(|| durable(Redis::with())) else {
        return;
    };
    let pairs = [0, 1, 2].map(|primary| {
        let replica = cluster.join();
        cluster.follow(replica, primary);
        [primary, replica]
    });
    soak(&mut Servers { cluster, pairs });
}
