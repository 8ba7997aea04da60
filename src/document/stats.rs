//! The document of `stats`: queues, their sum, the Redis server, and past days.

use std::collections::HashMap;
use std::time::Duration;

use serde::Serialize;

use super::queue::{DayDocument, QueueDocument, to_float};
use super::serde_fmt;
use crate::broker::records::{Day, QueueStats, ServerFacts, ServerFound};

/// The Redis server.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct RedisDocument {
    pub version: String,
    pub used_memory_bytes: Option<u64>,
    /// Absent if there is no limit.
    pub max_memory_bytes: Option<u64>,
    /// Connected clients.
    pub clients: Option<u64>,
    #[serde(serialize_with = "serde_fmt::seconds")]
    pub uptime_seconds: Option<Duration>,
}

impl From<&ServerFacts> for RedisDocument {
    fn from(facts: &ServerFacts) -> Self {
        Self {
            version: facts.version.clone(),
            used_memory_bytes: facts.used_memory,
            max_memory_bytes: facts.max_memory.filter(|&limit| limit > 0),
            clients: facts.clients,
            uptime_seconds: facts.uptime,
        }
    }
}

/// The document of `stats`.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Stats {
    pub queues: Vec<QueueDocument>,
    /// The sum of the queues.
    pub total: QueueDocument,
    /// Absent if the user may not run INFO.
    pub redis: Option<RedisDocument>,
    /// Past days of each queue, if requested.
    pub history: Option<Vec<DayDocument>>,
    /// Why figures are absent: the keys of another type.
    #[serde(skip)]
    pub unreadable: Vec<String>,
    /// Queues with pending tasks and without a server, unless they are paused.
    #[serde(skip)]
    pub unserved: Vec<String>,
    /// With `--watch`: rates have a column from the first frame on.
    #[serde(skip)]
    pub watched: bool,
    /// The titles of the columns that were asked for, if any were.
    #[serde(skip)]
    pub columns: Vec<String>,
}

impl Stats {
    /// The queues and their sum.
    pub(crate) fn new(queues: &[QueueStats]) -> Self {
        let unreadable = queues.iter().flat_map(|queue| {
            let name = queue.queue.as_str();
            let each = queue.unreadable.iter();
            each.map(move |(_, wrong)| format!("queue {name:?}: {wrong}"))
        });
        let unreadable = unreadable.collect();
        let queues: Vec<_> = queues.iter().map(QueueDocument::from).collect();
        Self {
            unreadable,
            unserved: Vec::new(),
            watched: false,
            columns: Vec::new(),
            total: QueueDocument::sum(&queues),
            queues,
            redis: None,
            history: None,
        }
    }

    /// The same, with the facts of the Redis server.
    #[must_use]
    pub(crate) fn with_redis(mut self, facts: &ServerFacts) -> Self {
        self.redis = Some(facts.into());
        self
    }

    /// The same, with the queues that none of these servers processes.
    #[must_use]
    pub(crate) fn with_servers(mut self, servers: &[ServerFound]) -> Self {
        let served = |name: &String| {
            servers
                .iter()
                .any(|server| server.queues.contains_key(name))
        };
        let waiting = self.queues.iter().filter(|queue| queue.waits());
        let names = waiting.filter_map(|queue| queue.queue.clone());
        self.unserved = names.filter(|name| !served(name)).collect();
        self
    }

    /// The same, with past days.
    #[must_use]
    pub(crate) fn with_history(mut self, days: &[Day]) -> Self {
        self.history = Some(days.iter().map(DayDocument::from).collect());
        self
    }

    /// The same, with the rates since `before`.
    #[must_use]
    pub(crate) fn with_rates(mut self, before: &Self, elapsed: Duration) -> Self {
        let then = before.queues.iter().chain([&before.total]);
        let then: HashMap<_, _> = then.map(|queue| (queue.queue.as_deref(), queue)).collect();
        let each = |more: Option<u64>, less: Option<u64>| {
            let seconds = elapsed.as_secs_f64();
            // A counter that has become smaller was reset.
            let grown = more?.checked_sub(less?).filter(|_| seconds > 0.0)?;
            Some((to_float(grown) / seconds * 10.0).round() / 10.0)
        };
        for queue in self.queues.iter_mut().chain([&mut self.total]) {
            if let Some(then) = then.get(&queue.queue.as_deref()) {
                queue.processed_per_second = each(queue.processed_total, then.processed_total);
                queue.failed_per_second = each(queue.failed_total, then.failed_total);
            }
        }
        self
    }
}
