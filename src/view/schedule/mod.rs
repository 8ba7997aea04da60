//! Schedules: the stored ones, and the entries that Go's schedulers announce.
//!
//! `columns` is how they look in a table. `tick` is about single times, past and to come, `changed` and `synced` about what a command has done,
//! `file` about schedules as a file has them.

pub(crate) mod changed;
mod columns;
pub(crate) mod file;
pub(crate) mod synced;
#[cfg(test)]
mod tests;
pub(crate) mod tick;

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{Column, Data, Encoding, Row, write};
use crate::broker::SchedulerEntry;
use crate::schedule::entry::Schedule;
use crate::schedule::spec::Spec;
use crate::schedule::stored::{Outcome, Record, Stored};

/// One schedule.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct ScheduleDocument {
    /// Its name; of an entry of Go's, its id.
    pub name: String,
    /// Whose it is.
    pub source: Source,
    /// The scheduler of Go's that announces it.
    pub scheduler_id: Option<String>,
    /// Whether it fires.
    pub state: ScheduleState,
    /// When, as it was written.
    pub spec: Option<String>,
    /// When, in words.
    pub when: Option<String>,
    /// The zone in which that is meant.
    pub tz: Option<String>,
    /// The type of its tasks.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Their payload.
    pub payload: Option<Data>,
    /// How `payload` is written.
    pub payload_encoding: Option<Encoding>,
    /// Their queue.
    pub queue: Option<String>,
    /// Retries that may follow a first attempt.
    pub max_retry: Option<i32>,
    /// Limit of one attempt.
    #[serde(serialize_with = "write::seconds")]
    pub timeout_seconds: Option<Duration>,
    /// No attempt runs past this.
    #[serde(serialize_with = "write::time")]
    pub deadline: Option<DateTime<Utc>>,
    /// From the tick to the start.
    #[serde(serialize_with = "write::seconds")]
    pub in_seconds: Option<Duration>,
    /// How long a uniqueness lock holds.
    #[serde(serialize_with = "write::seconds")]
    pub unique_seconds: Option<Duration>,
    /// How long a task is kept after success.
    #[serde(serialize_with = "write::seconds")]
    pub retention_seconds: Option<Duration>,
    /// The group in which they wait.
    pub group: Option<String>,
    /// Their headers.
    pub headers: Option<BTreeMap<String, String>>,
    /// The options of an entry of Go's, in Go's words.
    pub options: Option<Vec<String>>,
    /// What happens to ticks that were missed.
    pub catch_up: Option<String>,
    /// A task starts up to so much after its tick.
    #[serde(serialize_with = "write::seconds")]
    pub jitter_seconds: Option<Duration>,
    /// No tick before this.
    #[serde(serialize_with = "write::time")]
    pub start_at: Option<DateTime<Utc>>,
    /// No tick after this.
    #[serde(serialize_with = "write::time")]
    pub end_at: Option<DateTime<Utc>>,
    /// What people should know of it.
    pub note: Option<String>,
    /// The next tick.
    #[serde(serialize_with = "write::time")]
    pub next_at: Option<DateTime<Utc>>,
    /// The last tick that is over.
    #[serde(serialize_with = "write::time")]
    pub previous_at: Option<DateTime<Utc>>,
    /// What came last: `enqueued`, `duplicate`, `skipped` or `failed`.
    pub last_outcome: Option<&'static str>,
    /// When that was.
    #[serde(serialize_with = "write::time")]
    pub last_outcome_at: Option<DateTime<Utc>>,
    /// The task that was enqueued then.
    pub last_task_id: Option<String>,
    /// Why it failed.
    pub last_error: Option<String>,
    /// When somebody last changed it.
    #[serde(serialize_with = "write::time")]
    pub changed_at: Option<DateTime<Utc>>,
    /// Who.
    pub changed_by: Option<String>,
    /// Why it cannot be read.
    pub error: Option<String>,
}

/// Whose a schedule is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Source {
    /// Stored, and fired by qctl.
    #[default]
    Qctl,
    /// In the memory of a scheduler of Go's.
    Asynq,
}

/// Whether a schedule fires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ScheduleState {
    /// It does.
    #[default]
    Active,
    /// Somebody has stopped it.
    Paused,
    /// It has no more ticks.
    Ended,
    /// What is stored makes no sense.
    Unreadable,
}

/// The word for what came of a tick.
pub(super) const fn outcome(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Enqueued { .. } => "enqueued",
        Outcome::Duplicate { .. } => "duplicate",
        Outcome::Skipped { .. } => "skipped",
        Outcome::Failed { .. } => "failed",
    }
}

