//! Waits until tasks have ended, queues are drained or served, or a selection is empty: by looking again and again, since
//! Asynq announces none of it.

mod condition;
mod left;

use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::future::try_join_all;
use tokio::time::Instant;

pub(crate) use self::condition::{Condition, Met, Unmet};
use self::left::Left;
use super::error::Error;
use super::tasks::IDS_AT_ONCE;
use super::wait::{Look, Looks};
use super::{Inspector, Selection};
use crate::broker;
use crate::task::{QueueName, State, TaskId};

/// The longest pause between looks: what happens is noticed within a tenth of a second.
const LONGEST_PAUSE: Duration = Duration::from_millis(90);

/// When a wait is over.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// As soon as one condition is met. Otherwise all tasks must have ended, and the other conditions hold at the same time.
    pub(crate) any: bool,
    /// For how long tasks and queues may be missing.
    pub(crate) create: Duration,
}

/// A wait under way.
#[derive(Debug)]
pub(crate) struct Wait {
    inspector: Inspector,
    /// Where tasks are looked for; all queues if empty.
    queues: Vec<QueueName>,
    tasks: Vec<Watched>,
    /// The conditions that are not about one task.
    others: Vec<Other>,
    any: bool,
    missing_until: Instant,
    looks: Looks,
    is_over: bool,
}

/// A condition that is not about one task.
#[derive(Debug)]
struct Other {
    condition: Condition,
    /// What kept its queues from being drained at the last look.
    left: Option<Left>,
}

/// Whether a condition holds.
enum Holds {
    Yes,
    /// And what keeps its queues from being drained, if it is about that.
    NotYet(Option<Left>),
}

impl From<bool> for Holds {
    fn from(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::NotYet(None) }
    }
}

/// A task that has not ended yet.
#[derive(Debug)]
struct Watched {
    id: TaskId,
    /// Where it was last seen.
    seen: Option<(QueueName, State)>,
}

impl Inspector {
    /// Prepares to wait for conditions. Tasks are looked for in the queues of these names and globs.
    pub(crate) fn wait_for(
        &self,
        conditions: Vec<Condition>,
        queues: Vec<QueueName>,
        patience: Patience,
    ) -> Wait {
        let now = Instant::now();
        let mut wait = Wait {
            inspector: self.clone(),
            queues,
            tasks: Vec::new(),
            others: Vec::new(),
            any: patience.any,
            // Too far to be expressed: forever.
            missing_until: now
                .checked_add(patience.create)
                .unwrap_or_else(|| now + Duration::from_secs(1 << 32)),
            looks: Looks::new(LONGEST_PAUSE),
            is_over: false,
        };
        for condition in conditions {
            match condition {
                Condition::Ended(id) => wait.tasks.push(Watched { id, seen: None }),
                condition => {
                    let left = None;
                    wait.others.push(Other { condition, left });
                }
            }
        }
        wait
    }
}

impl Wait {
    /// Waits until something is new, and returns it; `None` when the wait is over.
    ///
    /// Keeps waiting while Redis does not answer; `on_outage` gets the first error of each outage.
    ///
    /// # Errors
    /// Those of Redis that do not pass, and [`Error::UnknownQueue`].
    pub(crate) async fn next(
        &mut self,
        mut on_outage: impl FnMut(&Error) + Send,
    ) -> Result<Option<Vec<Met>>, Error> {
        while !self.is_over {
            self.looks.pause().await;
            let look = self.look().await;
            let met = self.looks.note(look, &mut on_outage)?.unwrap_or_default();
            if !met.is_empty() {
                return Ok(Some(met));
            }
        }
        Ok(None)
    }

