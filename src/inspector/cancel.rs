//! Cancels tasks that are running, one by one.

use std::collections::VecDeque;

use chrono::{DateTime, Utc};

use super::Outcome;
use crate::broker::{Applied, Broker, Error};
use crate::task::transition::Action;
use crate::task::{QueueName, TaskId};

/// A step that publishes cancellations.
pub(super) struct Cancel<'a> {
    pub(super) broker: &'a Broker,
    pub(super) dry_run: bool,
    /// The cancellation of the next task was published, and the answer lost.
    pub(super) asked: &'a mut bool,
    pub(super) outcome: &'a mut Outcome,
}

impl Cancel<'_> {
    /// Publishes a cancellation for each of the next tasks that is running. Takes those that are done out of the queue.
    pub(super) async fn run(
        mut self,
        (queue, ids): (&QueueName, &mut VecDeque<TaskId>),
        limit: usize,
        now: DateTime<Utc>,
    ) -> (Applied, Result<(), Error>) {
        let mut applied = Applied::default();
        for _ in 0..limit.min(ids.len()) {
            let Some(id) = ids.front() else { break };
            match self.one(queue, id, now).await {
                Ok(None) => applied.changed.extend(ids.pop_front()),
                Ok(Some(refused)) => {
                    let id = ids.pop_front();
                    applied.refused.extend(id.map(|id| (id, refused)));
                }
                Err(error) => return (applied, Err(error)),
            }
        }
        (applied, Ok(()))
    }

    /// Publishes one cancellation; returns why it was not published.
    async fn one(
        &mut self,
        queue: &QueueName,
        id: &TaskId,
        now: DateTime<Utc>,
    ) -> Result<Option<Error>, Error> {
        // After a lost answer, the task may have stopped because of the first request.
        if !*self.asked
            && let Some(refused) = self.refused(queue, id, now).await?
        {
            return Ok(Some(refused));
        }
        if !self.dry_run {
            let listeners = self.broker.cancel(id).await;
            *self.asked = *self.asked || matches!(listeners, Err(Error::Unreachable { .. }));
            self.outcome.listeners = listeners?;
            self.outcome.requested += 1;
        }
        *self.asked = false;
        Ok(None)
    }

    async fn refused(
        &self,
        queue: &QueueName,
        id: &TaskId,
        now: DateTime<Utc>,
    ) -> Result<Option<Error>, Error> {
        let Some(task) = self.broker.find(queue, id).await? else {
            return Ok(Some(Error::TaskNotFound {
                queue: Some(queue.clone()),
                id: id.clone(),
            }));
        };
        let refusal = task.after(Action::Cancel, now).err();
        Ok(refusal.map(|refusal| Error::WrongState {
            verb: Action::Cancel.verb(),
            queue: task.queue,
            id: task.id,
            state: task.state,
            refusal,
        }))
    }
}
