//! Waits for the end of a task by looking at it again and again: Asynq does not announce when tasks end.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use super::Inspector;
use super::error::Error;
use crate::backoff::{Backoff, Outage};
use crate::broker::records::FoundTask;
use crate::task::{QueueName, State, TaskId};

/// The longest pause between two looks at a task: long enough not to burden Redis.
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// Looks that are repeated until there is something to see.
#[derive(Debug)]
pub(super) struct Looks {
    pauses: Backoff,
    outage: Outage,
    /// When the last look began.
    began: Option<Instant>,
}

impl Looks {
    /// Pauses are short at first, for quick tasks.
    pub(super) fn new(longest_pause: Duration) -> Self {
        Self {
            pauses: Backoff::new(Duration::from_millis(10), longest_pause),
            outage: Outage::default(),
            began: None,
        }
    }

    /// Waits until the next look is due. After one that took long, Redis rests for as long as it has worked.
    pub(super) async fn pause(&mut self) {
        if let Some(began) = self.began {
            sleep(self.pauses.next().max(began.elapsed())).await;
        }
        self.began = Some(Instant::now());
    }

    /// What a look has shown; nothing while Redis does not answer. `on_outage` gets the first error of each outage.
    pub(super) fn note<T>(
        &mut self,
        look: Result<T, Error>,
        on_outage: impl FnOnce(&Error),
    ) -> Result<Option<T>, Error> {
        match look {
            Ok(seen) => {
                self.outage.ends();
                Ok(Some(seen))
            }
            Err(error) if !error.passing() => Err(error),
            Err(error) => {
                if self.outage.begins() {
                    on_outage(&error);
                }
                Ok(None)
            }
        }
    }
}

/// What a look at a task has shown.
pub(super) enum Look {
    /// It has ended, or will never be seen to.
    Over(Box<Result<FoundTask, Error>>),
    /// Where it is, if it is there at all.
    NotYet(Option<(QueueName, State)>),
}

impl Inspector {
    /// Waits until none of these tasks is active, for at most `limit`. Returns those that still are.
    ///
    /// # Errors
    /// Those of Redis.
    pub async fn wait_inactive(
        &self,
        mut tasks: Vec<(QueueName, TaskId)>,
        limit: Option<Duration>,
    ) -> Result<Vec<(QueueName, TaskId)>, Error> {
        let deadline = limit.and_then(|limit| Instant::now().checked_add(limit));
        let mut backoff = Backoff::new(Duration::from_millis(10), LONGEST_PAUSE);
        loop {
            let mut active = Vec::new();
            for (queue, id) in tasks {
                let found = self.broker().find(&queue, &id).await?;
                if found.is_some_and(|task| task.state == State::Active) {
                    active.push((queue, id));
                }
            }
            tasks = active;
            let now = Instant::now();
            if tasks.is_empty() || deadline.is_some_and(|deadline| deadline <= now) {
                return Ok(tasks);
            }
            let pause = backoff.next();
            let left = deadline.map_or(pause, |deadline| deadline - now);
            sleep(pause.min(left)).await;
        }
    }

    /// Waits until a task is completed or archived, and returns it.
    ///
    /// Keeps waiting while Redis does not answer; `on_outage` gets the first error of each outage.
    ///
    /// # Errors
    /// [`Error::WaitTimedOut`] after `limit`, [`Error::TaskGone`] if the task does not exist or no longer exists,
    /// [`Error::SetAside`] if it can never run.
    pub async fn wait(
        &self,
        queue: &QueueName,
        id: &TaskId,
        limit: Option<Duration>,
        mut on_outage: impl FnMut(&Error) + Send,
    ) -> Result<FoundTask, Error> {
        let mut state = None;
        let ended = async {
            let mut looks = Looks::new(LONGEST_PAUSE);
            loop {
                looks.pause().await;
                let look = self.look_at(queue, id).await;
                match looks.note(look, &mut on_outage)? {
                    Some(Look::Over(how)) => return *how,
                    Some(Look::NotYet(seen)) => state = seen.map(|(_, state)| state),
                    None => {}
                }
            }
        };
        // A server that hangs must not prolong the wait.
        let ended = match limit {
            Some(limit) => timeout(limit, ended).await.ok(),
            None => Some(ended.await),
        };
        let (queue, id) = (queue.clone(), id.clone());
        ended.unwrap_or(Err(Error::WaitTimedOut { queue, id, state }))
    }

    /// Looks at a task of this queue.
    pub(super) async fn look_at(&self, queue: &QueueName, id: &TaskId) -> Result<Look, Error> {
        let found = self.broker().find(queue, id).await?;
        Ok(found.map_or_else(
            || {
                let (queue, id) = (queue.clone(), id.clone());
                Look::Over(Box::new(Err(Error::TaskGone { queue, id })))
            },
            Look::of,
        ))
    }
}

impl Look {
    pub(super) fn of(found: FoundTask) -> Self {
        match found.state {
            State::Completed | State::Archived => Self::Over(Box::new(Ok(found))),
            State::Aside => Self::Over(Box::new(Err(Error::SetAside {
                queue: found.queue,
                id: found.id,
            }))),
            State::Pending
            | State::Active
            | State::Scheduled
            | State::Retry
            | State::Aggregating => Self::NotYet(Some((found.queue, found.state))),
        }
    }
}
