//! The verdict of `check` for people; for Nagios and for Prometheus in the files below.

pub(crate) mod nagios;
pub(crate) mod prometheus;

use super::{Cell, Column, Page, Role, Row, Table, View, text};
use crate::document::Document as _;
use crate::document::check::{CheckDocument, ReasonDocument, Status};

impl Row for ReasonDocument {
    const PLURAL: &'static str = "reasons";

    fn columns() -> Vec<Column<Self>> {
        vec![
            Column::whole("STATUS", |reason: &Self| status(reason.status)),
            Column::key("QUEUE", |reason: &Self| Cell::maybe(reason.queue.as_ref())),
            Column::whole("CHECK", |reason: &Self| Cell::maybe(reason.check)).rank(1),
            Column::text("REASON", |reason: &Self| Cell::text(&reason.sentence)).reserve(40),
        ]
    }

    fn id(&self) -> Option<&str> {
        self.queue.as_deref()
    }
}

fn status(status: Status) -> Cell {
    Cell::text(status.name()).role(role(status))
}

const fn role(status: Status) -> Role {
    match status {
        Status::Critical => Role::Error,
        Status::Warning | Status::Unknown => Role::Warning,
        Status::Ok => Role::Good,
    }
}

/// The status in capitals, as monitoring systems write it.
fn word(status: Status) -> &'static str {
    match status {
        Status::Critical => "CRITICAL",
        Status::Warning => "WARNING",
        Status::Unknown => "UNKNOWN",
        Status::Ok => "OK",
    }
}

/// `3 queues checked`.
fn checked(check: &CheckDocument) -> String {
    match check.queues {
        None => "nothing was checked".to_owned(),
        Some(0) => "no queues".to_owned(),
        Some(queues) => format!("{} checked", text::plural(queues, "queue")),
    }
}

/// The name of the queue and the sentence about it.
fn sentence(reason: &ReasonDocument) -> String {
    match &reason.queue {
        Some(queue) => format!("{queue}: {}", reason.sentence),
        None => reason.sentence.clone(),
    }
}

impl View for CheckDocument {
    fn list(&self) -> Option<(&'static str, &'static [&'static str])> {
        Some(("reasons", ReasonDocument::FIELDS))
    }

    fn page(&self) -> Page {
        let status = self.status;
        let headline = format!("{}: {}", word(status), checked(self));
        Page::new()
            .sentence(Cell::text(headline).role(role(status)))
            .table(Table::list(&self.reasons))
    }

    fn ids(&self) -> Vec<&str> {
        let mut queues: Vec<&str> = Vec::new();
        for queue in self.reasons.iter().filter_map(Row::id) {
            if !queues.contains(&queue) {
                queues.push(queue);
            }
        }
        queues
    }
}
