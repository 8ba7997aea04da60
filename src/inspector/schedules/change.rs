//! Pauses, resumes and removes stored schedules.

use crate::broker::Broker;
use crate::document::change::{ScheduleChange, Verb};
use crate::inspector::Inspector;
use crate::inspector::audit::{Counted, Counts, Operation, Target};
use crate::inspector::error::Error;
use crate::schedule::changed_by::ChangedBy;
use crate::schedule::stored::Stored;

impl Inspector {
    /// Pauses schedules ([`Verb::Pause`]) or resumes them. One that is already paused or active is not changed.
    pub(crate) async fn pause_schedules(
        &self,
        schedules: &[Stored],
        action: Verb,
        by: &ChangedBy,
    ) -> Result<Vec<ScheduleChange>, Error> {
        let pause = action == Verb::Pause;
        let operation = if pause {
            Operation::PauseSchedules
        } else {
            Operation::ResumeSchedules
        };
        let change = |broker: Broker| async move {
            let (by, now) = (by.to_stored(), broker.server_time().await?);
            let mut done = Vec::new();
            for Stored { name, .. } in schedules {
                let changed = broker.pause_schedule(name, pause, &by, now).await?;
                done.push(described(name, action, changed));
            }
            Ok(done)
        };
        self.change(operation, target(schedules), change).await
    }

    /// Removes schedules and their histories. Tasks that they have enqueued stay.
    pub(crate) async fn remove_schedules(
        &self,
        schedules: &[Stored],
        dry_run: bool,
    ) -> Result<Vec<ScheduleChange>, Error> {
        if dry_run {
            let removed = schedules.iter().map(|schedule| ScheduleChange {
                dry_run,
                ..described(&schedule.name, Verb::Remove, true)
            });
            return Ok(removed.collect());
        }
        let remove = |broker: Broker| async move {
            let mut done = Vec::new();
            for Stored { name, .. } in schedules {
                let changed = broker.remove_schedule(name).await?;
                done.push(described(name, Verb::Remove, changed));
            }
            Ok(done)
        };
        let operation = Operation::RemoveSchedules;
        self.change(operation, target(schedules), remove).await
    }
}

fn target(schedules: &[Stored]) -> Target {
    Target::schedules(schedules.iter().map(|schedule| schedule.name.as_str()))
}

fn described(name: &str, action: Verb, changed: bool) -> ScheduleChange {
    ScheduleChange {
        name: name.to_owned(),
        action,
        dry_run: false,
        changed,
    }
}

impl Counted for ScheduleChange {
    fn counts(&self) -> Counts {
        Counts {
            changed: u64::from(self.changed),
            failed: 0,
        }
    }
}
