//! Enqueues the task of a schedule now.

use chrono::{DateTime, Utc};

use super::find::readable;
use crate::broker::{self, Broker, Enqueued};
use crate::inspector::Inspector;
use crate::inspector::audit::{Counted, Counts, Operation, Target};
use crate::inspector::error::Error;
use crate::schedule::stored::{TickOutcome, TickReport};

/// The task of a schedule that was enqueued by `cron run`.
#[derive(Debug)]
pub(crate) struct RunSchedule {
    pub enqueued: Enqueued,
    /// Why the run is missing from the history.
    pub unrecorded: Option<broker::Error>,
}

impl RunSchedule {
    /// What did not succeed.
    pub(crate) fn warning(&self) -> Option<String> {
        let error = self.unrecorded.as_ref()?;
        Some(format!(
            "the task is enqueued, but missing from its history ({error})"
        ))
    }
}

impl Inspector {
    /// Enqueues the task of a schedule once, now. Its ticks are not affected.
    ///
    /// # Errors
    /// [`Error::ScheduleUnreadable`], and the errors of enqueueing a task.
    pub(crate) async fn run_schedule(
        &self,
        name: &str,
        by: &str,
        now: DateTime<Utc>,
    ) -> Result<RunSchedule, Error> {
        let run = |broker: Broker| async move {
            let stored = self.stored_schedule(name, now).await?;
            let task = readable(&stored)?.task_now();
            let enqueued = broker.enqueue(&task, now).await?;
            let record = TickReport {
                tick: None,
                at: now,
                outcome: TickOutcome::Enqueued {
                    task_id: task.id.to_string(),
                    queue: task.options.queue.to_string(),
                },
                by: by.to_owned(),
            };
            Ok(RunSchedule {
                enqueued,
                // The task is enqueued even if the record cannot be stored.
                unrecorded: note(&broker, &stored.name, &record).await.err(),
            })
        };
        let target = Target::schedules([name]);
        self.change(Operation::RunSchedule, target, run).await
    }
}

impl Counted for RunSchedule {
    fn counts(&self) -> Counts {
        Counts {
            changed: 1,
            failed: 0,
        }
    }
}

/// Adds a record to the history of a schedule, and to Asynq's.
async fn note(broker: &Broker, name: &str, record: &TickReport) -> Result<(), broker::Error> {
    let settled = broker
        .settle_ticks(&[record.to_stored(name)], &record.by)
        .await;
    let mut noted = settled.and_then(|each| each.into_iter().collect());
    if let Some(event) = record.event() {
        noted = noted.and(broker.record_event(name, &event, record.at).await);
    }
    noted
}
