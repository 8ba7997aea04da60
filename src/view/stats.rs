//! The page of `stats`: queues with their total, the Redis server, past days.

use std::cmp::Reverse;

use super::{Cell, Column, Page, Ranking, Role, Row, Table, View, text};
use crate::document::Document as _;
use crate::document::queue::{DayDocument, QueueDocument};
use crate::document::stats::{RedisDocument, Stats};

impl RedisDocument {
    /// Version, memory, clients and uptime, if known, on one line.
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

/// A note that tasks in these queues wait for a server.
pub(super) fn unserved(queues: &[String]) -> Cell {
    let names: Vec<&str> = queues.iter().map(String::as_str).collect();
    let names = text::listed(&names);
    Cell::text(format!("pending tasks in queues without a server: {names}")).role(Role::Warning)
}

impl Stats {
    /// The indices of the queues, by latency, then by tasks in retry, pending and archived.
    fn worst_first(&self) -> Vec<usize> {
        let mut places: Vec<usize> = (0..self.queues.len()).collect();
        places.sort_by_key(|&place| {
            let queue = &self.queues[place];
            let trouble = [queue.retry, queue.pending, queue.archived];
            let trouble = trouble.map(Option::unwrap_or_default);
            Reverse((queue.latency_seconds, trouble, queue.size))
        });
        places
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
        let columns = QueueDocument::columns_for(self.total.memory_bytes.is_some(), self.watched);
        let columns = Column::chosen(columns, &self.columns).unwrap_or_default();
        let mut table = Table::of(&columns, &self.queues);
        table.ranking = Some(Ranking {
            noun: "queue",
            places: self.worst_first(),
        });
        if self.queues.len() > 1 {
            table.total = Table::of(&columns, [&self.total]).rows.pop();
        }
        let mut page = Page::new().table(table);
        if self.queues.is_empty() {
            page = page.note("no queues");
        }
        if let Some(redis) = &self.redis {
            page = page.footer(redis.sentence());
        }
        if let Some(days) = &self.history {
            page = page.table(Table::list(days));
        }
        let aside = self.queues.iter().filter(|queue| queue.aside > Some(0));
        let aside: Vec<&str> = aside.filter_map(Row::id).collect();
        if !aside.is_empty() {
            let queues = text::listed(&aside);
            page = page.note(format!(
                "unreadable tasks set aside in: {queues}; list them with qctl ls tasks -s aside"
            ));
        }
        match self.unserved.as_slice() {
            [] => page,
            names => page.note(unserved(names)),
        }
    }

    fn ids(&self) -> Vec<&str> {
        self.queues.iter().filter_map(Row::id).collect()
    }
}
