//! Schedules: the stored ones, and the entries that Go schedulers announce.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::payload::{Payload, PayloadEncoding};
use super::{document, serde_fmt};
use crate::broker::SchedulerEntry;
use crate::schedule::announced::AnnouncedOptions;
use crate::schedule::entry::Schedule;
use crate::schedule::spec::Spec;
use crate::schedule::stored::{Stored, TickOutcome, TickReport};
use crate::task::time::plausible;

document! {
    /// A schedule.
    #[derive(Default)]
    pub(crate) struct ScheduleDocument {
        /// The id of an entry of a Go scheduler.
        name: String,
        source: Source,
        /// The Go scheduler that announces the entry.
        scheduler_id: Option<String>,
        state: ScheduleState,
        spec: Option<String>,
        /// The spec in words.
        when: Option<String>,
        /// The zone in which the spec is read.
        tz: Option<String>,
        /// The type of the tasks. The keys that follow, up to `headers`, are about the tasks too.
        kind as "type": Option<String>,
        payload: Option<Payload>,
        payload_encoding: Option<PayloadEncoding>,
        queue: Option<String>,
        max_retry: Option<i32>,
        /// Limit of one attempt.
        #[serde(serialize_with = "serde_fmt::seconds")]
        timeout_seconds: Option<Duration>,
        /// No attempt runs past this.
        deadline: Option<DateTime<Utc>>,
        /// From the tick to the start.
        #[serde(serialize_with = "serde_fmt::seconds")]
        in_seconds: Option<Duration>,
        /// How long the unique lock lasts.
        #[serde(serialize_with = "serde_fmt::seconds")]
        unique_seconds: Option<Duration>,
        /// How long a task is kept after success.
        #[serde(serialize_with = "serde_fmt::seconds")]
        retention_seconds: Option<Duration>,
        group: Option<String>,
        headers: Option<BTreeMap<String, String>>,
        /// The options of an entry of a Go scheduler, in Go's notation.
        options: Option<Vec<String>>,
        /// What to do about missed ticks.
        catch_up: Option<String>,
        /// A task starts up to this long after its tick.
        #[serde(serialize_with = "serde_fmt::seconds")]
        jitter_seconds: Option<Duration>,
        /// No tick before this.
        start_at: Option<DateTime<Utc>>,
        /// No tick after this.
        end_at: Option<DateTime<Utc>>,
        note: Option<String>,
        /// The next tick.
        next_at: Option<DateTime<Utc>>,
        /// The last tick that was fired or skipped.
        previous_at: Option<DateTime<Utc>>,
        /// The outcome of the last tick: `enqueued`, `duplicate`, `skipped` or `failed`.
        last_outcome: Option<&'static str>,
        last_outcome_at: Option<DateTime<Utc>>,
        last_task_id: Option<String>,
        last_error: Option<String>,
        changed_at: Option<DateTime<Utc>>,
        changed_by: Option<String>,
        /// Why the stored definition cannot be read.
        error: Option<String>,
    }
    hidden {
        /// `spec`, if it can be parsed.
        parsed: Option<Spec>,
    }
}

/// Characters that tables show of the id of an entry of a Go scheduler, and that suffice to name it.
pub(crate) const SHORT_ID: usize = 8;

/// Who fires a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Source {
    /// Stored in Redis, and fired by qctl.
    #[default]
    Qctl,
    /// An entry in the memory of a Go scheduler.
    Asynq,
}

/// Whether a schedule fires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ScheduleState {
    #[default]
    Active,
    Paused,
    /// It has no more ticks.
    Ended,
    /// The stored definition cannot be read.
    Unreadable,
}

/// Whether `name` is the id of this entry of a Go scheduler, or the start of it.
pub(crate) fn is_entry(id: &str, name: &str) -> bool {
    id == name || (name.len() >= SHORT_ID && id.starts_with(name))
}

