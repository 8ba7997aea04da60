//! Changes the tasks that were counted, step by step.
//!
//! Each step is one short script, and leaves the queue in order for servers and readers. Only tasks that were counted
//! are changed, whatever arrives meanwhile; those that have moved are skipped.

use std::collections::VecDeque;
use std::num::NonZeroU32;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::time::Instant;

use super::audit::{Counts, Ending, Record};
use super::cancel::Cancel;
use super::edit::Edit;
use super::edits::{EditStep, Edited, Edits};
use super::pace::Pace;
use super::part::Part;
use super::resends::{Outage, Resends};
use super::step::{Step, note_page, note_refused};
use super::{Error, Judged, Options, Outcome};
use crate::broker::records::FoundTask;
use crate::broker::{self, Broker, ById, Pages};
use crate::task::transition::Action;

/// Tasks changed by id in one step.
const BY_ID: usize = 100;

/// A change that is ready to start, or under way.
#[derive(Debug)]
pub struct Plan {
    broker: Broker,
    options: Options,
    /// What to change, for [`Action::Edit`].
    edit: Option<Edit>,
    parts: VecDeque<Part>,
    /// The pass through the container of the first part, and the tasks changed in it.
    pass: Option<(Pages, u64)>,
    /// The step that changes tasks by id, until it is done.
    by_id: Option<ById>,
    /// The step of edits under way.
    edits: Option<EditStep>,
    /// The cancellation of the next task was published, and the answer lost.
    asked: bool,
    outage: Option<Outage>,
    outcome: Outcome,
    sample: Vec<FoundTask>,
    judged: Judged,
    total: u64,
    /// Archived tasks that will be deleted, because an archive overflows.
    trims: u64,
    pace: Option<Pace>,
    /// Its record in the audit stream; `None` for a dry run.
    record: Option<Record>,
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
            edit: None,
            parts: parts.into(),
            pass: None,
            by_id: None,
            edits: None,
            asked: false,
            outage: None,
            outcome,
            sample: Vec::new(),
            judged: Judged::default(),
            total,
            trims: 0,
            pace: None,
            record: None,
        }
    }

    pub(super) fn recorded_by(self, record: Record) -> Self {
        let changes = !self.options.dry_run;
        Self {
            record: changes.then_some(record),
            ..self
        }
    }

    pub(super) fn with_sample(self, sample: Vec<FoundTask>, judged: Judged) -> Self {
        Self {
            sample,
            judged,
            ..self
        }
    }

    pub(super) fn with_edit(self, edit: Option<Edit>) -> Self {
        Self { edit, ..self }
    }

    pub(super) fn with_trims(self, trims: u64) -> Self {
        Self { trims, ..self }
    }

    /// Archived tasks that will be deleted to make room, if that is allowed.
    pub const fn trims(&self) -> u64 {
        self.trims
    }

    /// Changes at most this many tasks per second from now on.
    pub const fn set_rate(&mut self, rate: Option<NonZeroU32>) {
        self.options.rate = rate;
        self.pace = None;
    }

    /// Starts to measure the rate anew after a pause, which is not made up for.
    pub const fn rest(&mut self) {
        self.pace = None;
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

    /// How long to wait before the next step: to stay below the rate, or because Redis does not answer.
    pub fn delay(&self) -> Duration {
        if let Some(outage) = &self.outage {
            return outage.next_at.saturating_duration_since(Instant::now());
        }
        let (Some(rate), Some(pace)) = (self.options.rate, self.pace) else {
            return Duration::ZERO;
        };
        let due = Duration::from_secs(self.outcome.done() - pace.before) / rate.get();
        due.saturating_sub(pace.since.elapsed())
    }

    /// The error after which the last step is repeated, if Redis does not answer at the moment.
    pub fn outage(&self) -> Option<&Error> {
        self.outage.as_ref().map(|outage| &outage.error)
    }

    /// Waits for [`Plan::delay`], then changes the next tasks. Returns `None` when all are done. While Redis does not
    /// answer, returns steps without tasks, until [`Options::resend_limit`] has passed.
    ///
    /// The future may be dropped while it waits. If it is dropped later, and no other step follows, the tasks of one step
    /// may be changed without being counted.
    ///
    /// # Errors
    /// Those of Redis. What was done before stands in the outcome, and the step may be repeated.
    pub async fn step(&mut self, now: DateTime<Utc>) -> Result<Option<Step>, Error> {
        // Even a sleep of zero takes a tick of the timer.
        let delay = self.delay();
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        self.pace.get_or_insert_with(|| Pace {
            since: Instant::now(),
            before: self.outcome.done(),
        });
        let step = self.next_step(now).await;
        match &step {
            Ok(Some(_)) => self.note_counts(),
            Ok(None) => self.end_record(Ending::Done).await,
            Err(_) => self.end_record(Ending::Failed).await,
        }
        step
    }

    /// Ends the change before all tasks are changed, so that the audit stream says so.
    pub async fn stop(&mut self) {
        if self.outage.is_none() {
            self.end_record(Ending::Interrupted).await;
        }
    }

    fn note_counts(&mut self) {
        if let Some(record) = &mut self.record {
            record.counts = Some(Counts {
                changed: self.outcome.done(),
                failed: self.outcome.failed,
            });
        }
    }

    async fn end_record(&mut self, ending: Ending) {
        self.note_counts();
        if let Some(record) = &mut self.record {
            record.end(ending).await;
        }
    }

    async fn next_step(&mut self, now: DateTime<Utc>) -> Result<Option<Step>, Error> {
        if let Some(record) = self.record.as_mut().filter(|_| !self.parts.is_empty())
            && let Err(error) = record.begin().await
        {
            return self.put_off(error).map(Some);
        }
        loop {
            let step = match self.parts.front() {
                None => return Ok(None),
                Some(Part::Pages { .. }) => self.change_page(now).await,
                Some(Part::Ids { .. }) => self.change_ids(now).await,
            };
            self.outcome.unconfirmed = self.unanswered();
            match step {
                Ok(None) => {
                    self.parts.pop_front();
                    self.pass = None;
                }
                Ok(step) => {
                    self.outage = None;
                    return Ok(step);
                }
                Err(error) => return self.put_off(error).map(Some),
            }
        }
    }

    /// The tasks of a step without an answer: they may have been changed.
    fn unanswered(&self) -> u64 {
        let pages = self.pass.as_ref().map(|(pages, _)| pages.unanswered());
        let by_id = self.by_id.as_ref().map(ById::unanswered);
        let edits = self.edits.as_ref().map(EditStep::unanswered);
        pages.or(by_id).or(edits).unwrap_or(0) + u64::from(self.asked)
    }

    /// Decides when to repeat the step. Returns the error if that would not help, or the limit has passed.
    fn put_off(&mut self, error: Error) -> Result<Step, Error> {
        let outage = self.outage.take();
        let (Some(part), Error::Broker(cause)) = (self.parts.front(), &error) else {
            return Err(error);
        };
        let passing = match cause {
            broker::Error::Unreachable { .. } | broker::Error::NotReady { .. } => true,
            // A server that comes back may refuse writes for a moment.
            cause => outage.is_some() && cause.passing(),
        };
        let mut resends = match outage {
            Some(outage) => outage.resends,
            None => Resends::within(self.options.resend_limit),
        };
        let Some(pause) = resends.next().filter(|_| passing) else {
            return Err(error);
        };
        self.outage = Some(Outage {
            error,
            resends,
            next_at: Instant::now() + pause,
        });
        Ok(Step {
            seen: 0,
            queue: part.queue().clone(),
            changed: 0,
            ids: Vec::new(),
        })
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
        if ids.is_empty() && self.by_id.is_none() {
            return Ok(None);
        }
        let (applied, ended) = if let Some(to) = self.outcome.action.as_move() {
            let change = self.by_id.get_or_insert_with(|| {
                let some = ids.drain(..ids.len().min(limit)).collect();
                self.broker.by_id(queue, to, some, self.options.dry_run)
            });
            let ended = change.run(now).await;
            let applied = change.take_applied();
            if ended.is_ok() {
                self.by_id = None;
            }
            (Edited::from(applied), ended)
        } else if let Some(edit) = &self.edit {
            let (broker, dry_run) = (&self.broker, self.options.dry_run);
            let edits = Edits::new(broker, edit, dry_run, &mut self.edits);
            edits.run((queue, ids), limit).await
        } else {
            let cancel = Cancel {
                broker: &self.broker,
                dry_run: self.options.dry_run,
                asked: &mut self.asked,
                outcome: &mut self.outcome,
            };
            let (applied, ended) = cancel.run((queue, ids), limit, now).await;
            (Edited::from(applied), ended)
        };
        let seen = applied.changed.len() + applied.unchanged.len() + applied.refused.len();
        if seen == 0 {
            // What was done before the error is a step of its own.
            ended?;
        }
        note_refused(applied.refused, (queue, *named), &mut self.outcome);
        self.outcome.unchanged += applied.unchanged.len() as u64;
        if self.outcome.action != Action::Cancel || self.options.dry_run {
            self.outcome.add_changed(applied.changed.len() as u64);
        }
        Ok(Some(Step {
            seen: seen as u64,
            queue: queue.clone(),
            changed: applied.changed.len() as u64,
            ids: applied.changed,
        }))
    }
}
