//! Makes new tasks of lines.

use super::patience::Patience;
use super::store::{Placed, Store};
use crate::broker::{Broker, Error};
use crate::document::read::{Defaults, DocumentError};
use crate::document::task::TaskDocument;
use crate::task::{NewTask, QueueName, TaskId};

/// Enqueues the tasks of lines.
pub(crate) struct Enqueuing {
    pub(super) broker: Broker,
}

impl Store for Enqueuing {
    type Task = NewTask;
    type Defaults = Defaults;
    // One in Redis, one in each direction, one being encoded.
    const MAX_BATCHES: usize = 4;

    fn task(document: TaskDocument, defaults: &Defaults) -> Result<NewTask, DocumentError> {
        document.new_task(defaults)
    }

    fn id(task: &NewTask) -> &TaskId {
        &task.id
    }

    fn queue(task: &NewTask) -> &QueueName {
        &task.options.queue
    }

    async fn store(
        &self,
        tasks: &[NewTask],
        mut patience: Patience<'_>,
    ) -> Vec<Result<Placed, Error>> {
        let mut submission = self.broker.submission(tasks, self.broker.now());
        self.broker.submit(&mut submission).await;
        while let Some(error) = submission.unanswered() {
            if !patience.wait(error).await {
                break;
            }
            self.broker.submit(&mut submission).await;
        }
        let outcomes = submission.into_outcomes().into_iter();
        outcomes
            .map(|outcome| outcome.map(|enqueued| Placed::Stored(enqueued.state)))
            .collect()
    }
}
