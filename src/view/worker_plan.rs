//! The page of `work --check`: what a worker would run.

use std::cmp::Reverse;
use std::time::Duration;

use super::{Cell, Column, Page, Role, Row, Table, View, text};
use crate::document::Document as _;
use crate::document::worker_plan::{GroupDocument, HandlerDocument, WorkerPlanDocument};

impl View for WorkerPlanDocument {
    fn list(&self) -> Option<(&'static str, &'static [&'static str])> {
        Some(("handlers", HandlerDocument::FIELDS))
    }

    fn page(&self) -> Page {
        let mut queues: Vec<_> = self.queues.iter().collect();
        queues.sort_by_key(|(_, weight)| Reverse(**weight));
        let queues: Vec<String> = queues
            .iter()
            .map(|(queue, weight)| format!("{queue}={weight}"))
            .collect();
        let order = if self.strict { "strict" } else { "weighted" };
        let log = self.log_path.as_deref().unwrap_or("stderr");
        let log = format!("{log} ({}, {})", self.log_format, self.log_level);
        let timeout = self.shutdown_timeout_seconds.map(text::duration);
        let facts = [
            ("Concurrency", Cell::text(self.concurrency.to_string())),
            (
                "Queues",
                Cell::text(format!("{} ({order})", queues.join(", "))),
            ),
            ("Shutdown timeout", Cell::maybe(timeout)),
            ("Unmatched tasks", Cell::text(&self.unmatched)),
            ("Schedules", Cell::maybe(Some(self.schedules.join(", ")))),
            ("Log", Cell::text(log)),
        ];
        Page::new()
            .facts(facts)
            .table(Table::list(&self.handlers))
            .table(Table::list(&self.groups))
    }

    fn ids(&self) -> Vec<&str> {
        self.handlers.iter().filter_map(Row::id).collect()
    }
}

/// A command line, or a program and its arguments.
fn program(run: Option<&str>, exec: Option<&[String]>) -> Option<String> {
    run.map(str::to_owned).or(exec.map(|words| words.join(" ")))
}

fn span(span: Option<Duration>) -> Cell {
    Cell::maybe(span.map(text::duration))
}

impl HandlerDocument {
    fn command(&self) -> Cell {
        let program = program(self.run.as_deref(), self.exec.as_deref());
        match (program, &self.pipe, &self.http) {
            (Some(program), ..) => Cell::text(program),
            (None, Some(words), _) => {
                let processes = self.processes.unwrap_or(1);
                Cell::text(format!("{} (pipe, {processes})", words.join(" ")))
            }
            (None, None, Some(url)) => Cell::text(url),
            (None, None, None) => Cell::text("discarded").role(Role::Dim),
        }
    }

    fn limit(&self) -> Cell {
        let concurrency = self.limit_concurrency.map(|slots| slots.to_string());
        let limits: Vec<String> = concurrency
            .into_iter()
            .chain(self.limit_rate.clone())
            .collect();
        let scope = self
            .limit_scope
            .as_ref()
            .filter(|scope| **scope != self.kind);
        let scope = scope.map_or_else(String::new, |scope| format!(" ({scope})"));
        Cell::maybe(Some(limits.join(", ") + &scope))
    }

    fn retries(&self) -> Cell {
        let max = self.max_retry.map(|max| format!("at most {max}"));
        let min = self.backoff_min_seconds.map(text::duration);
        let delays = match (min, self.backoff_max_seconds.map(text::duration)) {
            (Some(min), Some(max)) if self.backoff == "linear" => {
                Some(format!("{min} to {max}, linear"))
            }
            (Some(min), Some(max)) => Some(format!("{min} to {max}")),
            (Some(min), None) => Some(format!("every {min}")),
            (None, _) => self.backoff_list_seconds.as_ref().map(|delays| {
                let delays = delays.iter().copied().map(Duration::from_secs_f64);
                let delays: Vec<String> = delays.map(text::duration).collect();
                format!("after {}", delays.join(", "))
            }),
        };
        let words: Vec<String> = max.into_iter().chain(delays).collect();
        Cell::maybe(Some(words.join(", ")))
    }
}

impl Row for HandlerDocument {
    const PLURAL: &'static str = "handlers";

    fn columns() -> Vec<Column<Self>> {
        vec![
            Column::key("TYPE", |handler: &Self| Cell::text(&handler.kind)),
            Column::text("RUNS", Self::command),
            Column::key("TIMEOUT", |handler| span(handler.timeout_seconds)),
            Column::number("CONCURRENCY", |handler| {
                Cell::maybe(handler.concurrency.map(|slots| slots.to_string()))
            }),
            Column::key("LIMIT", Self::limit),
            Column::key("RETRIES", Self::retries),
            Column::text("FROM", |handler: &Self| Cell::text(&handler.origin)).wide(),
        ]
    }

    fn id(&self) -> Option<&str> {
        Some(&self.kind)
    }
}

impl Row for GroupDocument {
    const PLURAL: &'static str = "groups";

    fn columns() -> Vec<Column<Self>> {
        vec![
            Column::key("GROUP", |group: &Self| Cell::text(&group.group)),
            Column::text("RUNS", |group| {
                Cell::maybe(program(group.run.as_deref(), group.exec.as_deref()))
            }),
            Column::key("TYPE", |group| Cell::text(&group.kind)),
            Column::key("GRACE", |group| span(group.grace_seconds)),
            Column::key("MAX DELAY", |group| span(group.max_delay_seconds)),
            Column::number("MAX SIZE", |group| {
                Cell::maybe(group.max_size.map(|size| size.to_string()))
            }),
            Column::key("TIMEOUT", |group| span(group.timeout_seconds)),
            Column::text("FROM", |group: &Self| Cell::text(&group.origin)).wide(),
        ]
    }

    fn id(&self) -> Option<&str> {
        Some(&self.group)
    }
}
