//! A schedule in the memory of a scheduler.

use std::cell::Cell;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;

use crate::broker::SchedulerEntry;
use crate::schedule::asynq;
use crate::schedule::due::{Due, due};
use crate::schedule::stored::Stored;

/// When to search again for a tick of a schedule that has none within years.
const SEARCH_AGAIN: TimeDelta = TimeDelta::days(1);

pub(super) struct Tracked {
    pub(super) stored: Stored,
    /// No step before this instant: another scheduler holds the tick, or Redis refused it.
    pub(super) postponed_until: Option<Instant>,
    /// A refusal of the current tick has been reported.
    pub(super) is_refused: bool,
    /// The next tick, once it has been found: searching for it takes time.
    next_tick: Cell<Option<DateTime<Utc>>>,
}

impl Tracked {
    /// `known` is what the scheduler held of the same revision.
    pub(super) fn new(mut stored: Stored, known: Option<&Self>) -> Self {
        // This scheduler may have fired a tick whose outcome another has not stored yet.
        let fired = known.and_then(|known| known.stored.progress.fired);
        stored.progress.fired = fired.max(stored.progress.fired);
        Self {
            stored,
            postponed_until: known.and_then(|known| known.postponed_until),
            is_refused: known.is_some_and(|known| known.is_refused),
            next_tick: Cell::new(None),
        }
    }

    /// What is due; `None` if the schedule is paused or unreadable.
    pub(super) fn due(&self, now: DateTime<Utc>) -> Option<Due> {
        let schedule = self.stored.schedule.as_ref().ok()?;
        if self.stored.paused {
            return None;
        }
        if let Some(tick) = self.next_tick.get().filter(|tick| *tick > now) {
            return Some(Due::Wait(tick));
        }
        let due = match due(schedule, self.stored.progress, now) {
            Due::Never => Due::Wait(now + SEARCH_AGAIN),
            due => due,
        };
        if let Due::Wait(tick) = due {
            self.next_tick.set(Some(tick));
        }
        Some(due)
    }

    /// What Asynq's tools are shown; `None` if the schedule does not fire.
    pub(super) fn announced(&self) -> Option<SchedulerEntry> {
        let schedule = self.stored.schedule.as_ref().ok()?;
        let fired = self.stored.progress.fired;
        (!self.stored.paused).then(|| asynq::entry(schedule, fired, self.stored.next()))
    }

    pub(super) fn time_to_next_step(
        &self,
        now: DateTime<Utc>,
        instant: Instant,
    ) -> Option<Duration> {
        let postponed = self
            .postponed_until
            .map(|until| until.saturating_duration_since(instant));
        let wait = match self.due(now)? {
            Due::Wait(tick) => (tick - now).to_std().unwrap_or_default(),
            Due::Fire(_) | Due::Skip { .. } => Duration::ZERO,
            Due::Never => return None,
        };
        Some(wait.max(postponed.unwrap_or_default()))
    }

    pub(super) fn postpone(&mut self, span: Duration) {
        self.postponed_until = Some(Instant::now() + span);
    }

    /// This tick and those before it are done.
    pub(super) fn finish(&mut self, tick: DateTime<Utc>) {
        self.stored.progress.fired = Some(tick);
        self.next_tick.set(None);
        self.is_refused = false;
    }
}
