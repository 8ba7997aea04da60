//! Single ticks of a schedule: future ones, and the outcomes of past ones.

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};

use super::schedule::{Source, outcome_word};
use super::{document, serde_fmt};
use crate::broker::EnqueueEvent;
use crate::schedule::spec::Zone;
use crate::schedule::stored::{TickOutcome, TickReport};
use crate::task::State;

document! {
    /// A future tick.
    pub(crate) struct NextDocument {
        /// `None` for `cron next --spec`.
        name: Option<String>,
        at: DateTime<Utc>,
        /// The same time in `tz`, RFC 3339 with its offset.
        local: String,
        tz: String,
    }
    hidden {
        /// The same time in `tz`, for people.
        clock: String,
        /// `at` in RFC 3339.
        text: String,
    }
}

impl NextDocument {
    /// A tick of a schedule in this zone.
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
            text: serde_fmt::rfc3339(at),
        }
    }
}

document! {
    /// The outcome of a tick.
    pub(crate) struct HistoryDocument {
        name: String,
        source: Source,
        /// The planned time. `None` after `cron run`, and for an entry of a Go scheduler, which does not record it.
        tick: Option<DateTime<Utc>>,
        /// When the task was enqueued, or the tick skipped.
        at: DateTime<Utc>,
        /// From `tick` to `at`.
        #[serde(serialize_with = "serde_fmt::seconds")]
        late_seconds: Option<Duration>,
        /// `enqueued`, `duplicate`, `skipped` or `failed`.
        outcome: &'static str,
        /// The first of the skipped ticks; `tick` is the last.
        skipped_from: Option<DateTime<Utc>>,
        task_id: Option<String>,
        queue: Option<String>,
        /// The state of the task now; absent when it no longer exists.
        task_state: Option<State>,
        /// Why nothing was enqueued.
        error: Option<String>,
        by: String,
    }
}

impl HistoryDocument {
    /// A record of a schedule, and what its task is now.
    pub(crate) fn new(name: &str, record: TickReport, task_state: Option<State>) -> Self {
        let (mut skipped_from, mut task, mut in_queue, mut why) = (None, None, None, None);
        let word = outcome_word(&record.outcome);
        match record.outcome {
            TickOutcome::Enqueued { task_id, queue } => {
                (task, in_queue) = (Some(task_id), Some(queue));
            }
            TickOutcome::Duplicate { queue } => in_queue = Some(queue),
            TickOutcome::Skipped { first } => skipped_from = Some(first),
            TickOutcome::Failed { error } => why = Some(error),
        }
        let late = record.tick.filter(|_| skipped_from.is_none());
        Self {
            name: name.to_owned(),
            source: Source::Qctl,
            tick: record.tick,
            at: record.at,
            // Clocks differ: a negative distance counts as 0.
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

    /// A task that an entry of a Go scheduler has enqueued.
    pub(crate) fn announced(
        entry: &AnnouncedEntry<'_>,
        event: EnqueueEvent,
        task_state: Option<State>,
    ) -> Option<Self> {
        Some(Self {
            name: entry.id.to_owned(),
            source: Source::Asynq,
            tick: None,
            at: event.enqueued_at?,
            late_seconds: None,
            outcome: "enqueued",
            skipped_from: None,
            task_id: Some(event.task_id),
            queue: entry.queue.map(str::to_owned),
            task_state,
            error: None,
            by: entry.scheduler_id.unwrap_or_default().to_owned(),
        })
    }
}

/// An entry of a Go scheduler whose history is shown.
pub(crate) struct AnnouncedEntry<'a> {
    pub id: &'a str,
    /// `None` if the scheduler is gone: then only the history is left.
    pub scheduler_id: Option<&'a str>,
    /// `None` if unknown.
    pub queue: Option<&'a str>,
}
