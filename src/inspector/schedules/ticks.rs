//! The times of schedules: future ones, and the outcomes of past ones.

use chrono::{DateTime, Utc};

use super::announced;
use super::find::{known, readable};
use super::next::NextTicks;
use super::states::states;
use crate::broker;
use crate::document::tick::{HistoryDocument, NextDocument};
use crate::inspector::Inspector;
use crate::inspector::error::Error;
use crate::schedule::stored::{self, Stored, TickOutcome, TickReport};

impl Inspector {
    /// The next times of a schedule, or of an entry of a Go scheduler.
    pub(crate) async fn next_ticks(
        &self,
        name: &str,
        limit: usize,
        now: DateTime<Utc>,
    ) -> Result<NextTicks, Error> {
        let Some(stored) = known(self.broker(), name).await? else {
            let found = announced::find(self.broker(), name, now).await?;
            let found = found.ok_or_else(|| broker::Error::ScheduleNotFound(name.to_owned()))?;
            return Ok(found.next_ticks(limit, now));
        };
        let schedule = readable(&stored)?;
        let tz = schedule.spec.zone_or(&schedule.zone);
        let progress = &stored.progress;
        let next =
            |after: &DateTime<Utc>| schedule.next((*after).max(progress.after()), progress.since);
        let times = std::iter::successors(next(&now), next).take(limit);
        Ok(NextTicks {
            ticks: times
                .map(|at| NextDocument::new(Some(name), at, tz))
                .collect(),
            paused: stored.paused,
            zone_unknown: false,
        })
    }

    /// The outcomes of the last ticks of a schedule, newest first, with the states of their tasks now. Of an
    /// entry of a Go scheduler, the tasks that it has enqueued.
    pub(crate) async fn schedule_history(
        &self,
        name: &str,
        limit: usize,
        now: DateTime<Utc>,
    ) -> Result<Vec<HistoryDocument>, Error> {
        let broker = self.broker();
        let Some(Stored { name, .. }) = known(broker, name).await? else {
            return announced::history(broker, name, limit, now).await;
        };
        let records = stored::history(broker, &name, limit).await?;
        let tasks: Vec<_> = records.iter().map(enqueued).collect();
        let states = states(broker, &tasks).await?;
        let records = records.iter().zip(states);
        Ok(records
            .map(|(record, state)| HistoryDocument::new(&name, record.clone(), state))
            .collect())
    }
}

/// Queue and id of the task that was enqueued.
fn enqueued(record: &TickReport) -> Option<(&str, &str)> {
    match &record.outcome {
        TickOutcome::Enqueued { task_id, queue } => Some((queue, task_id)),
        TickOutcome::Duplicate { .. }
        | TickOutcome::Skipped { .. }
        | TickOutcome::Failed { .. } => None,
    }
}
