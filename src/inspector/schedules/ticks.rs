//! The times of schedules: those to come, and what came of those that passed.

use chrono::{DateTime, Utc};
use futures_util::future::join_all;

use super::find::readable;
use crate::broker::Broker;
use crate::document::tick::{HistoryDocument, NextDocument};
use crate::inspector::Inspector;
use crate::inspector::error::Error;
use crate::schedule::form::timing;
use crate::schedule::stored::{self, TickOutcome, TickReport};
use crate::task::{QueueName, State, TaskId};

/// Ticks to come.
#[derive(Debug)]
pub(crate) struct NextTicks {
    pub ticks: Vec<NextDocument>,
    /// The zone of the spec.
    pub tz: String,
    /// The schedule is paused and fires at none of them.
    pub paused: bool,
}

/// Tasks that are looked up at the same time.
const LOOKUPS: usize = 20;

/// The next times of a spec. Needs no Redis.
///
/// # Errors
/// [`Error::Spec`] if the spec or the zone cannot be read.
pub(crate) fn ticks_of(
    spec: &str,
    tz: &str,
    limit: usize,
    now: DateTime<Utc>,
) -> Result<NextTicks, Error> {
    let (spec, zone) = timing(spec, tz)?;
    let tz = spec.zone_or(&zone);
    let next = |after: &DateTime<Utc>| spec.next(*after, &zone, now);
    let times = std::iter::successors(next(&now), next).take(limit);
    Ok(NextTicks {
        ticks: times.map(|at| NextDocument::new(None, at, tz)).collect(),
        tz: tz.to_string(),
        paused: false,
    })
}

impl Inspector {
    /// The next times of a stored schedule.
    pub(crate) async fn next_ticks(
        &self,
        name: &str,
        limit: usize,
        now: DateTime<Utc>,
    ) -> Result<NextTicks, Error> {
        let stored = stored::one(self.broker(), name).await?;
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
            tz: tz.to_string(),
            paused: stored.paused,
        })
    }

    /// What came of the last ticks of a schedule, newest first, with the states of their tasks now.
    pub(crate) async fn schedule_history(
        &self,
        name: &str,
        limit: usize,
    ) -> Result<Vec<HistoryDocument>, Error> {
        let broker = self.broker();
        let name = stored::one(broker, name).await?.name;
        let records = stored::history(broker, &name, limit).await?;
        let mut found = Vec::with_capacity(records.len());
        for records in records.chunks(LOOKUPS) {
            let states = join_all(records.iter().map(|record| state(broker, record))).await;
            for (record, state) in records.iter().zip(states) {
                found.push(HistoryDocument::new(&name, record.clone(), state?));
            }
        }
        Ok(found)
    }
}

/// The state of the task that was enqueued, if the task is still there.
async fn state(broker: &Broker, record: &TickReport) -> Result<Option<State>, Error> {
    let TickOutcome::Enqueued { task_id, queue } = &record.outcome else {
        return Ok(None);
    };
    // Another program may have written names that no task can have.
    let (Ok(id), Ok(queue)) = (
        TaskId::new(task_id.as_str()),
        QueueName::new(queue.as_str()),
    ) else {
        return Ok(None);
    };
    Ok(broker.find(&queue, &id).await?.map(|task| task.state))
}
