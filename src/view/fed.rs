//! What came of a stream of task documents.

use serde::Serialize;

use super::{Cell, Column, Page, Role, Row, View, text};
use crate::broker::Enqueued;
use crate::document::document;
use crate::task::State;

/// Failures kept for the whole; all of them are told on the way.
const FAILURES: usize = 20;

/// The whole.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Fed {
    /// Lines that are done with, counted from the start of the input: what to skip to go on.
    pub lines: u64,
    /// Tasks put in.
    pub enqueued: u64,
    /// Lines that could not become tasks.
    pub failed: u64,
    /// The first of those.
    pub failures: Vec<FedLine>,
}

impl Fed {
    /// Counts a line that could not become a task.
    pub(crate) fn fail(&mut self, line: FedLine) {
        self.failed += 1;
        if self.failures.len() < FAILURES {
            self.failures.push(line);
        }
    }

    /// The whole in a few words.
    pub(crate) fn sentence(&self) -> String {
        let enqueued = text::plural(self.enqueued, "task");
        match self.failed {
            0 => format!("enqueued {enqueued}"),
            failed => {
                let failed = text::plural(failed, "line");
                format!("enqueued {enqueued}, {failed} failed")
            }
        }
    }
}

impl View for Fed {
    fn page(&self) -> Page {
        // Each failure is told as an error besides; a table of them would say it twice.
        Page::new().sentence(self.sentence())
    }

    /// None: a stream may be of any length, so it keeps no ids.
    fn ids(&self) -> Vec<&str> {
        Vec::new()
    }
}

document! {
    /// What came of one line.
    pub(crate) struct FedLine {
        /// Its number, from 1.
        line: u64,
        /// The id of the task; absent when there is none.
        id: Option<String>,
        queue: Option<String>,
        state: Option<State>,
        /// Why there is no task.
        error: Option<String>,
    }
}

impl FedLine {
    /// A line that became a task.
    pub(crate) fn enqueued(line: u64, enqueued: Enqueued) -> Self {
        Self {
            line,
            id: Some(enqueued.message.id),
            queue: Some(enqueued.message.queue),
            state: Some(enqueued.state),
            error: None,
        }
    }

    /// A line that did not.
    pub(crate) fn failed(line: u64, error: String) -> Self {
        Self {
            line,
            id: None,
            queue: None,
            state: None,
            error: Some(error),
        }
    }
}

impl Row for FedLine {
    const PLURAL: &'static str = "lines";

    fn columns() -> Vec<Column<Self>> {
        vec![
            Column::number("LINE", |line: &Self| Cell::text(line.line.to_string())),
            Column::key("ID", |line| Cell::maybe(line.id.as_ref())),
            Column::text("QUEUE", |line| Cell::maybe(line.queue.as_ref())),
            Column::text("STATE", |line| {
                line.state.map_or_else(Cell::none, Cell::state)
            }),
            Column::text("ERROR", |line| {
                Cell::maybe(line.error.as_ref()).role(Role::Error)
            }),
        ]
    }

    fn id(&self) -> &str {
        self.id.as_deref().unwrap_or_default()
    }
}
