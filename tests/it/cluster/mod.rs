//! A Redis Cluster of three servers: queues on different ones, and the schedules on yet another slot.

mod change;
mod doctor;
mod gos_janitor;
mod limits;
pub(crate) mod moving;
mod operations;
mod page;
mod rights;
mod schedule;
mod trouble;
mod work;

use std::ops::Deref;
use std::sync::Arc;

use qctl::broker::Broker;
use qctl::broker::keys::{self, QueueKeys};
use qctl::task::{NewTask, QueueName};

use crate::broker::{connect, queue};
use crate::harness::cluster::Cluster;
use crate::harness::qctl::Qctl;
use crate::harness::redis::{Builder, Redis};
use crate::worker::shop::task;

/// A cluster, a broker connected to it, and a queue on each of its servers.
struct Site<C> {
    cluster: C,
    broker: Broker,
    queues: [QueueName; 3],
}

impl Site<Arc<Cluster>> {
    /// On the shared cluster; the names of the queues begin with `prefix`.
    async fn open(prefix: &str) -> Option<Self> {
        Some(Self::on(Cluster::shared()?, prefix).await)
    }
}

impl Site<Box<Cluster>> {
    /// The place of a server that has neither the schedules nor the names of the queues.
    const SPARE: usize = 2;

    /// On a cluster that nobody else uses. What was stored there outlasts the death of a server, and
    /// while one is away, what the others have can be used.
    async fn private() -> Option<Self> {
        Self::of(|| {
            Redis::with()
                .config("appendonly yes")
                .config("appendfsync always")
                .config("cluster-require-full-coverage no")
        })
        .await
    }

    async fn of(server: fn() -> Builder) -> Option<Self> {
        let cluster = tokio::task::block_in_place(|| Cluster::with(server))?;
        let spare = |key: &str| cluster.place(key) != Self::SPARE;
        assert!(spare(keys::QUEUES) && spare(keys::CRON_NAMES));
        Some(Self::on(Box::new(cluster), "q").await)
    }
}

impl<C: Deref<Target = Cluster>> Site<C> {
    async fn on(cluster: C, prefix: &str) -> Self {
        let broker = connect(&cluster.url()).await.unwrap();
        let queues = cluster.names(prefix).map(|name| queue(&name));
        Self {
            cluster,
            broker,
            queues,
        }
    }

    fn qctl(&self, args: &[&str]) -> Qctl {
        Qctl::at(&self.cluster.url()).args(args)
    }

    /// The program, with each of the queues named.
    fn qctl_on_all(&self, args: &[&str]) -> Qctl {
        let queues = self.queues.iter().flat_map(|name| ["-q", name.as_str()]);
        self.qctl(args).args(queues)
    }

    fn list(&self, key: &str) -> Vec<String> {
        self.cluster.query(&["LRANGE", key, "0", "-1"])
    }

    /// The ids that wait in a queue, oldest first.
    fn pending(&self, queue: &QueueName) -> Vec<String> {
        let mut ids = self.list(&QueueKeys::new(queue).pending());
        ids.reverse();
        ids
    }
}

fn task_in(queue: &QueueName, id: &str) -> NewTask {
    task(id).with(|options| options.queue = queue.clone())
}
