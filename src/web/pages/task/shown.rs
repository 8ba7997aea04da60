//! A task as its page shows it.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::document::task::TaskDocument;
use crate::inspector::logs::TaskLog;
use crate::inspector::{Error, FoundTask, RunningTasks};
use crate::task::State;
use crate::web::state::Shared;

/// What was read of a task at one time.
pub(super) struct Shown {
    pub(super) found: FoundTask,
    pub(super) task: TaskDocument,
    pub(super) log: Arc<TaskLog>,
    pub(super) now: DateTime<Utc>,
}

impl Shown {
    /// Reads what belongs to a task that was found.
    ///
    /// # Errors
    /// Those of Redis.
    pub(super) async fn new(shared: &Shared, found: FoundTask) -> Result<Self, Error> {
        let log = shared.inspector().log_in(&found.queue, &found.id).await?;
        Ok(Self::with_log(shared, found, Arc::new(log)).await)
    }

    /// The same with a log that was read.
    pub(super) async fn with_log(shared: &Shared, found: FoundTask, log: Arc<TaskLog>) -> Self {
        let now = shared.inspector().now();
        let mut task = TaskDocument::new(found.clone(), now);
        // Without its entry, the page does not say which server runs the task.
        if found.state == State::Active
            && let Ok(workers) = shared.running().await
        {
            let running: RunningTasks = workers.iter().cloned().collect();
            running.describe(&mut task);
        }
        Self {
            found,
            task,
            log,
            now,
        }
    }
}
