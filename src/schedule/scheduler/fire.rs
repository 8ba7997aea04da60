//! One step for each schedule that is due: claim the tick, enqueue its task, store the outcome.

use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::time::Instant;

use super::tracked::Tracked;
use super::{MAX_CLOCK_SKEW, Scheduler};
use crate::broker::{Enqueued, Error, Tick, TickClaim, TickRecord};
use crate::schedule::due::{Due, GRACE};
use crate::schedule::event::ScheduleEvent;
use crate::schedule::stored::{TickOutcome, TickReport};
use crate::task::NewTask;

/// How long a claim holds. If a scheduler dies, its tick is late by no more than this.
const CLAIM_LEASE: Duration = Duration::from_secs(4);

/// When to ask again for a tick that another scheduler holds.
const CLAIM_RETRY: Duration = Duration::from_millis(200);

/// When to repeat a step that Redis refused.
const REFUSAL_RETRY: Duration = Duration::from_secs(1);

/// Schedules that are claimed, enqueued and settled together.
const BATCH: usize = 100;

/// A tick that is due, and what to do about it.
struct Step {
    tick: Tick,
    due: Due,
}

impl Scheduler {
    /// Does one step for each schedule that is due. Returns whether any was.
    pub(super) async fn fire_due(&mut self) -> Result<bool, Error> {
        let steps = self.due_steps();
        for batch in steps.chunks(BATCH) {
            self.fire_batch(batch).await?;
        }
        Ok(!steps.is_empty())
    }

    fn due_steps(&self) -> Vec<Step> {
        let (now, instant) = ((self.clock)(), Instant::now());
        let is_ready =
            |tracked: &&Tracked| tracked.postponed_until.is_none_or(|until| until <= instant);
        let steps = self.schedules.values().filter(is_ready);
        let steps = steps.filter_map(|tracked| {
            let due = tracked.due(now)?;
            let at = match due {
                Due::Fire(tick) => tick,
                Due::Skip { last, .. } => last,
                Due::Wait(_) | Due::Never => return None,
            };
            let tick = Tick {
                name: tracked.stored.name.clone(),
                revision: tracked.stored.revision.clone(),
                at,
            };
            Some(Step { tick, due })
        });
        let mut steps: Vec<Step> = steps.collect();
        // Schedulers begin at different steps, so that they share the work instead of racing for it.
        let first = self.rotation.checked_rem(steps.len()).unwrap_or_default();
        steps.rotate_left(first);
        steps
    }

    async fn fire_batch(&mut self, steps: &[Step]) -> Result<(), Error> {
        let begun = Instant::now();
        let ticks: Vec<Tick> = steps.iter().map(|step| step.tick.clone()).collect();
        let claims = self
            .broker
            .claim_ticks(&ticks, &self.owner, CLAIM_LEASE, MAX_CLOCK_SKEW);
        let mut claimed = Vec::new();
        for (step, claim) in steps.iter().zip(claims.await?) {
            match claim {
                Ok(claim) if self.is_claimed(step, claim) => claimed.push(step),
                Ok(_) => {}
                Err(error) if error.passing() => return Err(error),
                Err(error) => self.report_refusal(&step.tick.name, &error.to_string()),
            }
        }
        if begun.elapsed() > CLAIM_LEASE / 2 {
            // Too slow: the claims could expire before the tasks are enqueued, so claim again.
            return Ok(());
        }
        let (fires, tasks): (Vec<&Step>, Vec<NewTask>) = claimed
            .iter()
            .filter_map(|step| Some((*step, self.task(step)?)))
            .unzip();
        let now = (self.clock)();
        for step in &claimed {
            self.commit_to_missed(step, now);
        }
        // The tasks may have been enqueued already, by a scheduler that died or whose answer was lost. Their
        // receipts tell, even if they have been processed and deleted since.
        let mut submission = self.broker.shared_submission(&tasks, now);
        self.broker.submit(&mut submission).await;
        let outcomes = submission.into_outcomes();
        let now = (self.clock)();
        let mut lost = None;
        for ((step, task), outcome) in fires.into_iter().zip(&tasks).zip(outcomes) {
            match outcome {
                Err(error) if error.passing() => lost = Some(error),
                outcome => {
                    let outcome = self.report_enqueue(step, task, outcome, now);
                    self.record(step, outcome, now);
                }
            }
        }
        for step in claimed {
            if let Due::Skip { first, last } = step.due {
                let name = step.tick.name.clone();
                (self.reporter)(&ScheduleEvent::Skipped { name, first, last });
                self.record(step, TickOutcome::Skipped { first }, now);
            }
        }
        self.store_outcomes().await?;
        lost.map_or(Ok(()), Err)
    }

