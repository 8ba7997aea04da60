//! One task: its line in a list, and its page.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::{Cell, Column, Page, Role, Row, View, text};
use crate::document::payload::Payload;
use crate::document::task::TaskDocument;
use crate::task::State;

impl TaskDocument {
    /// The columns of a list of tasks in these states (none = any), whatever the tasks are.
    pub(crate) fn columns_for(states: &[State]) -> Vec<Column<Self>> {
        let mut columns = vec![
            Column::key("ID", |task: &Self| Cell::id(&task.id)),
            Column::text("QUEUE", |task: &Self| Cell::text(&task.queue)).reserve(7),
            Column::text("TYPE", Self::kind_cell).reserve(12),
        ];
        let [state] = states else {
            columns.extend([Column::whole("STATE", Self::state_cell).reserve(11), TIME]);
            let failed = |state| matches!(state, &State::Retry | &State::Archived);
            columns.extend(if !states.is_empty() && states.iter().all(failed) {
                [
                    RETRIED.rank(1),
                    FAILED.wide(),
                    ERROR,
                    GROUP.wide(),
                    PAYLOAD.wide(),
                ]
            } else {
                [
                    RETRIED.wide(),
                    FAILED.wide(),
                    // Hidden where there is no room for both.
                    ERROR.rank(1),
                    GROUP.wide(),
                    PAYLOAD,
                ]
            });
            return columns;
        };
        columns.push(Self::time_column(*state));
        columns.extend(match state {
            State::Retry => vec![
                RETRIED.rank(1),
                FAILED.wide(),
                ERROR,
                GROUP.wide(),
                PAYLOAD.wide(),
            ],
            State::Archived => vec![RETRIED.rank(1), FAILED.wide(), ERROR, PAYLOAD.wide()],
            State::Completed => vec![EXPIRES.wide(), RETRIED.wide(), RESULT, PAYLOAD],
            State::Aggregating => vec![GROUP, PAYLOAD],
            State::Aside => vec![ERROR, PAYLOAD],
            State::Active => vec![SERVER.wide(), RETRIED.wide(), GROUP.wide(), PAYLOAD],
            State::Pending | State::Scheduled => {
                vec![RETRIED.wide(), ERROR.wide(), GROUP.wide(), PAYLOAD]
            }
        });
        columns
    }

    /// The column for the time of tasks in this state.
    const fn time_column(state: State) -> Column<Self> {
        let mut column = TIME;
        let title = match state {
            State::Active => "STARTED",
            State::Pending => "PENDING SINCE",
            State::Scheduled | State::Retry => "NEXT",
            State::Archived => "ARCHIVED",
            State::Completed => "COMPLETED",
            State::Aggregating => "ADDED",
            State::Aside => "SET ASIDE",
        };
        column.head.title = title;
        column.short(match state {
            State::Pending => "SINCE",
            State::Active
            | State::Scheduled
            | State::Retry
            | State::Archived
            | State::Completed
            | State::Aggregating
            | State::Aside => title,
        })
    }

    fn time_cell(&self) -> Cell {
        match self.state {
            State::Active if self.orphaned => Cell::text("orphaned").role(Role::Error),
            State::Active => known(self.running.as_ref().and_then(|running| running.started_at)),
            State::Pending => known(self.pending_since),
            State::Completed => known(self.completed_at),
            State::Scheduled | State::Retry => self.score.map_or_else(Cell::unknown, Cell::due),
            State::Archived | State::Aggregating | State::Aside => known(self.score),
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
        if self.waiting_for_handler {
            return Cell::text("waiting").role(Role::Dim);
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
            _ if self.waiting_for_handler => Cell::text(IN_LINE).role(Role::Dim),
            Some(error) => Cell::text(error).role(Role::Error),
            None => Cell::none(),
        }
    }
}

/// Why a task that has not failed is in retry.
const IN_LINE: &str = "waits for the limit of its handler, without a failure";

const TIME: Column<TaskDocument> = Column::whole("TIME", TaskDocument::time_cell).reserve(10);
const RETRIED: Column<TaskDocument> =
    Column::number("RETRIED", TaskDocument::retried_cell).reserve(7);
const ERROR: Column<TaskDocument> = Column::text("ERROR", TaskDocument::error_cell).reserve(24);
const FAILED: Column<TaskDocument> =
    Column::whole("FAILED", |task| Cell::time(task.last_failed_at));
const EXPIRES: Column<TaskDocument> = Column::whole("EXPIRES", |task| Cell::time(task.score));
const GROUP: Column<TaskDocument> = Column::text("GROUP", |task| Cell::maybe(task.group.as_ref()));
const SERVER: Column<TaskDocument> = Column::text("SERVER", |task| {
    Cell::maybe(task.running.as_ref().map(|running| &running.server))
});
const PAYLOAD: Column<TaskDocument> = Column::text("PAYLOAD", |task: &TaskDocument| {
    data_cell(task.payload.as_ref())
})
.reserve(20);
const RESULT: Column<TaskDocument> = Column::text("RESULT", |task| data_cell(task.result.as_ref()));

/// A time that every task in this state has, unless Redis holds an implausible one.
fn known(at: Option<DateTime<Utc>>) -> Cell {
    match at {
        Some(_) => Cell::time(at),
        None => Cell::unknown(),
    }
}

fn data_cell(data: Option<&Payload>) -> Cell {
    Cell::maybe(data.map(Payload::preview))
}

impl Row for TaskDocument {
    const PLURAL: &'static str = "tasks";

