//! One task: its line in a list, and its page.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::{Cell, Column, Page, Role, Row, View, text};
use crate::document::payload::Payload;
use crate::document::task::TaskDocument;
use crate::task::State;

impl TaskDocument {
    /// The columns for a list of tasks in these states (none = any), of one queue or several.
    pub(crate) fn columns_for(states: &[State], several_queues: bool) -> Vec<Column<Self>> {
        let wide_unless = |shown: bool, column: Column<Self>| {
            if shown { column } else { column.wide() }
        };
        let mut columns = vec![Column::key("ID", |task: &Self| Cell::text(&task.id))];
        columns.push(wide_unless(
            several_queues,
            Column::text("QUEUE", |task| Cell::text(&task.queue)),
        ));
        columns.push(Column::text("TYPE", Self::kind_cell));
        let [state] = states else {
            columns.push(Column::key("STATE", Self::state_cell));
            columns.push(Column::key("TIME", Self::time_cell));
            columns.extend([
                RETRIED.wide(),
                FAILED.wide(),
                ERROR.wide(),
                GROUP.wide(),
                PAYLOAD,
            ]);
            return columns;
        };
        let time = Self::time_title(*state);
        columns.push(Column::key(time, Self::time_cell));
        columns.extend(match state {
            State::Retry => vec![RETRIED, FAILED.wide(), ERROR, GROUP.wide(), PAYLOAD.wide()],
            State::Archived => vec![RETRIED, FAILED.wide(), ERROR, PAYLOAD.wide()],
            State::Completed => vec![EXPIRES.wide(), RETRIED.wide(), RESULT, PAYLOAD],
            State::Aggregating => vec![GROUP, PAYLOAD],
            State::Active | State::Pending | State::Scheduled => {
                vec![RETRIED.wide(), ERROR.wide(), GROUP.wide(), PAYLOAD]
            }
        });
        columns
    }

    /// What the time of a task in this state means.
    const fn time_title(state: State) -> &'static str {
        match state {
            State::Active => "LEASE ENDS",
            State::Pending => "PENDING SINCE",
            State::Scheduled | State::Retry => "NEXT",
            State::Archived => "ARCHIVED",
            State::Completed => "COMPLETED",
            State::Aggregating => "ADDED",
        }
    }

    fn time_cell(&self) -> Cell {
        match self.state {
            State::Active if self.orphaned => Cell::text("orphaned").role(Role::Error),
            State::Active => known(self.lease_expires_at),
            State::Pending => known(self.pending_since),
            State::Completed => known(self.completed_at),
            State::Scheduled | State::Retry | State::Archived | State::Aggregating => {
                known(self.score)
            }
        }
    }

    fn kind_cell(&self) -> Cell {
        match &self.kind {
            Some(kind) => Cell::maybe(Some(kind)),
            None => Cell::text("(unreadable)").role(Role::Error),
        }
    }

    fn state_cell(&self) -> Cell {
        if self.orphaned {
            return Cell::text("orphaned").role(Role::Error);
        }
        Cell::state(self.state)
    }

    fn retried_cell(&self) -> Cell {
        match (self.retried, self.max_retry) {
            (Some(retried), Some(max)) => Cell::text(format!("{retried}/{max}")),
            (None, _) | (_, None) => Cell::none(),
        }
    }

    fn error_cell(&self) -> Cell {
        match &self.last_error {
            Some(error) => Cell::text(error).role(Role::Error),
            None => Cell::none(),
        }
    }
}

const RETRIED: Column<TaskDocument> = Column::number("RETRIED", TaskDocument::retried_cell);
const ERROR: Column<TaskDocument> = Column::text("ERROR", TaskDocument::error_cell);
const FAILED: Column<TaskDocument> = Column::key("FAILED", |task| Cell::time(task.last_failed_at));
const EXPIRES: Column<TaskDocument> = Column::key("EXPIRES", |task| Cell::time(task.score));
const GROUP: Column<TaskDocument> = Column::text("GROUP", |task| Cell::maybe(task.group.as_ref()));
const PAYLOAD: Column<TaskDocument> =
    Column::text("PAYLOAD", |task| data_cell(task.payload.as_ref()));
const RESULT: Column<TaskDocument> = Column::text("RESULT", |task| data_cell(task.result.as_ref()));

/// A time that every task of this state has; what Redis holds may be implausible.
fn known(at: Option<DateTime<Utc>>) -> Cell {
    match at {
        Some(_) => Cell::time(at),
        None => Cell::text("unknown").role(Role::Dim),
    }
}

fn data_cell(data: Option<&Payload>) -> Cell {
    Cell::maybe(data.map(Payload::preview))
}

impl Row for TaskDocument {
    const PLURAL: &'static str = "tasks";

    fn columns() -> Vec<Column<Self>> {
        Self::columns_for(&[], true)
    }

    fn id(&self) -> &str {
        &self.id
    }
}

impl TaskDocument {
    /// The times that are set, with their labels.
    fn times(&self) -> impl Iterator<Item = (&'static str, Cell)> {
        let score = match self.state {
            State::Archived => Some("Archived"),
            State::Completed => Some("Expires"),
            State::Aggregating => Some("Added"),
            State::Active | State::Pending | State::Scheduled | State::Retry => None,
        };
        let times = [
            ("Next process", self.next_process_at),
            ("Pending since", self.pending_since),
            ("Lease ends", self.lease_expires_at),
            ("Completed", self.completed_at),
            (
                score.unwrap_or_default(),
                self.score.filter(|_| score.is_some()),
            ),
            ("Last failed", self.last_failed_at),
            ("Deadline", self.deadline),
        ];
        times
            .into_iter()
            .filter(|(_, at)| at.is_some())
            .map(|(label, at)| (label, Cell::moment(at)))
    }

    /// The other options that are set, with their labels.
    fn options(&self) -> impl Iterator<Item = (&'static str, Cell)> {
        let span = |seconds: &i64| match u64::try_from(*seconds) {
            Ok(seconds) => text::duration(Duration::from_secs(seconds)),
            Err(_) => format!("{seconds}s"),
        };
        let retention = self.retention_seconds.filter(|&seconds| seconds != 0);
        let options = [
            ("Timeout", self.timeout_seconds.as_ref().map(span)),
            ("Retention", retention.as_ref().map(span)),
            ("Group", self.group.clone()),
            ("Unique key", self.unique_key.clone()),
        ];
        let headers = self.headers.iter().flatten();
        let headers = headers.map(|(name, value)| ("Header", Some(format!("{name}={value}"))));
        options
            .into_iter()
            .chain(headers)
            .filter_map(|(label, value)| Some((label, Cell::text(value?))))
    }
}

impl View for TaskDocument {
    fn page(&self) -> Page {
        let facts = [
            ("ID", Cell::text(&self.id)),
            ("Queue", Cell::text(&self.queue)),
            ("Type", self.kind_cell()),
            ("State", self.state_cell()),
            ("Retried", self.retried_cell()),
        ];
        let facts = facts.into_iter().chain(self.times()).chain(self.options());
        let mut page = Page::new().facts(facts);
        if let Some(error) = &self.last_error {
            page = page.block("Last error", error, Role::Error);
        }
        for (title, data) in [("Payload", &self.payload), ("Result", &self.result)] {
            if let Some(data) = data {
                page = page.block(title, &data.pretty(), Role::Plain);
            }
        }
        page
    }

    fn ids(&self) -> Vec<&str> {
        vec![&self.id]
    }
}