    /// Whether this scheduler has got the tick. If not, its schedule is updated or postponed.
    fn is_claimed(&mut self, step: &Step, claim: TickClaim) -> bool {
        let pause = match claim {
            TickClaim::Claimed => return true,
            TickClaim::Over(fired) => {
                if let Some(tracked) = self.schedules.get_mut(&step.tick.name) {
                    tracked.finish(fired);
                }
                return false;
            }
            // The schedules are read again at once. The pause counts if that changes nothing.
            TickClaim::Changed => {
                self.version = None;
                CLAIM_RETRY
            }
            TickClaim::Held(span) => span.min(CLAIM_RETRY),
            // The server's clock has been set back.
            TickClaim::Ahead(_) => {
                self.clock_read_at = Instant::now();
                CLAIM_RETRY
            }
        };
        if let Some(tracked) = self.schedules.get_mut(&step.tick.name) {
            tracked.postpone(pause);
        }
        false
    }

    /// Once the first of several missed ticks is fired, the others will be: `due` need not count them again.
    fn commit_to_missed(&mut self, step: &Step, now: DateTime<Utc>) {
        let fresh = now - GRACE;
        if let (Due::Fire(tick), Some(tracked)) =
            (step.due, self.schedules.get_mut(&step.tick.name))
            && tick <= fresh
        {
            let committed = &mut tracked.stored.progress.committed;
            *committed = (*committed).max(Some(fresh));
        }
    }

    fn task(&self, step: &Step) -> Option<NewTask> {
        let Due::Fire(tick) = step.due else {
            return None;
        };
        let tracked = self.schedules.get(&step.tick.name)?;
        Some(tracked.stored.schedule.as_ref().ok()?.task(tick))
    }

    /// Reports how enqueueing a task ended, and returns it for the history.
    fn report_enqueue(
        &self,
        step: &Step,
        task: &NewTask,
        outcome: Result<Enqueued, Error>,
        now: DateTime<Utc>,
    ) -> TickOutcome {
        let (name, queue) = (step.tick.name.clone(), task.options.queue.to_string());
        let task_id = task.id.to_string();
        match outcome {
            // The id is taken: the task was enqueued before, and has been changed since.
            Ok(_) | Err(Error::IdTaken { .. }) => {
                (self.reporter)(&ScheduleEvent::Fired {
                    name,
                    task_id: task_id.clone(),
                    queue: queue.clone(),
                    kind: task.kind.to_string(),
                    late: (now - step.tick.at).to_std().unwrap_or_default(),
                });
                TickOutcome::Enqueued { task_id, queue }
            }
            Err(Error::Duplicate { .. }) => {
                let queue_name = queue.clone();
                (self.reporter)(&ScheduleEvent::Duplicate {
                    name,
                    queue: queue_name,
                });
                TickOutcome::Duplicate { queue }
            }
            Err(error) => TickOutcome::Failed {
                error: error.to_string(),
            },
        }
    }

    /// Holds the outcome of a tick until [`Self::store_outcomes`].
    fn record(&mut self, step: &Step, outcome: TickOutcome, now: DateTime<Utc>) {
        if let TickOutcome::Failed { error } = &outcome {
            self.report_refusal(&step.tick.name, error);
        } else if let Some(tracked) = self.schedules.get_mut(&step.tick.name) {
            tracked.finish(step.tick.at);
        }
        let record = TickReport {
            tick: Some(step.tick.at),
            at: now,
            outcome,
            by: self.owner.clone(),
        };
        self.unstored.push((step.tick.name.clone(), record));
    }

    /// Postpones a schedule that Redis refuses, and reports the first refusal.
    fn report_refusal(&mut self, name: &str, error: &str) {
        let Some(tracked) = self.schedules.get_mut(name) else {
            return;
        };
        tracked.postpone(REFUSAL_RETRY);
        if !std::mem::replace(&mut tracked.is_refused, true) {
            let (name, error) = (name.to_owned(), error.to_owned());
            (self.reporter)(&ScheduleEvent::Refused { name, error });
        }
    }

    /// Stores the outcomes of ticks in Redis. Those that cannot be stored now are tried again in the next
    /// round; one that Redis refuses for good is missing from the history only.
    pub(super) async fn store_outcomes(&mut self) -> Result<(), Error> {
        if self.unstored.is_empty() {
            return Ok(());
        }
        let records = self.unstored.iter();
        let records: Vec<TickRecord> = records
            .map(|(name, record)| record.to_stored(name))
            .collect();
        let answers = self.broker.settle_ticks(&records, &self.owner).await?;
        let mut failure = None;
        let unstored = std::mem::take(&mut self.unstored);
        for ((name, record), answer) in unstored.into_iter().zip(answers) {
            match answer {
                Ok(()) => {
                    if let Some(event) = record.event() {
                        self.announcements.add_event(name, event);
                    }
                }
                Err(error) if error.passing() => {
                    self.unstored.push((name, record));
                    failure = Some(error);
                }
                Err(error) => self.report_refusal(&name, &error.to_string()),
            }
        }
        failure.map_or(Ok(()), Err)
    }
}
