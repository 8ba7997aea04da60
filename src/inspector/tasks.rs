//! Looks up tasks by id. Ids are unique within a queue only.

use std::collections::HashMap;

use futures_util::future::try_join_all;

use super::{Error, Inspector};
use crate::broker;
use crate::broker::records::FoundTask;
use crate::task::{QueueName, State, TaskId};

/// Queues that are asked at the same time.
pub(super) const QUEUES_AT_ONCE: usize = 100;

/// Ids that are asked for at the same time.
pub(super) const IDS_AT_ONCE: usize = 100;

/// An id and the queue that holds a task with it.
pub type Located = (TaskId, Result<QueueName, Error>);

impl Inspector {
    /// Finds the task with this id in the queues of these names or globs, or in all queues.
    ///
    /// # Errors
    /// [`TaskNotFound`](broker::Error::TaskNotFound), or [`Error::Ambiguous`] when several queues have the id.
    pub async fn task(&self, named: &[QueueName], id: &TaskId) -> Result<FoundTask, Error> {
        let queues = self.queues(named).await?;
        let mut found = self.broker.find_in(&queues, id).await?;
        match found.len() {
            0 => Err(self.missing(named, &queues, id).await),
            1 => Ok(found.remove(0)),
            _ => Err(ambiguous(id, found.into_iter().map(|task| task.queue))),
        }
    }

    /// Why none of these queues, which `named` stands for, has a task: its key may hold something else, or it may be on its way
    /// from one queue to another.
    async fn missing(&self, named: &[QueueName], queues: &[QueueName], id: &TaskId) -> Error {
        let ids = std::slice::from_ref(id);
        for some in queues.chunks(QUEUES_AT_ONCE) {
            let looks = some.iter().map(|queue| self.broker.held(queue, ids));
            let are_held = try_join_all(looks).await.unwrap_or_default();
            let mut held = some
                .iter()
                .zip(are_held)
                .filter(|(_, is)| is.contains(&true));
            if let Some((queue, _)) = held.next() {
                let (queue, id) = (queue.clone(), id.clone());
                return broker::Error::NotATask { queue, id }.into();
            }
            let looks = some.iter().map(|queue| self.broker.is_moving(queue, id));
            // Whoever may not look knows nothing of moves.
            let are_moving = try_join_all(looks).await.unwrap_or_default();
            let mut moving = some.iter().zip(are_moving).filter(|(_, is)| *is);
            if let Some((queue, _)) = moving.next() {
                return Error::Moving {
                    queue: queue.clone(),
                    id: id.clone(),
                };
            }
        }
        not_found(named, id)
    }

    /// Tasks of other queues that are running under ids of these tasks: a cancellation names the id alone.
    ///
    /// # Errors
    /// Those of Redis.
    pub(crate) async fn namesakes(
        &self,
        named: &[QueueName],
        ids: &[TaskId],
    ) -> Result<Vec<FoundTask>, Error> {
        let here = self.queues(named).await?;
        let mut elsewhere = self.queues(&[]).await?;
        elsewhere.retain(|queue| !here.contains(queue));
        let mut running = Vec::new();
        for some in ids.chunks(IDS_AT_ONCE) {
            let holders = self.holders(&elsewhere, some).await?;
            let found = some.iter().flat_map(|id| {
                let queues = holders.get(id).into_iter().flatten();
                queues.map(move |queue| self.broker.find(queue, id))
            });
            let found = try_join_all(found).await?.into_iter().flatten();
            running.extend(found.filter(|task| task.state == State::Active));
        }
        Ok(running)
    }

    /// The task of this id in this queue, or why there is none.
    ///
    /// # Errors
    /// Those of Redis.
    pub(crate) async fn find(
        &self,
        queue: &QueueName,
        id: &TaskId,
    ) -> Result<Result<FoundTask, Error>, Error> {
        let found = self.broker.find(queue, id).await?;
        Ok(found.ok_or_else(|| not_found(std::slice::from_ref(queue), id)))
    }

    /// Which of these queues have a task with which of these ids.
    async fn holders<'a>(
        &self,
        queues: &'a [QueueName],
        ids: &'a [TaskId],
    ) -> Result<HashMap<&'a TaskId, Vec<&'a QueueName>>, Error> {
        let mut holders: HashMap<&TaskId, Vec<&QueueName>> = HashMap::new();
        for some in queues.chunks(QUEUES_AT_ONCE) {
            let held = some.iter().map(|queue| self.broker.held(queue, ids));
            for (queue, held) in some.iter().zip(try_join_all(held).await?) {
                for (id, _) in ids.iter().zip(held).filter(|(_, held)| *held) {
                    holders.entry(id).or_default().push(queue);
                }
            }
        }
        Ok(holders)
    }

    /// The queue of each of these ids, in order. `queues` are those that `named` stands for.
    pub(super) async fn locate(
        &self,
        named: &[QueueName],
        queues: &[QueueName],
        ids: &[TaskId],
    ) -> Result<Vec<Located>, Error> {
        let mut holders = self.holders(queues, ids).await?;
        let mut located = Vec::with_capacity(ids.len());
        for id in ids {
            let queue = match holders.remove(id).as_deref() {
                Some([queue]) => Ok(QueueName::clone(queue)),
                Some(several @ [_, ..]) => Err(ambiguous(id, several.iter().copied().cloned())),
                // An id without a task may still be in a container.
                Some([]) | None => self.task(named, id).await.map(|task| task.queue),
            };
            match queue {
                Err(error) if !is_about_task(&error) => return Err(error),
                queue => located.push((id.clone(), queue)),
            }
        }
        Ok(located)
    }
}

/// Whether an error concerns one id only.
fn is_about_task(error: &Error) -> bool {
    error.is_not_found() || matches!(error, Error::Ambiguous { .. })
}

pub(super) fn not_found(named: &[QueueName], id: &TaskId) -> Error {
    let queue = match named {
        [only] => Some(only.clone()),
        _ => None,
    };
    let id = id.clone();
    broker::Error::TaskNotFound { queue, id }.into()
}

pub(super) fn ambiguous(id: &TaskId, queues: impl Iterator<Item = QueueName>) -> Error {
    Error::Ambiguous {
        id: id.clone(),
        queues: queues.collect(),
    }
}
