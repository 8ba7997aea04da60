//! Lists the tasks that a selection names by id.

use std::collections::VecDeque;

use futures_util::future::try_join_all;

use crate::broker::records::FoundTask;
use crate::inspector::{Error, Inspector, Selection};
use crate::task::{QueueName, TaskId};

/// Ids looked up at once.
const LOOK_UPS: u64 = 100;

/// The ids of a selection, of which some have been looked up.
#[derive(Debug)]
pub(super) struct Named {
    inspector: Inspector,
    /// The queues of the selection, and those that they stand for.
    queues: (Vec<QueueName>, Vec<QueueName>),
    left: VecDeque<TaskId>,
    passed: u64,
}

impl Named {
    /// # Errors
    /// When a queue of the selection does not exist.
    pub(super) async fn new(
        inspector: &Inspector,
        selection: &Selection,
        ids: &[TaskId],
    ) -> Result<Self, Error> {
        let queues = inspector.queues(&selection.queues).await?;
        Ok(Self {
            inspector: inspector.clone(),
            queues: (selection.queues.clone(), queues),
            left: ids.iter().cloned().collect(),
            passed: 0,
        })
    }

    /// Looks up the next ids, at most `most`; `None` when there are no more.
    pub(super) async fn look_up(
        &mut self,
        most: u64,
    ) -> Result<Option<Vec<Result<FoundTask, Error>>>, Error> {
        let some = usize::try_from(most.min(LOOK_UPS)).unwrap_or(usize::MAX);
        let ids: Vec<TaskId> = self.left.drain(..some.min(self.left.len())).collect();
        if ids.is_empty() {
            return Ok(None);
        }
        self.passed += ids.len() as u64;
        let (named, queues) = &self.queues;
        let located = self.inspector.locate(named, queues, &ids).await?;
        let tasks = located.into_iter().map(async |(id, queue)| match queue {
            // It may have gone in the meantime.
            Ok(queue) => self.inspector.find(&queue, &id).await,
            Err(error) => Ok(Err(error)),
        });
        Ok(Some(try_join_all(tasks).await?))
    }

    /// Whether there are further ids.
    #[cfg(feature = "page")]
    pub(super) fn has_more(&self) -> bool {
        !self.left.is_empty()
    }

    /// The number of ids that have been looked up.
    #[cfg(feature = "page")]
    pub(super) const fn passed(&self) -> u64 {
        self.passed
    }

    /// Leaves out the first ids.
    #[cfg(feature = "page")]
    pub(super) fn skip(&mut self, ids: u64) {
        let some = usize::try_from(ids).unwrap_or(usize::MAX);
        self.left.drain(..some.min(self.left.len()));
        self.passed = ids;
    }
}
