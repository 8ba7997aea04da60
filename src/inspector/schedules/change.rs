//! Pauses, resumes and removes stored schedules.

use crate::document::change::{ScheduleChange, Verb};
use crate::inspector::Inspector;
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
        let broker = self.broker_to("pause schedules")?;
        let (by, now) = (by.to_stored(), broker.server_time().await?);
        let pause = action == Verb::Pause;
        let mut done = Vec::new();
        for Stored { name, .. } in schedules {
            let changed = broker.pause_schedule(name, pause, &by, now).await?;
            done.push(ScheduleChange {
                name: name.clone(),
                action,
                dry_run: false,
                changed,
            });
        }
        Ok(done)
    }

    /// Removes schedules and their histories. Tasks that they have enqueued stay.
    pub(crate) async fn remove_schedules(
        &self,
        schedules: &[Stored],
        dry_run: bool,
    ) -> Result<Vec<ScheduleChange>, Error> {
        let mut done = Vec::new();
        for Stored { name, .. } in schedules {
            let changed = dry_run
                || self
                    .broker_to("remove schedules")?
                    .remove_schedule(name)
                    .await?;
            done.push(ScheduleChange {
                name: name.clone(),
                action: Verb::Remove,
                dry_run,
                changed,
            });
        }
        Ok(done)
    }
}
