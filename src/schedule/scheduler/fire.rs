//! One step for each schedule that is due: claim the tick, enqueue its task, note what came of it.

use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::future::join_all;
use tokio::time::Instant;

use super::{Entry, Scheduler};
use crate::broker::{Enqueued, Error, Sending, Tick, TickClaim, TickRecord};
use crate::schedule::due::{Due, GRACE};
use crate::schedule::event::Event;
use crate::schedule::stored::{Outcome, Record};
use crate::task::NewTask;

/// A claim holds for so long. The tick of a scheduler that died is late by no more than this.
const LEASE: Duration = Duration::from_secs(4);

/// Clocks may be so far apart. A tick further ahead of the Redis server's clock is not fired yet.
pub(super) const AHEAD: Duration = Duration::from_secs(5);

/// When to ask again about a tick that somebody else is firing.
const HELD: Duration = Duration::from_millis(200);

/// When to try again what Redis refused.
const REFUSED: Duration = Duration::from_secs(1);

/// Schedules fired in one go.
const STEP: usize = 100;

/// What is to be done about a tick.
struct Step {
    tick: Tick,
    due: Due,
}

impl Scheduler {
    /// Does one step for each schedule that is due. Returns whether there was any.
    pub(super) async fn fire(&mut self) -> Result<bool, Error> {
        let steps = self.steps();
        for steps in steps.chunks(STEP) {
            self.fire_some(steps).await?;
        }
        Ok(!steps.is_empty())
    }

    fn steps(&self) -> Vec<Step> {
        let (now, instant) = ((self.clock)(), Instant::now());
        let ready = |entry: &&Entry| entry.rests_until.is_none_or(|until| until <= instant);
        let steps = self.entries.values().filter(ready).filter_map(|entry| {
            let due = entry.due(now)?;
            let at = match due {
                Due::Fire(tick) => tick,
                Due::Skip { last, .. } => last,
                Due::Wait(_) | Due::Never => return None,
            };
            let tick = Tick {
                name: entry.stored.name.clone(),
                revision: entry.stored.revision.clone(),
                at,
            };
            Some(Step { tick, due })
        });
        let mut steps: Vec<Step> = steps.collect();
        // Each scheduler begins somewhere else, so that they share the work instead of racing for it.
        let first = self.share.checked_rem(steps.len()).unwrap_or_default();
        steps.rotate_left(first);
        steps
    }

    async fn fire_some(&mut self, steps: &[Step]) -> Result<(), Error> {
        let begun = Instant::now();
        let ticks: Vec<Tick> = steps.iter().map(|step| step.tick.clone()).collect();
        let claims = self.broker.claim_ticks(&ticks, &self.owner, LEASE, AHEAD);
        let mut claimed = Vec::new();
        for (step, claim) in steps.iter().zip(claims.await?) {
            match claim {
                Ok(claim) if self.heed(step, claim) => claimed.push(step),
                Ok(_) => {}
                Err(error) if error.passing() => return Err(error),
                Err(error) => self.refused(&step.tick.name, &error.to_string()),
            }
        }
        if !claimed.is_empty() {
            self.clock_ahead = false;
        }
        if begun.elapsed() > LEASE / 2 {
            // Too slow: the claims may end on the way, so they are made again.
            return Ok(());
        }
        let (fires, tasks): (Vec<&Step>, Vec<NewTask>) = claimed
            .iter()
            .filter_map(|step| Some((*step, self.task(step)?)))
            .unzip();
        let now = (self.clock)();
        for step in &claimed {
            self.keep(step, now);
        }
        // What another scheduler has left half done is the same message under the same id.
        let outcomes = self.broker.enqueue_many(&tasks, Sending::Again, now).await;
        let now = (self.clock)();
        let mut lost = None;
        for ((step, task), outcome) in fires.into_iter().zip(&tasks).zip(outcomes) {
            match outcome {
                Err(error) if error.passing() => lost = Some(error),
                outcome => self.note(step, self.outcome_of(step, task, outcome, now), now),
            }
        }
        for step in claimed {
            if let Due::Skip { first, last } = step.due {
                let name = step.tick.name.clone();
                (self.reporter)(&Event::Skipped { name, first, last });
                self.note(step, Outcome::Skipped { first }, now);
            }
        }
        self.settle().await?;
        lost.map_or(Ok(()), Err)
    }

    /// Takes the answer to a claim. Returns whether the tick is ours.
    fn heed(&mut self, step: &Step, claim: TickClaim) -> bool {
        let rest = match claim {
            TickClaim::Claimed => return true,
            TickClaim::Over(fired) => {
                if let Some(entry) = self.entries.get_mut(&step.tick.name) {
                    entry.over(fired);
                }
                return false;
            }
            // It is read again at once; it rests only if that brings nothing new.
            TickClaim::Changed => {
                self.version = None;
                HELD
            }
            TickClaim::Held(span) => span.min(HELD),
            TickClaim::Ahead(span) => {
                if !std::mem::replace(&mut self.clock_ahead, true) {
                    (self.reporter)(&Event::ClockAhead(span));
                }
                HELD
            }
        };
        self.rest(&step.tick.name, rest);
        false
    }

