//! The log of a task that somebody looks at, read again only when it may have changed: it may be large, and rests most of the time.

use std::sync::Arc;

use tokio::sync::Mutex;

use crate::inspector::logs::{LogMark, TaskLog};
use crate::inspector::{Error, Inspector};
use crate::task::{QueueName, TaskId};

/// The log as it was read last, with the mark that it had then.
#[derive(Debug, Default)]
pub(super) struct KeptLog(Mutex<Option<(LogMark, Arc<TaskLog>)>>);

impl KeptLog {
    /// The log of the task.
    ///
    /// # Errors
    /// Those of Redis.
    pub(super) async fn current(
        &self,
        inspector: &Inspector,
        queue: &QueueName,
        id: &TaskId,
    ) -> Result<Arc<TaskLog>, Error> {
        let mut kept = self.0.lock().await;
        // Before the log: what is written in between has another mark.
        let mark = inspector.log_mark(queue, id).await;
        if let (Some((before, log)), Some(mark)) = (&*kept, &mark)
            && before == mark
        {
            return Ok(Arc::clone(log));
        }
        let log = Arc::new(inspector.log_in(queue, id).await?);
        *kept = mark.map(|mark| (mark, Arc::clone(&log)));
        Ok(log)
    }
}
