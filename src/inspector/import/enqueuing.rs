//! Makes new tasks of lines.

use super::lines::OnConflict;
use super::patience::Patience;
use super::store::{Item, Placed, Store};
use crate::broker::{Broker, Error};
use crate::document::read::{Defaults, DocumentError};
use crate::document::task::TaskDocument;
use crate::task::{NewTask, QueueName, TaskId};

/// Enqueues the tasks of lines.
pub(crate) struct Enqueuing {
    pub(super) broker: Broker,
    pub(super) on_conflict: OnConflict,
}

/// Counts tasks as done that were refused because others are there already. One that was refused because of anything else
/// is nowhere: a lock whose task is gone, or a key of another program.
pub(super) async fn accept_existing(
    broker: &Broker,
    tasks: &[NewTask],
    outcomes: &mut [Result<Placed, Error>],
    patience: &mut Patience<'_>,
) {
    let (mut refused, mut results) = (Vec::new(), Vec::new());
    for (task, outcome) in tasks.iter().zip(outcomes) {
        if let Err(error @ (Error::IdTaken { .. } | Error::Duplicate { .. })) = &*outcome {
            refused.push((task, error.clone()));
            results.push(outcome);
        }
    }
    if refused.is_empty() {
        return;
    }
    let in_the_way = loop {
        match broker.tasks_in_the_way(&refused).await {
            Err(error) if error.passing() && patience.wait(&error).await => {}
            looked => break looked,
        }
    };
    for (place, result) in results.into_iter().enumerate() {
        match &in_the_way {
            Ok(are_tasks) if are_tasks[place] => *result = Ok(Placed::Existing),
            Ok(_) => {}
            Err(error) => *result = Err(error.clone()),
        }
    }
}

impl Item for NewTask {
    type Defaults = Defaults;

    fn read(document: TaskDocument, defaults: &Defaults) -> Result<Self, DocumentError> {
        document.new_task(defaults)
    }

    fn id(&self) -> &TaskId {
        &self.id
    }

    fn queue(&self) -> &QueueName {
        &self.options.queue
    }
}

impl Store for Enqueuing {
    type Task = NewTask;
    // One in Redis, one in each direction, one being encoded.
    const MAX_BATCHES: usize = 4;

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
        let mut outcomes: Vec<_> = outcomes
            .map(|outcome| outcome.map(|enqueued| Placed::Stored(enqueued.state)))
            .collect();
        if self.on_conflict == OnConflict::Ignore {
            accept_existing(&self.broker, tasks, &mut outcomes, &mut patience).await;
        }
        outcomes
    }
}
