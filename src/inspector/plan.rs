//! Changes the tasks that were counted, step by step.
//!
//! Each step is one short script, and leaves the queue in order for servers and readers. Only tasks that were counted
//! are changed, whatever arrives meanwhile; those that have moved are skipped.

use std::collections::VecDeque;
use std::num::NonZeroU32;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::time::Instant;

use super::members::Members;
use super::part::Part;
use super::{Error, Judged, Outcome};
use crate::broker::records::FoundTask;
use crate::broker::{self, Applied, Broker, PageStep, Pages, Passed};
use crate::task::transition::Action;
use crate::task::{QueueName, TaskId};

/// Tasks changed by id in one step.
const BY_ID: usize = 100;

/// How to change a selection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Options {
    /// Only report what would be changed. Runs the same scripts, which then write nothing.
    pub dry_run: bool,
    /// The maximum number of tasks to change per second.
    pub rate: Option<NonZeroU32>,
    /// Allow an archive that overflows to delete its oldest tasks.
    pub allow_trim: bool,
    /// Report the id of every changed task. Changing whole containers is faster without it.
    pub ids: bool,
}

/// A change that is ready to start, or under way.
#[derive(Debug)]
pub struct Plan {
    broker: Broker,
    options: Options,
    parts: VecDeque<Part>,
    /// The pass through the container of the first part, and the tasks changed in it.
    pass: Option<(Pages, u64)>,
    outcome: Outcome,
    sample: Vec<FoundTask>,
    judged: Judged,
    total: u64,
    started: Option<Instant>,
}

/// The result of one step.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Step {
    /// Tasks that this step has dealt with, out of [`Plan::total`].
    pub seen: u64,
    /// The queue of the tasks.
    pub queue: QueueName,
    /// Number of tasks that were changed or asked to stop, or would be.
    pub changed: u64,
    /// Their ids, if [`Options::ids`] asks for them or the tasks were known by id.
    pub ids: Vec<TaskId>,
}

impl Plan {
    pub(super) fn new(
        broker: Broker,
        options: Options,
        parts: Vec<Part>,
        outcome: Outcome,
    ) -> Self {
        let total = parts.iter().map(Part::len).sum();
        Self {
            broker,
            options,
            parts: parts.into(),
            pass: None,
            outcome,
            sample: Vec::new(),
            judged: Judged::default(),
            total,
            started: None,
        }
    }

    pub(super) fn with_sample(self, sample: Vec<FoundTask>, judged: Judged) -> Self {
        Self {
            sample,
            judged,
            ..self
        }
    }

    /// The time by the clock of the Redis server.
    pub fn now(&self) -> DateTime<Utc> {
        self.broker.now()
    }

    /// Tasks that will be changed, if they are still there.
    pub const fn total(&self) -> u64 {
        self.total
    }

    /// The first of them.
    pub fn sample(&self) -> &[FoundTask] {
        &self.sample
    }

    /// What the filter came across while the tasks were counted.
    pub const fn judged(&self) -> &Judged {
        &self.judged
    }

    /// The result so far.
    pub const fn outcome(&self) -> &Outcome {
        &self.outcome
    }

    /// How long to wait before the next step, to stay below the rate.
    pub fn delay(&self) -> Duration {
        let (Some(rate), Some(started)) = (self.options.rate, self.started) else {
            return Duration::ZERO;
        };
        let due = Duration::from_secs(self.outcome.done()) / rate.get();
        due.saturating_sub(started.elapsed())
    }

    /// Waits as the rate demands, then changes the next tasks. Returns `None` when all are done.
    ///
    /// The future may be dropped while it waits. If it is dropped later, the tasks of one step may be changed without
    /// being counted.
    ///
    /// # Errors
    /// Those of Redis. What was done before stands in the outcome, and the step may be repeated.
    pub async fn step(&mut self, now: DateTime<Utc>) -> Result<Option<Step>, Error> {
        // Even a sleep of zero takes a tick of the timer.
        let delay = self.delay();
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        self.started.get_or_insert_with(Instant::now);
        loop {
            let step = match self.parts.front() {
                None => return Ok(None),
                Some(Part::Pages { .. }) => self.change_page(now).await,
                Some(Part::Ids { .. }) => self.change_ids(now).await,
            };
            let pages = self.pass.as_mut().map(|(pages, _)| pages);
            let unanswered = pages.map_or(0, Pages::take_unanswered);
            let step = step.inspect_err(|_| self.outcome.unconfirmed += unanswered)?;
            if step.is_some() {
                return Ok(step);
            }
            self.parts.pop_front();
            self.pass = None;
        }
    }

    /// The size of a step. Its tasks are changed all at once, so it is at most what the rate allows in a second.
    fn step_limit(&self) -> usize {
        let rate = self.options.rate.map(|rate| usize::try_from(rate.get()));
        rate.and_then(Result::ok).unwrap_or(usize::MAX)
    }

