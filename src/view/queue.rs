//! Queues: the rows of a list, past days, and the page of one.

use super::stats::unserved;
use super::{Cell, Column, Page, Role, Row, Table, View, text};
use crate::document::queue::{DayDocument, QueueDetails, QueueDocument, rate};
use crate::task::State;

impl QueueDocument {
    /// The columns of a list, with or without memory and rates.
    ///
    /// On a narrow terminal, SIZE is hidden first, then ERRORS, then what matters least beside rates.
    pub(crate) fn columns_for(memory: bool, rates: bool) -> Vec<Column<Self>> {
        let mut columns = Self::task_columns();
        columns.extend(Self::attempt_columns(rates));
        if rates {
            let rate = Column::number("RATE", |queue: &Self| {
                per_second(queue.processed_per_second)
            });
            let failing = Column::number("FAIL RATE", |queue: &Self| {
                per_second(queue.failed_per_second)
            });
            columns.extend([rate.reserve(7), failing.wide()]);
        }
        if memory {
            let memory = Column::number("MEMORY", |queue: &Self| {
                Cell::maybe(queue.memory_bytes.map(text::bytes))
            });
            columns.push(memory.reserve(9));
        }
        let paused = Column::key("PAUSED", |queue: &Self| {
            if queue.paused {
                Cell::text("yes").role(Role::Warning)
            } else {
                Cell::none()
            }
        });
        columns.push(paused.reserve(6));
        columns
    }

    fn task_columns() -> Vec<Column<Self>> {
        let count = Column::<Self>::number;
        vec![
            Column::key("QUEUE", |queue| match &queue.queue {
                Some(name) => Cell::text(name),
                None => Cell::text("TOTAL").role(Role::Strong),
            }),
            count("SIZE", |queue| number(queue.size)).rank(9),
            count("ACTIVE", |queue| counted(State::Active, queue.active)).short("ACT"),
            count("PENDING", |queue| counted(State::Pending, queue.pending)).short("PEND"),
            count("SCHED", |queue| counted(State::Scheduled, queue.scheduled)),
            count("RETRY", |queue| counted(State::Retry, queue.retry)),
            count("ARCHIVED", |queue| counted(State::Archived, queue.archived)).short("ARCH"),
            count("COMPLETED", |queue| {
                counted(State::Completed, queue.completed)
            })
            .short("DONE")
            .rank(3),
            count("AGGR", |queue| {
                counted(State::Aggregating, queue.aggregating)
            })
            .rank(4),
            count("ASIDE", |queue| counted(State::Aside, queue.aside)).wide(),
            count("GROUPS", |queue| number(queue.groups)).wide(),
        ]
    }

    fn attempt_columns(rates: bool) -> Vec<Column<Self>> {
        let count = Column::<Self>::number;
        vec![
            count("LATENCY", Self::latency)
                .short("LAT")
                .reserve(6)
                .sorted_by("latency_seconds"),
            count("PROCESSED", |queue| number(queue.processed_today))
                .short("PROC")
                .rank(if rates { 7 } else { 2 }),
            count("FAILED", |queue| number(queue.failed_today))
                .short("FAIL")
                .rank(1),
            count("ERRORS", |queue| {
                errors(queue.failed_today, queue.processed_today)
            })
            .short("ERR")
            .reserve(6)
            .rank(8)
            .sorted_by("error_rate"),
            count("EVER", |queue| number(queue.processed_total)).wide(),
            count("EVER FAILED", |queue| number(queue.failed_total)).wide(),
        ]
    }

    fn latency(&self) -> Cell {
        match self.latency_seconds {
            Some(latency) => Cell::text(text::duration(latency)),
            None if self.pending.is_none_or(|pending| pending > 0) => Cell::unknown(),
            None => Cell::none(),
        }
    }
}

impl Row for QueueDocument {
    const PLURAL: &'static str = "queues";

    fn columns() -> Vec<Column<Self>> {
        Self::columns_for(false, false)
    }

    fn id(&self) -> Option<&str> {
        self.queue.as_deref()
    }
}

impl Row for DayDocument {
    const PLURAL: &'static str = "days";

    fn columns() -> Vec<Column<Self>> {
        vec![
            Column::key("QUEUE", |day: &Self| Cell::text(&day.queue)),
            Column::key("DATE", |day| Cell::text(&day.date)),
            Column::number("PROCESSED", |day| number(day.processed)),
            Column::number("FAILED", |day| number(day.failed)),
            Column::number("ERRORS", |day| errors(day.failed, day.processed)),
        ]
    }

    fn id(&self) -> Option<&str> {
        Some(&self.date)
    }
}

impl View for QueueDetails {
    fn page(&self) -> Page {
        let queue = &self.queue;
        let mut facts = vec![
            ("Queue", Cell::maybe(queue.id())),
            ("Size", number(queue.size)),
        ];
        let counts = [
            ("  active", State::Active, queue.active),
            ("  pending", State::Pending, queue.pending),
            ("  scheduled", State::Scheduled, queue.scheduled),
            ("  retry", State::Retry, queue.retry),
            ("  archived", State::Archived, queue.archived),
            ("  completed", State::Completed, queue.completed),
            ("  aggregating", State::Aggregating, queue.aggregating),
        ];
        facts.extend(counts.map(|(label, state, count)| (label, counted(state, count))));
        if queue.aside != Some(0) {
            facts.push(("  aside", counted(State::Aside, queue.aside)));
        }
        facts.extend([
            ("Latency", queue.latency()),
            ("Processed today", number(queue.processed_today)),
            ("Failed today", number(queue.failed_today)),
            (
                "Errors today",
                errors(queue.failed_today, queue.processed_today),
            ),
            ("Processed ever", number(queue.processed_total)),
            ("Failed ever", number(queue.failed_total)),
        ]);
        if queue.paused {
            let since = Cell::moment(queue.paused_at);
            facts.push(("Paused since", since.role(Role::Warning)));
        }
        if let Some(memory) = queue.memory_bytes {
            facts.push(("Memory", Cell::text(text::bytes(memory))));
        }
        let page = Page::new()
            .facts(facts)
            .table(Table::list(&self.group_sizes))
            .table(Table::list(&self.servers))
            .table(Table::list(&self.history));
        if self.unserved {
            return page.note(unserved(queue.queue.as_slice()));
        }
        page
    }

    fn ids(&self) -> Vec<&str> {
        self.queue.id().into_iter().collect()
    }
}

fn number(number: Option<u64>) -> Cell {
    number.map_or_else(Cell::unknown, Cell::count)
}

fn counted(state: State, count: Option<u64>) -> Cell {
    match count {
        Some(1..) => number(count).role(Role::State(state)),
        Some(0) | None => number(count),
    }
}

/// The share of failures; red from 10 %.
fn errors(failed: Option<u64>, processed: Option<u64>) -> Cell {
    match (rate(failed, processed), failed, processed) {
        (Some(rate), _, _) => Cell::text(text::percent(rate)).role(match rate {
            0.1.. => Role::Error,
            rate if rate > 0.0 => Role::Warning,
            _ => Role::Dim,
        }),
        (None, Some(0), Some(0)) => Cell::none(),
        (None, _, _) => Cell::unknown(),
    }
}

fn per_second(rate: Option<f64>) -> Cell {
    Cell::maybe(rate.map(|rate| format!("{rate:.1}/s")))
}
