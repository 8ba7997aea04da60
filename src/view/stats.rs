//! The page of `stats`: a table of queues with their sum, a line on the Redis server, past days.

use super::{Cell, Page, Role, Row, Table, View, text};
use crate::document::Document as _;
use crate::document::queue::{DayDocument, QueueDocument};
use crate::document::stats::{RedisDocument, Stats};

impl RedisDocument {
    /// Version, memory, clients and uptime, as far as known, on one line.
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

impl View for Stats {
    fn list(&self) -> Option<(&'static str, &'static [&'static str])> {
        Some(match self.history {
            None => ("queues", QueueDocument::FIELDS),
            Some(_) => ("history", DayDocument::FIELDS),
        })
    }

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