impl ScheduleDocument {
    /// A stored schedule, seen at `now`.
    pub(crate) fn new(stored: Stored, now: DateTime<Utc>) -> Self {
        let outstanding = stored.next();
        let changed = Self {
            name: stored.name.clone(),
            previous_at: stored.progress.fired,
            changed_at: stored.changed_at,
            changed_by: Some(stored.changed_by.clone()).filter(|by| !by.is_empty()),
            ..Self::default()
        };
        let known = changed.with_outcome(stored.outcome);
        let schedule = match stored.schedule {
            Ok(schedule) => schedule,
            Err(error) => {
                return Self {
                    state: ScheduleState::Unreadable,
                    error: Some(error),
                    ..known
                };
            }
        };
        let after = stored.progress.after().max(now);
        let coming = schedule.next(after, stored.progress.since);
        Self {
            state: match (stored.paused, outstanding) {
                (true, _) => ScheduleState::Paused,
                (false, None) => ScheduleState::Ended,
                (false, Some(_)) => ScheduleState::Active,
            },
            // What was missed may be made up for, but people ask for what is to come.
            next_at: outstanding.and_then(|missed| coming.or(Some(missed))),
            ..known.with_schedule(schedule)
        }
    }

    fn with_outcome(self, record: Option<Record>) -> Self {
        let Some(record) = record else { return self };
        Self {
            last_outcome: Some(outcome(&record.outcome)),
            last_outcome_at: Some(record.at),
            last_task_id: match &record.outcome {
                Outcome::Enqueued { task_id, .. } => Some(task_id.clone()),
                Outcome::Duplicate { .. } | Outcome::Skipped { .. } | Outcome::Failed { .. } => {
                    None
                }
            },
            last_error: match record.outcome {
                Outcome::Failed { error } => Some(error),
                Outcome::Enqueued { .. } | Outcome::Duplicate { .. } | Outcome::Skipped { .. } => {
                    None
                }
            },
            ..self
        }
    }

    fn with_schedule(self, schedule: Schedule) -> Self {
        let options = schedule.options;
        let payload = schedule.payload.map(Data::new);
        Self {
            spec: Some(schedule.spec.as_str().to_owned()),
            when: Some(schedule.spec.words()),
            tz: Some(schedule.spec.zone_or(&schedule.zone).to_string()),
            kind: Some(schedule.kind.to_string()),
            payload_encoding: payload.as_ref().map(Data::encoding),
            payload,
            queue: Some(options.queue.to_string()),
            max_retry: Some(options.max_retry),
            timeout_seconds: options.timeout,
            deadline: options.deadline,
            in_seconds: Some(options.delay),
            unique_seconds: options.unique_for,
            retention_seconds: Some(options.retention),
            group: options.group,
            headers: Some(options.headers),
            catch_up: Some(schedule.catch_up.to_string()),
            jitter_seconds: Some(schedule.jitter),
            start_at: schedule.start_at,
            end_at: schedule.end_at,
            note: schedule.note,
            ..self
        }
    }

    /// An entry that a scheduler of Go's announces.
    pub(crate) fn announced(scheduler_id: &str, entry: SchedulerEntry) -> Self {
        let payload = Data::new(entry.payload);
        let when = Spec::parse(&entry.spec).ok().map(|spec| spec.words());
        Self {
            name: entry.id,
            source: Source::Asynq,
            scheduler_id: Some(scheduler_id.to_owned()),
            when,
            spec: Some(entry.spec),
            kind: Some(entry.kind),
            payload_encoding: Some(payload.encoding()),
            payload: Some(payload),
            queue: Some(queue_of(&entry.options)),
            options: Some(entry.options),
            next_at: entry.next_at,
            previous_at: entry.previous_at,
            ..Self::default()
        }
    }
}

/// The queue that the options of Go's name; the default one, if they name none.
fn queue_of(options: &[String]) -> String {
    let named = options.iter().find_map(|option| {
        let quoted = option.strip_prefix("Queue(")?.strip_suffix(')')?;
        // Go's literals are JSON's but for the rarest escapes.
        serde_json::from_str(quoted)
            .ok()
            .or_else(|| Some(quoted.trim_matches('"').to_owned()))
    });
    named.unwrap_or_else(|| "default".to_owned())
}

impl Row for ScheduleDocument {
    const PLURAL: &'static str = "schedules";

    const FIELDS: &'static [&'static str] = &[
        "name",
        "source",
        "scheduler_id",
        "state",
        "spec",
        "when",
        "tz",
        "type",
        "payload",
        "payload_encoding",
        "queue",
        "max_retry",
        "timeout_seconds",
        "deadline",
        "in_seconds",
        "unique_seconds",
        "retention_seconds",
        "group",
        "headers",
        "options",
        "catch_up",
        "jitter_seconds",
        "start_at",
        "end_at",
        "note",
        "next_at",
        "previous_at",
        "last_outcome",
        "last_outcome_at",
        "last_task_id",
        "last_error",
        "changed_at",
        "changed_by",
        "error",
    ];

    fn columns() -> Vec<Column<Self>> {
        Self::columns_for(true, true)
    }

    fn id(&self) -> &str {
        &self.name
    }
}