    fn columns() -> Vec<Column<Self>> {
        Self::columns_for(&[])
    }

    fn id(&self) -> Option<&str> {
        Some(&self.id)
    }
}

impl TaskDocument {
    /// The server that runs the task, and since when, as reported every few seconds.
    fn server(&self) -> Vec<(&'static str, Cell)> {
        match &self.running {
            Some(running) => vec![
                ("Server", Cell::text(&running.server)),
                ("Started", Cell::moment(running.started_at)),
            ],
            None if self.state == State::Active && !self.orphaned => {
                let why = "not known yet (servers report every 5 s)";
                vec![("Server", Cell::text(why).role(Role::Dim))]
            }
            None => Vec::new(),
        }
    }

    /// The times that are set, with their labels.
    fn times(&self) -> impl Iterator<Item = (&'static str, Cell)> {
        let score = match self.state {
            State::Archived => Some("Archived"),
            State::Completed => Some("Expires"),
            State::Aggregating => Some("Added"),
            State::Aside => Some("Set aside"),
            State::Active | State::Pending | State::Scheduled | State::Retry => None,
        };
        // Every task in this state has this time, unless Redis holds an implausible one.
        let expected = match self.state {
            State::Pending => Some("Pending since"),
            State::Scheduled | State::Retry => Some("Next process"),
            State::Completed => Some("Completed"),
            State::Active | State::Archived | State::Aggregating | State::Aside => score,
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
            .filter(move |&(label, at)| at.is_some() || Some(label) == expected)
            .map(|(label, at)| {
                (
                    label,
                    at.map_or_else(Cell::unknown, |at| Cell::moment(Some(at))),
                )
            })
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

impl TaskDocument {
    /// All but the error, the payload and the result, with their labels.
    pub(crate) fn facts(&self) -> impl Iterator<Item = (&'static str, Cell)> {
        let facts = [
            ("ID", Cell::text(&self.id)),
            ("Queue", Cell::text(&self.queue)),
            ("Type", self.kind_cell()),
            ("State", self.state_cell()),
        ];
        let why = self.waiting_for_handler.then(|| Cell::text(IN_LINE));
        let facts = facts.into_iter().chain(why.map(|why| ("Why", why)));
        let facts = facts.chain([("Retried", self.retried_cell())]);
        let facts = facts.chain(self.server()).chain(self.times());
        facts.chain(self.options())
    }
}

impl View for TaskDocument {
    fn page(&self) -> Page {
        let mut page = Page::new().facts(self.facts());
        if let Some(error) = &self.last_error {
            page = page.block("Last error", error, Role::Error);
        }
        for (title, in_base64, data) in [
            ("Payload", "Payload (base64)", &self.payload),
            ("Result", "Result (base64)", &self.result),
        ] {
            page = match data {
                Some(data) if data.is_empty() => page.block(title, "(empty)", Role::Dim),
                Some(data @ Payload::Bytes(_)) => {
                    page.block(in_base64, &data.pretty(), Role::Plain)
                }
                Some(data) => page.block(title, &data.pretty(), Role::Plain),
                None => page,
            };
        }
        page
    }

    fn ids(&self) -> Vec<&str> {
        vec![&self.id]
    }
}