    /// Changes the next tasks in the container of the first part. Returns `None` when it is done.
    async fn change_page(&mut self, now: DateTime<Utc>) -> Result<Option<Step>, Error> {
        let limit = self.step_limit();
        let (
            Some(Part::Pages {
                queue,
                container,
                members,
            }),
            Some(to),
        ) = (self.parts.front_mut(), self.outcome.action.as_move())
        else {
            return Ok(None);
        };
        loop {
            let (pages, changed) = if let Some(pass) = &mut self.pass {
                pass
            } else {
                let dry_run = self.options.dry_run;
                let pages = self.broker.pages(queue, container.clone(), to, dry_run);
                self.pass.insert((pages.await?, 0))
            };
            if members.left() == 0 {
                return Ok(None);
            }
            if let Some(block) = members.next_block().filter(|block| block.count <= limit)
                && pages.block(block.count, &block.digest, now).await?
            {
                members.handle_block();
                let changed = block.count as u64;
                self.outcome.add_changed(changed);
                return Ok(Some(Step {
                    seen: changed,
                    queue: queue.clone(),
                    changed,
                    ids: Vec::new(),
                }));
            }
            members.look_up();
            match pages.step(limit, now, |id| members.awaits(id)).await? {
                Some(step) => {
                    *changed += step.changed.len() as u64;
                    let step = note_page(step, (queue, members), &mut self.outcome);
                    return Ok(Some(step));
                }
                // A second walk finds tasks that moved within the container during the first.
                None if *changed > 0 => self.pass = None,
                None => {
                    self.outcome.skipped.moved += members.left();
                    return Ok(None);
                }
            }
        }
    }

    /// Changes the next tasks of the first part by id. Returns `None` when it is done.
    async fn change_ids(&mut self, now: DateTime<Utc>) -> Result<Option<Step>, Error> {
        let limit = self.step_limit().min(BY_ID);
        let Some(Part::Ids { queue, ids, named }) = self.parts.front_mut() else {
            return Ok(None);
        };
        let (queue, named) = (queue.clone(), *named);
        // They stay in the part until their outcome is known.
        let some: Vec<TaskId> = ids.iter().take(limit).cloned().collect();
        if some.is_empty() {
            return Ok(None);
        }
        let applied = match self.outcome.action.as_move() {
            Some(to) if self.options.dry_run => {
                self.broker.would_apply(&queue, to, &some, now).await?
            }
            Some(to) => {
                let applied = self.broker.apply(&queue, to, &some, now).await;
                if let Err(broker::Error::Unreachable { .. }) = applied {
                    self.outcome.unconfirmed += some.len() as u64;
                }
                applied?
            }
            None => self.cancel(&queue, &some, now).await?,
        };
        if let Some(Part::Ids { ids, .. }) = self.parts.front_mut() {
            ids.drain(..some.len());
        }
        for (id, error) in applied.refused {
            if named || self.outcome.action == Action::Cancel {
                let error = Error::from(error);
                self.outcome.add_failure(id, Some(queue.clone()), error);
            } else {
                self.outcome.skipped.moved += 1;
            }
        }
        if self.outcome.action != Action::Cancel || self.options.dry_run {
            self.outcome.add_changed(applied.changed.len() as u64);
        }
        Ok(Some(Step {
            seen: some.len() as u64,
            queue,
            changed: applied.changed.len() as u64,
            ids: applied.changed,
        }))
    }

    /// Publishes a cancellation for each task that is running.
    async fn cancel(
        &mut self,
        queue: &QueueName,
        ids: &[TaskId],
        now: DateTime<Utc>,
    ) -> Result<Applied, Error> {
        let mut applied = Applied::default();
        for id in ids {
            let refusal =
                match self.broker.find(queue, id).await? {
                    None => Some(broker::Error::TaskNotFound {
                        queue: Some(queue.clone()),
                        id: id.clone(),
                    }),
                    Some(task) => task.after(Action::Cancel, now).err().map(|refusal| {
                        broker::Error::WrongState {
                            verb: Action::Cancel.verb(),
                            queue: task.queue,
                            id: task.id,
                            state: task.state,
                            refusal,
                        }
                    }),
                };
            if let Some(error) = refusal {
                applied.refused.push((id.clone(), error));
                continue;
            }
            if !self.options.dry_run {
                let listeners = self.broker.cancel(id).await?;
                self.outcome.listeners = Some(listeners);
                self.outcome.requested += 1;
            }
            applied.changed.push(id.clone());
        }
        Ok(applied)
    }
}

/// Records the result of a step through a container.
fn note_page(
    step: PageStep,
    (queue, members): (&QueueName, &mut Members),
    outcome: &mut Outcome,
) -> Step {
    outcome.add_changed(step.changed.len() as u64);
    step.changed.iter().for_each(|id| members.handle(id));
    let mut seen = step.changed.len() as u64;
    for (stored, passed) in step.passed {
        let (queue, id) = (queue.clone(), TaskId::from_stored(stored.clone()));
        let error = match passed {
            // It may only have moved within the container.
            Passed::Moved => continue,
            Passed::OutOfPlace => broker::Error::OutOfPlace {
                queue: queue.clone(),
                id: id.clone(),
            }
            .into(),
            Passed::Unreadable => Error::Unreadable {
                queue: queue.clone(),
                id: id.clone(),
            },
        };
        members.handle(&stored);
        seen += 1;
        outcome.add_failure(id, Some(queue), error);
    }
    let ids = step.changed.into_iter().map(TaskId::from_stored);
    let ids: Vec<TaskId> = ids.collect();
    Step {
        seen,
        queue: queue.clone(),
        changed: ids.len() as u64,
        ids,
    }
}
