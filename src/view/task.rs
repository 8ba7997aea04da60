//! One task: the document that scripts read, its line in a list, and its page.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{Cell, Column, Data, Encoding, Page, Role, Row, View, text, write};
use crate::broker::records::FoundTask;
use crate::task::{Message, State};

/// The task document. Its keys and their order are a promise to scripts.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct TaskDocument {
    /// The id in the task's key.
    pub id: String,
    /// The queue of the task's key.
    pub queue: String,
    /// The type; absent from a message that cannot be decoded, like all that comes from the message.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Where it is in its life.
    #[serde(serialize_with = "write::state")]
    pub state: State,
    /// The payload.
    pub payload: Option<Data>,
    /// How `payload` is written.
    pub payload_encoding: Option<Encoding>,
    /// What the enqueuer said besides the payload.
    pub headers: Option<BTreeMap<String, String>>,
    /// Retries that may follow the first attempt.
    pub max_retry: Option<i32>,
    /// Retries counted so far.
    pub retried: Option<i32>,
    /// Text of the last failure.
    pub last_error: Option<String>,
    /// When it last failed.
    #[serde(serialize_with = "write::time")]
    pub last_failed_at: Option<DateTime<Utc>>,
    /// Limit of one attempt; absent when there is none.
    pub timeout_seconds: Option<i64>,
    /// No attempt runs past this.
    #[serde(serialize_with = "write::time")]
    pub deadline: Option<DateTime<Utc>>,
    /// The group it waits in.
    pub group: Option<String>,
    /// Redis key of its uniqueness lock.
    pub unique_key: Option<String>,
    /// How long it is kept after success; 0 = not at all.
    pub retention_seconds: Option<i64>,
    /// When it succeeded.
    #[serde(serialize_with = "write::time")]
    pub completed_at: Option<DateTime<Utc>>,
    /// When it is due; now, if it is pending.
    #[serde(serialize_with = "write::time")]
    pub next_process_at: Option<DateTime<Utc>>,
    /// Since when it has been pending.
    #[serde(serialize_with = "write::time")]
    pub pending_since: Option<DateTime<Utc>>,
    /// When the lease of its attempt ends.
    #[serde(serialize_with = "write::time")]
    pub lease_expires_at: Option<DateTime<Utc>>,
    /// Active, and no server holds it any more.
    pub orphaned: bool,
    /// What its handler returned.
    pub result: Option<Data>,
    /// How `result` is written.
    pub result_encoding: Option<Encoding>,
    /// The score in its container; what it means depends on the state, so scripts do not get it.
    #[serde(skip)]
    pub score: Option<DateTime<Utc>>,
}

impl TaskDocument {
    /// The document of a task read at `now`.
    pub(crate) fn new(found: FoundTask, now: DateTime<Utc>) -> Self {
        let orphaned = found.orphaned(now);
        let next_process_at = found.next_process_at(now);
        let result = found.result.map(Data::new);
        let document = Self {
            id: found.id.to_string(),
            queue: found.queue.to_string(),
            kind: None,
            state: found.state,
            payload: None,
            payload_encoding: None,
            headers: None,
            max_retry: None,
            retried: None,
            last_error: None,
            last_failed_at: None,
            timeout_seconds: None,
            deadline: None,
            group: None,
            unique_key: None,
            retention_seconds: None,
            completed_at: None,
            next_process_at,
            pending_since: found.pending_since,
            lease_expires_at: found.lease_expires_at,
            orphaned,
            result_encoding: result.as_ref().map(Data::encoding),
            result,
            score: found.score,
        };
        match found.message {
            Ok(message) => document.with_message(message),
            Err(stored) => Self {
                last_error: Some(if stored.is_empty() {
                    "nothing is stored under this id".to_owned()
                } else {
                    let size = text::plural(stored.len() as u64, "byte");
                    format!("the stored message cannot be decoded ({size})")
                }),
                ..document
            },
        }
    }

    fn with_message(self, message: Message) -> Self {
        let payload = Data::new(message.payload);
        Self {
            kind: Some(message.kind),
            payload_encoding: Some(payload.encoding()),
            payload: Some(payload),
            headers: Some(message.headers),
            max_retry: Some(message.max_retry),
            retried: Some(message.retried),
            last_error: some(message.last_error),
            last_failed_at: instant(message.last_failed_at),
            timeout_seconds: Some(message.timeout).filter(|&seconds| seconds != 0),
            deadline: instant(message.deadline),
            group: some(message.group),
            unique_key: some(message.unique_key),
            retention_seconds: Some(message.retention),
            completed_at: instant(message.completed_at),
            ..self
        }
    }

    /// The columns that suit a list of tasks in these states (none = any), of one queue or several.
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

    /// What the time of a task in this state is.
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
            State::Active => Cell::time(self.lease_expires_at),
            State::Pending => Cell::time(self.pending_since),
            State::Completed => Cell::time(self.completed_at),
            State::Scheduled | State::Retry | State::Archived | State::Aggregating => {
                Cell::time(self.score)
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

fn data_cell(data: Option<&Data>) -> Cell {
    Cell::maybe(data.map(Data::preview))
}

/// Empty text is "not set" on the wire.
fn some(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

/// Zero is "not set" on the wire, and a second outside of all calendars is no time.
fn instant(unix: i64) -> Option<DateTime<Utc>> {
    Some(unix)
        .filter(|&unix| unix != 0)
        .and_then(|unix| DateTime::from_timestamp(unix, 0))
}

impl Row for TaskDocument {
    const PLURAL: &'static str = "tasks";

    const FIELDS: &'static [&'static str] = &[
        "id",
        "queue",
        "type",
        "state",
        "payload",
        "payload_encoding",
        "headers",
        "max_retry",
        "retried",
        "last_error",
        "last_failed_at",
        "timeout_seconds",
        "deadline",
        "group",
        "unique_key",
        "retention_seconds",
        "completed_at",
        "next_process_at",
        "pending_since",
        "lease_expires_at",
        "orphaned",
        "result",
        "result_encoding",
    ];

    fn columns() -> Vec<Column<Self>> {
        Self::columns_for(&[], true)
    }

    fn id(&self) -> &str {
        &self.id
    }
}

impl TaskDocument {
    /// The times it has, each with what it is.
    fn times(&self) -> impl Iterator<Item = (&'static str, Cell)> {
        let score = match self.state {
            State::Archived => Some("Archived"),
            State::Completed => Some("Expires"),
            State::Aggregating => Some("Added"),
            State::Active | State::Pending | State::Scheduled | State::Retry => None,
        };
        let times = [
            // Of a pending task this is now, which says nothing.
            (
                "Next process",
                self.next_process_at
                    .filter(|_| self.state != State::Pending),
            ),
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

    /// The rest of what is set.
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