    fn rest(&mut self, name: &str, span: Duration) {
        if let Some(entry) = self.entries.get_mut(name) {
            entry.rests_until = Some(Instant::now() + span);
        }
    }

    /// Missed ticks that are to be made up for are looked for once.
    fn keep(&mut self, step: &Step, now: DateTime<Utc>) {
        let fresh = now - GRACE;
        if let (Due::Fire(tick), Some(entry)) = (step.due, self.entries.get_mut(&step.tick.name))
            && tick <= fresh
        {
            let kept = &mut entry.stored.progress.kept;
            *kept = (*kept).max(Some(fresh));
        }
    }

    fn task(&self, step: &Step) -> Option<NewTask> {
        let Due::Fire(tick) = step.due else {
            return None;
        };
        let entry = self.entries.get(&step.tick.name)?;
        Some(entry.stored.schedule.as_ref().ok()?.task(tick))
    }

    /// What came of enqueuing a task, which is told too.
    fn outcome_of(
        &self,
        step: &Step,
        task: &NewTask,
        outcome: Result<Enqueued, Error>,
        now: DateTime<Utc>,
    ) -> Outcome {
        let (name, queue) = (step.tick.name.clone(), task.queue.to_string());
        let task_id = task.id.to_string();
        match outcome {
            // A taken id: it was enqueued before and has changed since.
            Ok(_) | Err(Error::IdTaken { .. }) => {
                (self.reporter)(&Event::Fired {
                    name,
                    task_id: task_id.clone(),
                    queue: queue.clone(),
                    kind: task.kind.to_string(),
                    late: (now - step.tick.at).to_std().unwrap_or_default(),
                });
                Outcome::Enqueued { task_id, queue }
            }
            Err(Error::Duplicate { .. }) => {
                let queue_name = queue.clone();
                (self.reporter)(&Event::Duplicate {
                    name,
                    queue: queue_name,
                });
                Outcome::Duplicate { queue }
            }
            Err(error) => Outcome::Failed {
                error: error.to_string(),
            },
        }
    }

    /// Remembers what came of a tick, until it is noted in Redis.
    fn note(&mut self, step: &Step, outcome: Outcome, now: DateTime<Utc>) {
        if let Outcome::Failed { error } = &outcome {
            self.refused(&step.tick.name, error);
        } else if let Some(entry) = self.entries.get_mut(&step.tick.name) {
            entry.over(step.tick.at);
        }
        let record = Record {
            tick: Some(step.tick.at),
            at: now,
            outcome,
            by: self.owner.clone(),
        };
        self.unsettled.push((step.tick.name.clone(), record));
    }

    /// Lets a schedule rest that Redis refuses, and tells of it once.
    fn refused(&mut self, name: &str, error: &str) {
        self.rest(name, REFUSED);
        let entry = self.entries.get_mut(name);
        if entry.is_some_and(|entry| !std::mem::replace(&mut entry.refused, true)) {
            let (name, error) = (name.to_owned(), error.to_owned());
            (self.reporter)(&Event::Refused { name, error });
        }
    }

    /// Notes in Redis what came of ticks. What cannot be noted now stays for later; what is refused for good
    /// only shows in no history.
    pub(super) async fn settle(&mut self) -> Result<(), Error> {
        if self.unsettled.is_empty() {
            return Ok(());
        }
        let notes = self
            .unsettled
            .iter()
            .map(|(name, record)| record.note(name));
        let notes: Vec<TickRecord> = notes.collect();
        let answers = self.broker.settle_ticks(&notes, &self.owner).await?;
        let mut left = None;
        let unsettled = std::mem::take(&mut self.unsettled);
        for ((name, record), answer) in unsettled.into_iter().zip(answers) {
            match answer {
                Ok(()) => self
                    .untold
                    .extend(record.event().map(|event| (name, event))),
                Err(error) if error.passing() || matches!(error, Error::OutOfMemory { .. }) => {
                    self.unsettled.push((name, record));
                    left = Some(error);
                }
                Err(error) => self.refused(&name, &error.to_string()),
            }
        }
        left.map_or(Ok(()), Err)
    }

    /// Tells Asynq's tools what was enqueued. That is for the eye: no tick waits for it, and none is less
    /// over without it.
    pub(super) async fn tell(&mut self) {
        let broker = &self.broker;
        let events = std::mem::take(&mut self.untold).into_iter();
        let told = events.map(async |(name, event)| {
            let now = event.enqueued_at.unwrap_or_default();
            broker.record_event(&name, &event, now).await
        });
        drop(join_all(told).await);
    }
}