/// The word for an outcome.
pub(super) const fn outcome_word(outcome: &TickOutcome) -> &'static str {
    match outcome {
        TickOutcome::Enqueued { .. } => "enqueued",
        TickOutcome::Duplicate { .. } => "duplicate",
        TickOutcome::Skipped { .. } => "skipped",
        TickOutcome::Failed { .. } => "failed",
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
            changed_by: stored.changed_by.as_ref().map(ToString::to_string),
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
            // A missed tick may be caught up first, but the next one is what people ask for.
            next_at: outstanding.and_then(|missed| coming.or(Some(missed))),
            ..known.with_schedule(schedule)
        }
    }

    fn with_outcome(self, record: Option<TickReport>) -> Self {
        let Some(record) = record else { return self };
        Self {
            last_outcome: Some(outcome_word(&record.outcome)),
            last_outcome_at: Some(record.at),
            last_task_id: match &record.outcome {
                TickOutcome::Enqueued { task_id, .. } => Some(task_id.clone()),
                TickOutcome::Duplicate { .. }
                | TickOutcome::Skipped { .. }
                | TickOutcome::Failed { .. } => None,
            },
            last_error: match record.outcome {
                TickOutcome::Failed { error } => Some(error),
                TickOutcome::Enqueued { .. }
                | TickOutcome::Duplicate { .. }
                | TickOutcome::Skipped { .. } => None,
            },
            ..self
        }
    }

    fn with_schedule(self, schedule: Schedule) -> Self {
        let options = schedule.options;
        let payload = schedule.payload.map(Payload::new);
        Self {
            spec: Some(schedule.spec.as_str().to_owned()),
            when: Some(schedule.spec.words()),
            tz: Some(schedule.spec.zone_or(&schedule.zone).to_string()),
            parsed: Some(schedule.spec),
            kind: Some(schedule.kind.to_string()),
            payload_encoding: payload.as_ref().map(Payload::encoding),
            payload,
            queue: Some(options.queue.to_string()),
            max_retry: Some(options.max_retry),
            timeout_seconds: options.timeout,
            deadline: options.deadline,
            in_seconds: Some(schedule.delay),
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

    /// Whether `name` names this schedule. For an entry of a Go scheduler, the start of its id is enough.
    pub(crate) fn is_called(&self, name: &str) -> bool {
        match self.source {
            Source::Qctl => self.name == name,
            Source::Asynq => is_entry(&self.name, name),
        }
    }

    /// An entry that a Go scheduler announces.
    pub(crate) fn announced(scheduler_id: &str, entry: SchedulerEntry) -> Self {
        let payload = Payload::new(entry.payload);
        let parsed = Spec::parse(&entry.spec).ok();
        let options = AnnouncedOptions::read(&entry.options);
        Self {
            name: entry.id,
            source: Source::Asynq,
            scheduler_id: Some(scheduler_id.to_owned()),
            when: parsed.as_ref().map(Spec::words),
            parsed,
            spec: Some(entry.spec),
            kind: Some(entry.kind),
            payload_encoding: Some(payload.encoding()),
            payload: Some(payload),
            queue: Some(options.queue.unwrap_or_else(|| "default".to_owned())),
            max_retry: options.max_retry,
            timeout_seconds: options.timeout,
            deadline: options.deadline,
            in_seconds: options.delay,
            unique_seconds: options.unique_for,
            retention_seconds: options.retention,
            group: options.group,
            headers: (!options.headers.is_empty()).then_some(options.headers),
            options: Some(entry.options),
            next_at: entry.next_at.and_then(plausible),
            previous_at: entry.previous_at.and_then(plausible),
            ..Self::default()
        }
    }

    /// `when` without the zone that the spec names; the spec itself if it cannot be parsed.
    pub(crate) fn when_without_zone(&self) -> Option<String> {
        let words = self.parsed.as_ref().map(Spec::words_without_zone);
        words.or_else(|| self.spec.clone())
    }

    /// The zone of the spec; `None` if its ticks do not depend on a zone.
    pub(crate) fn zone(&self) -> Option<String> {
        let spec = self.parsed.as_ref()?;
        let given = || self.tz.clone().filter(|_| spec.depends_on_zone());
        spec.named_zone().map(ToString::to_string).or_else(given)
    }
}
