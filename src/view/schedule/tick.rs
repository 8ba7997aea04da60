//! Single times of a schedule: those to come, and what came of those that passed.

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;

use super::columns::outcome_role;
use super::outcome;
use crate::schedule::spec::Zone;
use crate::schedule::stored::{Outcome, Record};
use crate::task::State;
use crate::view::{Cell, Column, Role, Row, text, write};

/// A time to come.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct NextDocument {
    /// The schedule; absent when a spec was given by itself.
    pub name: Option<String>,
    /// The time.
    #[serde(serialize_with = "write::instant")]
    pub at: DateTime<Utc>,
    /// As the clocks of the zone show it.
    pub local: String,
    /// The zone.
    pub tz: String,
    /// The same for people.
    #[serde(skip)]
    clock: String,
    /// What `-o id` prints.
    #[serde(skip)]
    text: String,
}

impl NextDocument {
    /// A time of a schedule in this zone.
    pub(crate) fn new(name: Option<&str>, at: DateTime<Utc>, tz: &Zone) -> Self {
        let here = tz.at(at);
        let offset = if *tz == Zone::utc() {
            "UTC".to_owned()
        } else {
            here.offset().to_string()
        };
        Self {
            name: name.map(str::to_owned),
            at,
            local: here.to_rfc3339_opts(SecondsFormat::AutoSi, true),
            tz: tz.to_string(),
            clock: here.format("%a %Y-%m-%d %H:%M:%S ").to_string() + &offset,
            text: write::rfc3339(at),
        }
    }

    /// The columns; the time in UTC once, where that is the zone.
    pub(crate) fn columns_for(tz: &Zone) -> Vec<Column<Self>> {
        let mut columns = vec![Column::key("AT", |next: &Self| Cell::text(&next.clock))];
        if *tz != Zone::utc() {
            columns.push(Column::key("UTC", |next| Cell::text(&next.text)));
        }
        columns.push(Column::key("IN", |next| Cell::time(Some(next.at))));
        columns
    }
}

impl Row for NextDocument {
    const PLURAL: &'static str = "times to come";

    const FIELDS: &'static [&'static str] = &["name", "at", "local", "tz"];

    fn columns() -> Vec<Column<Self>> {
        Self::columns_for(&Zone::local())
    }

    fn id(&self) -> &str {
        &self.text
    }
}

/// What came of a tick.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct HistoryDocument {
    /// The schedule.
    pub name: String,
    /// The planned time; absent when somebody asked for a task besides.
    #[serde(serialize_with = "write::time")]
    pub tick: Option<DateTime<Utc>>,
    /// When it happened.
    #[serde(serialize_with = "write::instant")]
    pub at: DateTime<Utc>,
    /// From the one to the other.
    #[serde(serialize_with = "write::seconds")]
    pub late_seconds: Option<Duration>,
    /// `enqueued`, `duplicate`, `skipped` or `failed`.
    pub outcome: &'static str,
    /// The first of the ticks that were skipped; `tick` is the last.
    #[serde(serialize_with = "write::time")]
    pub skipped_from: Option<DateTime<Utc>>,
    /// The task that was enqueued.
    pub task_id: Option<String>,
    /// Its queue.
    pub queue: Option<String>,
    /// What became of it; absent when it exists no more.
    #[serde(serialize_with = "write::maybe_state")]
    pub task_state: Option<State>,
    /// Why nothing was enqueued.
    pub error: Option<String>,
    /// Who did it.
    pub by: String,
}

impl HistoryDocument {
    /// A record of a schedule, and what its task is now.
    pub(crate) fn new(name: &str, record: Record, task_state: Option<State>) -> Self {
        let (mut skipped_from, mut task, mut in_queue, mut why) = (None, None, None, None);
        let word = outcome(&record.outcome);
        match record.outcome {
            Outcome::Enqueued { task_id, queue } => (task, in_queue) = (Some(task_id), Some(queue)),
            Outcome::Duplicate { queue } => in_queue = Some(queue),
            Outcome::Skipped { first } => skipped_from = Some(first),
            Outcome::Failed { error } => why = Some(error),
        }
        let late = record.tick.filter(|_| skipped_from.is_none());
        Self {
            name: name.to_owned(),
            tick: record.tick,
            at: record.at,
            // Clocks differ: one that is behind is not early.
            late_seconds: late.map(|tick| (record.at - tick).to_std().unwrap_or_default()),
            outcome: word,
            skipped_from,
            task_id: task,
            queue: in_queue,
            task_state,
            error: why,
            by: record.by,
        }
    }

    fn outcome(&self) -> Cell {
        let text = match (self.skipped_from, self.tick) {
            (Some(first), Some(last)) if first < last => {
                let span = (last - first).to_std().unwrap_or_default();
                format!("{} all of {}", self.outcome, text::duration(span))
            }
            (None, None) => "by hand".to_owned(),
            (_, _) => self.outcome.to_owned(),
        };
        Cell::text(text).role(outcome_role(self.outcome))
    }
}

impl Row for HistoryDocument {
    const PLURAL: &'static str = "records";

    const FIELDS: &'static [&'static str] = &[
        "name",
        "tick",
        "at",
        "late_seconds",
        "outcome",
        "skipped_from",
        "task_id",
        "queue",
        "task_state",
        "error",
        "by",
    ];

    fn columns() -> Vec<Column<Self>> {
        vec![
            Column::key("TICK", |one: &Self| {
                Cell::time(Some(one.tick.unwrap_or(one.at)))
            }),
            Column::key("FIRED", |one: &Self| Cell::time(Some(one.at))).wide(),
            Column::number("LATE", |one| {
                Cell::maybe(one.late_seconds.map(text::duration)).role(Role::Dim)
            }),
            Column::key("OUTCOME", Self::outcome),
            Column::key("STATE", |one| {
                one.task_state.map_or_else(Cell::none, Cell::state)
            }),
            Column::text("QUEUE", |one| Cell::maybe(one.queue.as_ref())),
            Column::text("TASK", |one| {
                Cell::maybe(one.task_id.as_ref().or(one.error.as_ref()))
            }),
            Column::text("BY", |one: &Self| Cell::maybe(Some(&one.by))).wide(),
        ]
    }

    /// The task, so that what was enqueued can be piped on.
    fn id(&self) -> &str {
        self.task_id.as_deref().unwrap_or_default()
    }
}
