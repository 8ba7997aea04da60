//! Schedules in Redis: definitions, progress, and the outcomes of their ticks.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::changed_by::{ChangedBy, Stamp};
use super::due::Progress;
use super::entry::Schedule;
use super::form::Form;
use crate::broker::{
    Broker, EnqueueEvent, Error, SchedulePlaced, SchedulePut, StoredSchedule, TickRecord,
};

/// A stored schedule.
#[derive(Debug, Clone)]
pub struct Stored {
    pub name: String,
    /// The error says why the definition cannot be read: another program or a later version wrote it.
    pub schedule: Result<Schedule, String>,
    /// Differs after every change.
    pub revision: String,
    pub paused: bool,
    pub progress: Progress,
    /// The outcome of the last tick.
    pub outcome: Option<TickReport>,
    pub changed_at: Option<DateTime<Utc>>,
    pub changed_by: Option<ChangedBy>,
}

/// The outcome of a tick, as the history has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TickReport {
    /// The planned time; `None` after `cron run`.
    pub tick: Option<DateTime<Utc>>,
    /// When the scheduler dealt with it.
    pub at: DateTime<Utc>,
    #[serde(flatten)]
    pub outcome: TickOutcome,
    /// The scheduler, or the user of `cron run`.
    pub by: String,
}

/// What happened at a tick.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum TickOutcome {
    Enqueued {
        task_id: String,
        queue: String,
    },
    /// Another task held the uniqueness lock.
    Duplicate {
        queue: String,
    },
    /// This tick and those since `first` were missed.
    Skipped {
        first: DateTime<Utc>,
    },
    /// The task could not be enqueued; the scheduler tries again.
    Failed {
        error: String,
    },
}

impl TickReport {
    /// The record for Redis.
    pub fn to_stored(&self, name: &str) -> TickRecord {
        TickRecord {
            name: name.to_owned(),
            at: self.tick,
            record: serde_json::to_string(self).unwrap_or_default(),
            over: !matches!(self.outcome, TickOutcome::Failed { .. }),
        }
    }

    /// The event for Asynq's tools.
    pub fn event(&self) -> Option<EnqueueEvent> {
        let TickOutcome::Enqueued { task_id, .. } = &self.outcome else {
            return None;
        };
        Some(EnqueueEvent {
            task_id: task_id.clone(),
            enqueued_at: Some(self.at),
        })
    }
}

impl Stored {
    /// Parses what the broker has read.
    pub fn read(found: StoredSchedule) -> Self {
        let since = found.since;
        Self {
            schedule: read(&found, since),
            name: found.name,
            revision: found.revision,
            paused: found.paused,
            progress: Progress {
                since,
                fired: found.fired,
                committed: None,
            },
            outcome: found
                .outcome
                .and_then(|text| serde_json::from_str(&text).ok()),
            changed_at: found.changed_at,
            changed_by: ChangedBy::from_stored(&found.changed_by),
        }
    }

    /// The next tick; `None` if the schedule is paused, unreadable or has ended.
    pub fn next(&self) -> Option<DateTime<Utc>> {
        let schedule = self.schedule.as_ref().ok().filter(|_| !self.paused)?;
        schedule.next(self.progress.after(), self.progress.since)
    }
}

fn read(found: &StoredSchedule, since: DateTime<Utc>) -> Result<Schedule, String> {
    let form: Form = serde_json::from_str(&found.definition).map_err(|error| {
        // serde_json lists all known keys after an unknown one: drop the list.
        let error = error.to_string();
        let error = error.split(", expected one of").next();
        error.unwrap_or_default().to_owned()
    })?;
    let schedule = form.stored(since).map_err(|mistake| mistake.what)?;
    if schedule.name.as_str() != found.name {
        return Err("its definition has another name".to_owned());
    }
    Ok(schedule)
}

/// All schedules, in the order of their names.
pub async fn all(broker: &Broker) -> Result<Vec<Stored>, Error> {
    let found = broker.schedules().await?;
    Ok(found.into_iter().map(Stored::read).collect())
}

/// The schedule of this name.
pub async fn one(broker: &Broker, name: &str) -> Result<Stored, Error> {
    broker.schedule(name).await.map(Stored::read)
}

/// Whether to replace a schedule of the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replace {
    No,
    Yes,
}

/// Stores a schedule. If `paused` is `None`, a replaced schedule stays as it is.
pub async fn put(
    broker: &Broker,
    schedule: &Schedule,
    paused: Option<bool>,
    replace: Replace,
    stamp: Stamp<'_>,
) -> Result<SchedulePlaced, Error> {
    let form = Form::from(schedule);
    let definition = serde_json::to_string(&form).unwrap_or_default();
    let timing = [&form.tz, &form.start, &form.end].map(|text| text.as_deref().unwrap_or(""));
    let put = SchedulePut {
        name: schedule.name.as_str(),
        definition: &definition,
        timing: &format!("{}\n{}", form.spec, timing.join("\n")),
        paused,
        replace: replace == Replace::Yes,
        by: &stamp.by.to_stored(),
    };
    broker.put_schedule(&put, stamp.now).await
}

/// The outcomes of the last ticks of a schedule, newest first.
pub async fn history(broker: &Broker, name: &str, limit: usize) -> Result<Vec<TickReport>, Error> {
    let records = broker.schedule_history(name, limit).await?;
    Ok(records
        .iter()
        .filter_map(|text| serde_json::from_str(text).ok())
        .collect())
}
