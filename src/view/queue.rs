//! One queue: its line in a list, its days, and its page.

use std::time::Duration;

use super::{Cell, Column, Page, Role, Row, Table, View, text};
use crate::document::queue::{DayDocument, QueueDetails, QueueDocument, rate};
use crate::task::State;

impl QueueDocument {
    /// The columns of a list, with memory and rates or without.
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
            columns.extend([rate, failing.wide()]);
        }
        if memory {
            columns.push(Column::number("MEMORY", |queue| {
                Cell::maybe(queue.memory_bytes.map(text::bytes))
            }));
        }
        columns.push(Column::key("PAUSED", |queue| {
            if queue.paused {
                Cell::text("yes").role(Role::Warning)
            } else {
                Cell::none()
            }
        }));
        columns
    }

    fn task_columns() -> Vec<Column<Self>> {
        let count = Column::<Self>::number;
        vec![
            Column::text("QUEUE", |queue| match &queue.queue {
                Some(name) => Cell::text(name),
                None => Cell::text("TOTAL").role(Role::Strong),
            }),
            count("SIZE", |queue| Cell::count(queue.size)),
            count("ACTIVE", |queue| counted(State::Active, queue.active)),
            count("PENDING", |queue| counted(State::Pending, queue.pending)),
            count("SCHED", |queue| counted(State::Scheduled, queue.scheduled)),
            count("RETRY", |queue| counted(State::Retry, queue.retry)),
            count("ARCH", |queue| counted(State::Archived, queue.archived)),
            count("DONE", |queue| counted(State::Completed, queue.completed)).wide(),
            count("AGGR", |queue| {
                counted(State::Aggregating, queue.aggregating)
            })
            .wide(),
            count("GROUPS", |queue| Cell::count(queue.groups)).wide(),
        ]
    }

    /// The share of errors moves to `-o wide` where rates are shown: 80 columns have no room for both.
    fn attempt_columns(rates: bool) -> Vec<Column<Self>> {
        let count = Column::<Self>::number;
        let errors = count("ERRORS", |queue| {
            errors(queue.failed_today, queue.processed_today)
        });
        vec![
            count("LATENCY", |queue| span(queue.latency_seconds)),
            count("TODAY", |queue| Cell::count(queue.processed_today)).wide(),
            count("FAILED", |queue| Cell::count(queue.failed_today)).wide(),
            if rates { errors.wide() } else { errors },
            count("EVER", |queue| Cell::count(queue.processed_total)).wide(),
            count("EVER FAILED", |queue| Cell::count(queue.failed_total)).wide(),
        ]
    }
}

impl Row for QueueDocument {
    const PLURAL: &'static str = "queues";

    fn columns() -> Vec<Column<Self>> {
        Self::columns_for(false, false)
    }

    fn id(&self) -> &str {
        self.queue.as_deref().unwrap_or_default()
    }
}

impl Row for DayDocument {
    const PLURAL: &'static str = "days";

    fn columns() -> Vec<Column<Self>> {
        vec![
            Column::text("QUEUE", |day: &Self| Cell::text(&day.queue)),
            Column::key("DATE", |day| Cell::text(&day.date)),
            Column::number("PROCESSED", |day| Cell::count(day.processed)),
            Column::number("FAILED", |day| Cell::count(day.failed)),
            Column::number("ERRORS", |day| errors(day.failed, day.processed)),
        ]
    }

    fn id(&self) -> &str {
        &self.date
    }
}

impl View for QueueDetails {
    fn page(&self) -> Page {
        let queue = &self.queue;
        let mut facts = vec![
            ("Queue", Cell::text(queue.id())),
            ("Size", Cell::count(queue.size)),
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
        facts.extend([
            ("Latency", span(queue.latency_seconds)),
            ("Processed today", Cell::count(queue.processed_today)),
            ("Failed today", Cell::count(queue.failed_today)),
            (
                "Errors today",
                errors(queue.failed_today, queue.processed_today),
            ),
            ("Processed ever", Cell::count(queue.processed_total)),
            ("Failed ever", Cell::count(queue.failed_total)),
        ]);
        if queue.paused {
            let since = Cell::moment(queue.paused_at);
            facts.push(("Paused since", since.role(Role::Warning)));
        }
        if let Some(memory) = queue.memory_bytes {
            facts.push(("Memory", Cell::text(text::bytes(memory))));
        }
        Page::new()
            .facts(facts)
            .table(Table::list(&self.group_sizes))
            .table(Table::list(&self.servers))
            .table(Table::list(&self.history))
    }

    fn ids(&self) -> Vec<&str> {
        vec![self.queue.id()]
    }
}

fn counted(state: State, count: u64) -> Cell {
    let cell = Cell::count(count);
    if count == 0 {
        cell
    } else {
        cell.role(Role::State(state))
    }
}

fn span(span: Option<Duration>) -> Cell {
    Cell::maybe(span.map(text::duration))
}

/// The share of failures, red from a tenth.
fn errors(failed: u64, processed: u64) -> Cell {
    let role = match rate(failed, processed) {
        Some(rate) if rate >= 0.1 => Role::Error,
        Some(rate) if rate > 0.0 => Role::Warning,
        Some(_) | None => Role::Dim,
    };
    Cell::maybe(text::percent(failed, processed)).role(role)
}

fn per_second(rate: Option<f64>) -> Cell {
    Cell::maybe(rate.map(|rate| format!("{rate:.1}/s")))
}
