//! Schedules as they lie in Redis: what they say, how far they are, and what came of their ticks.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::changed_by::ChangedBy;
use super::due::Progress;
use super::entry::Schedule;
use super::form::Form;
use crate::broker::{
    Broker, EnqueueEvent, Error, SchedulePlaced, SchedulePut, StoredSchedule, TickRecord,
};

/// A schedule that is stored.
#[derive(Debug, Clone)]
pub struct Stored {
    /// Its name.
    pub name: String,
    /// What it says; a text that is not ours, or of a later version, cannot be read.
    pub schedule: Result<Schedule, String>,
    /// Changes with every change.
    pub revision: String,
    /// It does not fire.
    pub paused: bool,
    /// How far it is.
    pub progress: Progress,
    /// What came of the last tick.
    pub outcome: Option<Record>,
    /// When somebody last changed it.
    pub changed_at: Option<DateTime<Utc>>,
    /// Who that was, if it is known.
    pub changed_by: Option<ChangedBy>,
}

/// What came of a tick.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The planned time; none when a user asked for the task.
    pub tick: Option<DateTime<Utc>>,
    /// When this happened.
    pub at: DateTime<Utc>,
    /// What happened.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// Who did it: host and process id.
    pub by: String,
}

/// What happened at a tick.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// Its task is in the queue.
    Enqueued {
        /// The task.
        task_id: String,
        /// Its queue.
        queue: String,
    },
    /// Another task held the uniqueness lock.
    Duplicate {
        /// The queue.
        queue: String,
    },
    /// It was missed, with all from `first` to it.
    Skipped {
        /// The oldest of them.
        first: DateTime<Utc>,
    },
    /// It could not be enqueued and will be tried again.
    Failed {
        /// Why.
        error: String,
    },
}

impl Record {
    /// As it is noted in Redis.
    pub fn note(&self, name: &str) -> TickRecord {
        TickRecord {
            name: name.to_owned(),
            at: self.tick,
            record: serde_json::to_string(self).unwrap_or_default(),
            over: !matches!(self.outcome, Outcome::Failed { .. }),
        }
    }

    /// What Asynq's tools are told of it.
    pub fn event(&self) -> Option<EnqueueEvent> {
        let Outcome::Enqueued { task_id, .. } = &self.outcome else {
            return None;
        };
        Some(EnqueueEvent {
            task_id: task_id.clone(),
            enqueued_at: Some(self.at),
        })
    }
}

impl Stored {
    /// Reads what the broker found.
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

    /// The next tick, if it fires at all.
    pub fn next(&self) -> Option<DateTime<Utc>> {
        let schedule = self.schedule.as_ref().ok().filter(|_| !self.paused)?;
        schedule.next(self.progress.after(), self.progress.since)
    }
}

/// What a stored schedule says.
fn read(found: &StoredSchedule, since: DateTime<Utc>) -> Result<Schedule, String> {
    let form: Form = serde_json::from_str(&found.definition).map_err(|error| {
        // What follows is a list of all keys that there are.
        let error = error.to_string();
        let error = error.split(", expected one of").next();
        error.unwrap_or_default().to_owned()
    })?;
    let schedule = form.check(since).map_err(|bad| bad.what)?;
    if schedule.name.as_str() != found.name {
        return Err("it was written for another name".to_owned());
    }
    Ok(schedule)
}

/// All schedules, by name.
pub async fn all(broker: &Broker) -> Result<Vec<Stored>, Error> {
    let found = broker.schedules().await?;
    Ok(found.into_iter().map(Stored::read).collect())
}

/// One schedule.
pub async fn one(broker: &Broker, name: &str) -> Result<Stored, Error> {
    broker.schedule(name).await.map(Stored::read)
}

/// Whether to replace another schedule of the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replace {
    /// Leave the other as it is.
    No,
    /// Replace it.
    Yes,
}

/// Stores a schedule. `paused`: whether it fires; `None` = as before.
pub async fn put(
    broker: &Broker,
    schedule: &Schedule,
    paused: Option<bool>,
    replace: Replace,
    (by, now): (&ChangedBy, DateTime<Utc>),
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
        by: &by.to_stored(),
    };
    broker.put_schedule(&put, now).await
}

/// What came of the last ticks of a schedule, newest first.
pub async fn history(broker: &Broker, name: &str, limit: usize) -> Result<Vec<Record>, Error> {
    let records = broker.schedule_history(name, limit).await?;
    Ok(records
        .iter()
        .filter_map(|text| serde_json::from_str(text).ok())
        .collect())
}