    /// What has not been met yet, for a wait that is given up.
    pub(crate) fn unmet(&self) -> Vec<Unmet<'_>> {
        let tasks = self.tasks.iter().map(|task| {
            let state = task.seen.as_ref().map(|(_, state)| *state);
            Unmet::Task(&task.id, state)
        });
        let others = self.others.iter();
        let others = others.map(|other| Unmet::Other(&other.condition, other.left.as_ref()));
        tasks.chain(others).collect()
    }

    /// Looks once at everything.
    async fn look(&mut self) -> Result<Vec<Met>, Error> {
        let mut met = self.look_at_tasks().await?;
        if self.any && !met.is_empty() {
            self.is_over = true;
            return Ok(met);
        }
        if !self.any && !self.tasks.is_empty() {
            return Ok(met);
        }
        let now = self.inspector.now();
        let mut holding = Vec::new();
        for at in 0..self.others.len() {
            let holds = self.holds(&self.others[at].condition, now).await?;
            let other = &mut self.others[at];
            match holds {
                Holds::Yes => holding.push(other.condition.clone()),
                Holds::NotYet(left) => other.left = left,
            }
        }
        self.is_over = if self.any {
            !holding.is_empty()
        } else {
            holding.len() == self.others.len()
        };
        if self.is_over {
            self.others.clear();
            met.extend(holding.into_iter().map(|condition| Met {
                condition,
                task: None,
            }));
        }
        Ok(met)
    }

    /// The tasks that have ended since the last look.
    async fn look_at_tasks(&mut self) -> Result<Vec<Met>, Error> {
        let mut looks = Vec::with_capacity(self.tasks.len());
        for some in self.tasks.chunks(IDS_AT_ONCE) {
            looks.extend(try_join_all(some.iter().map(|task| self.look_at(task))).await?);
        }
        let mut met = Vec::new();
        let watched = std::mem::take(&mut self.tasks);
        for (mut task, look) in watched.into_iter().zip(looks) {
            match look {
                Look::Over(how) => met.push(Met {
                    condition: Condition::Ended(task.id),
                    task: Some(*how),
                }),
                Look::NotYet(seen) => {
                    task.seen = seen.or(task.seen);
                    self.tasks.push(task);
                }
            }
        }
        Ok(met)
    }

    async fn look_at(&self, task: &Watched) -> Result<Look, Error> {
        if let Some((queue, _)) = &task.seen {
            return self.inspector.look_at(queue, &task.id).await;
        }
        match self.inspector.task(&self.queues, &task.id).await {
            Ok(found) => Ok(Look::of(found)),
            Err(error) if missing(&error) && Instant::now() < self.missing_until => {
                Ok(Look::NotYet(None))
            }
            Err(error) if error.is_not_found() || matches!(error, Error::Ambiguous { .. }) => {
                Ok(Look::Over(Box::new(Err(error))))
            }
            Err(error) => Err(error),
        }
    }

    async fn holds(&self, condition: &Condition, now: DateTime<Utc>) -> Result<Holds, Error> {
        let holds = match condition {
            // Tasks are watched one by one.
            Condition::Ended(_) => Ok(false.into()),
            Condition::Drained(queue) => self.is_drained(queue, now).await,
            Condition::Served(queue) => self.inspector.is_served(queue, now).await.map(Holds::from),
            Condition::Empty(selection) => self.is_empty(selection, now).await.map(Holds::from),
        };
        match holds {
            Err(error) if missing(&error) && Instant::now() < self.missing_until => {
                Ok(false.into())
            }
            holds => holds,
        }
    }

    async fn is_drained(&self, queue: &QueueName, now: DateTime<Utc>) -> Result<Holds, Error> {
        let queues = self.inspector.queues(std::slice::from_ref(queue)).await?;
        let stats = self.inspector.broker().stats(&queues, now).await?;
        for queue in &stats {
            // A number that cannot be read is not zero.
            if let Some((_, wrong)) = queue.unreadable.first() {
                let (queue, wrong) = (queue.queue.clone(), wrong.clone());
                return Err(broker::Error::WrongType { queue, wrong }.into());
            }
        }
        Ok(Left::of(&stats).map_or(Holds::Yes, |left| Holds::NotYet(Some(left))))
    }

    async fn is_empty(&self, selection: &Selection, now: DateTime<Utc>) -> Result<bool, Error> {
        let mut listing = self.inspector.list(selection).await?;
        while let Some(tasks) = listing.next(now).await? {
            if !tasks.is_empty() {
                return Ok(false);
            }
        }
        // What could not be judged may match.
        let judged = listing.judged();
        Ok(judged.failed == 0 && judged.unknown_age == 0 && judged.unreadable.is_empty())
    }
}

/// Whether what is awaited may still be created.
fn missing(error: &Error) -> bool {
    error.is_not_found() || matches!(error, Error::UnknownQueue { .. })
}
