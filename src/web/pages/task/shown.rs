//! A task as its page shows it.

use chrono::{DateTime, Utc};

use crate::document::task::TaskDocument;
use crate::inspector::logs::TaskLog;
use crate::inspector::{Error, FoundTask, Inspector, RunningTasks};

/// What was read of a task at one time.
pub(super) struct Shown {
    pub(super) found: FoundTask,
    pub(super) task: TaskDocument,
    pub(super) log: TaskLog,
    pub(super) now: DateTime<Utc>,
}

impl Shown {
    /// Reads what belongs to a task that was found.
    ///
    /// # Errors
    /// Those of Redis.
    pub(super) async fn new(
        inspector: &Inspector,
        found: FoundTask,
        running: &RunningTasks,
    ) -> Result<Self, Error> {
        let log = inspector.log_in(&found.queue, &found.id).await?;
        let now = inspector.now();
        let mut task = TaskDocument::new(found.clone(), now);
        running.describe(&mut task);
        Ok(Self {
            found,
            task,
            log,
            now,
        })
    }
}
