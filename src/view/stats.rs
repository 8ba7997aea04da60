//! What `stats` shows: the numbers of queues, their sum, the Redis server, and past days.

use std::collections::HashMap;
use std::time::Duration;

use serde::Serialize;

use super::queue::{DayDocument, QueueDocument, to_float};
use super::{Cell, Page, Role, Row, Table, View, text, write};
use crate::broker::records::{Day, QueueStats, ServerFacts};

/// The Redis server.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct RedisDocument {
    /// Its version.
    pub version: String,
    /// Bytes in use.
    pub used_memory_bytes: Option<u64>,
    /// The limit; absent when there is none.
    pub max_memory_bytes: Option<u64>,
    /// Connected clients.
    pub clients: Option<u64>,
    /// Since its start.
    #[serde(serialize_with = "write::seconds")]
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

impl RedisDocument {
    /// One line: version, memory, clients, uptime, as far as known.
    fn sentence(&self) -> Cell {
        let mut words = vec![format!("redis {}", self.version)];
        match (self.used_memory_bytes, self.max_memory_bytes) {
            (Some(used), Some(limit)) => words.push(format!(
                "{} of {} used",
                text::bytes(used),
                text::bytes(limit)
            )),
            (Some(used), None) => words.push(format!("{} used", text::bytes(used))),
            (None, _) => {}
        }
        words.extend(self.clients.map(|clients| text::plural(clients, "client")));
        words.extend(
            self.uptime_seconds
                .map(|up| format!("up {}", text::duration(up))),
        );
        Cell::text(words.join(", ")).role(Role::Dim)
    }
}

/// All that `stats` knows.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Stats {
    /// Each queue.
    pub queues: Vec<QueueDocument>,
    /// Their sum.
    pub total: QueueDocument,
    /// The server that holds them.
    pub redis: Option<RedisDocument>,
    /// Past days, when asked for.
    pub history: Option<Vec<DayDocument>>,
}

impl Stats {
    /// The queues and their sum.
    pub(crate) fn new(queues: &[QueueStats]) -> Self {
        let queues: Vec<_> = queues.iter().map(QueueDocument::from).collect();
        Self {
            total: QueueDocument::sum(&queues),
            queues,
            redis: None,
            history: None,
        }
    }

    /// With the server's facts.
    #[must_use]
    pub(crate) fn with_redis(mut self, facts: &ServerFacts) -> Self {
        self.redis = Some(facts.into());
        self
    }

    /// With past days.
    #[cfg_attr(not(test), expect(dead_code, reason = "for `stats --history`"))]
    #[must_use]
    pub(crate) fn with_history(mut self, days: &[Day]) -> Self {
        self.history = Some(days.iter().map(DayDocument::from).collect());
        self
    }

    /// With what has happened each second since `before`.
    #[must_use]
    pub(crate) fn with_rates(mut self, before: &Self, elapsed: Duration) -> Self {
        let then = before.queues.iter().chain([&before.total]);
        let then: HashMap<_, _> = then.map(|queue| (queue.queue.as_deref(), queue)).collect();
        let each = |more: u64, less: u64| {
            let seconds = elapsed.as_secs_f64();
            // A counter that went back was reset, which is no rate.
            let grown = more.checked_sub(less).filter(|_| seconds > 0.0)?;
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

impl View for Stats {
    const LIST: Option<(&'static str, &'static [&'static str])> =
        Some(("queues", QueueDocument::FIELDS));

    fn page(&self) -> Page {
        let rates = self.total.processed_per_second.is_some();
        let columns = QueueDocument::columns_for(self.total.memory_bytes.is_some(), rates);
        let total = (self.queues.len() > 1).then_some(&self.total);
        let mut page = Page::new().table(Table::of(&columns, self.queues.iter().chain(total)));
        if self.queues.is_empty() {
            page = page.note("no queues");
        }
        if let Some(redis) = &self.redis {
            page = page.sentence(redis.sentence());
        }
        match &self.history {
            Some(days) => page.table(Table::list(days)),
            None => page,
        }
    }

    fn ids(&self) -> Vec<&str> {
        self.queues.iter().map(Row::id).collect()
    }
}
