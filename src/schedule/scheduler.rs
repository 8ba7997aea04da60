//! Fires schedules. Any number of schedulers do the same and need not know of each other.
//!
//! Each remembers all schedules and looks twice a second whether they have changed. What is due is
//! claimed, enqueued and settled, one tick of each schedule at a time. A scheduler that dies on the way
//! leaves a claim behind; when it ends, another does the tick again, under the same id.

mod fire;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;

use super::asynq;
use super::due::{Due, due};
use super::event::{Event, Reporter};
use super::stored::{self, Record, Stored};
use crate::backoff::{Backoff, Outage};
use crate::broker::{Broker, EnqueueEvent, Error};
use crate::clock;
use fire::AHEAD;

/// How often schedules are looked at for changes.
const LOOK: Duration = Duration::from_millis(500);

/// How often it is looked for the first schedule: most workers never have one.
const FIRST: Duration = Duration::from_secs(2);

/// Pauses between tries while Redis is away.
const AWAY: Backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(1));

/// How often the schedules are announced to Asynq's tools, and for how long.
const ANNOUNCE: Duration = Duration::from_secs(10);
const ANNOUNCED: Duration = Duration::from_secs(25);

/// When to look again for a tick of a schedule that has none within years.
const NEVER: TimeDelta = TimeDelta::days(1);

/// All schedulers announce the same, so they do it under one name.
pub const ANNOUNCER: &str = "qctl";

/// Says what time it is.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// Fires stored schedules.
pub struct Scheduler {
    broker: Broker,
    owner: String,
    reporter: Reporter,
    clock: Clock,
    entries: BTreeMap<String, Entry>,
    /// Of the schedules that `entries` holds; `None` = they are to be read.
    version: Option<String>,
    look_at: Instant,
    announce_at: Instant,
    announced: Announced,
    /// Enqueued, but not noted yet: Redis went away in between.
    unsettled: Vec<(String, Record)>,
    /// Noted, but not told to Asynq's tools yet.
    untold: Vec<(String, EnqueueEvent)>,
    /// Which of the schedules that are due it begins with: a number of its own.
    share: usize,
    outage: Outage,
    clock_ahead: bool,
}

/// What came of the last announcement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Announced {
    Nothing,
    Entries,
    Refused,
}

/// A schedule as a scheduler remembers it.
struct Entry {
    stored: Stored,
    /// Not to be looked at before.
    rests_until: Option<Instant>,
    refused: bool,
    /// The next tick, as far as it is known: to look for it again and again takes time.
    waits_for: Cell<Option<DateTime<Utc>>>,
}

impl Scheduler {
    /// A scheduler that calls itself `owner` and tells `reporter` what happens.
    pub fn new(broker: Broker, owner: &str, reporter: Reporter) -> Self {
        let now = Instant::now();
        Self {
            broker,
            owner: format!("{owner}:{}", uuid::Uuid::new_v4()),
            reporter,
            clock: Arc::new(clock::now),
            entries: BTreeMap::new(),
            version: None,
            look_at: now,
            announce_at: now,
            announced: Announced::Nothing,
            unsettled: Vec::new(),
            untold: Vec::new(),
            share: fastrand::usize(..),
            outage: Outage::default(),
            clock_ahead: false,
        }
    }

    /// The same by another clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Fires until `stop`. What was begun is finished.
    pub async fn run(mut self, stop: impl Future<Output = ()>) {
        tokio::pin!(stop);
        let mut backoff = AWAY;
        loop {
            let pause = match self.round().await {
                Ok(pause) => {
                    backoff.reset();
                    if self.outage.ends() {
                        (self.reporter)(&Event::Better);
                    }
                    pause
                }
                Err(error) => {
                    if self.outage.begins() {
                        (self.reporter)(&Event::Trouble(error.to_string()));
                    }
                    backoff.next()
                }
            };
            tokio::select! {
                biased;
                () = &mut stop => return,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Does what is to be done now. Returns how long nothing is.
    async fn round(&mut self) -> Result<Duration, Error> {
        self.settle().await?;
        if Instant::now() >= self.look_at || self.version.is_none() {
            self.look().await?;
        }
        while self.fire().await? {
            if self.version.is_none() || Instant::now() >= self.look_at {
                return Ok(Duration::ZERO);
            }
        }
        self.tell().await;
        if Instant::now() >= self.announce_at {
            self.announce().await?;
        }
        Ok(self.pause())
    }

    /// Reads the schedules again if somebody has changed one.
    async fn look(&mut self) -> Result<(), Error> {
        let version = self.broker.schedules_version().await?;
        self.look_at = Instant::now() + if version.is_empty() { FIRST } else { LOOK };
        if self.version.as_ref() == Some(&version) {
            return Ok(());
        }
        let all = stored::all(&self.broker).await?;
        let mut before = std::mem::take(&mut self.entries);
        if version.is_empty() && !before.is_empty() {
            (self.reporter)(&Event::Lost);
        }
        let now = (self.clock)();
        for mut stored in all {
            let fired = &mut stored.progress.fired;
            // No tick so far ahead is fired: some clock was wrong then.
            *fired = fired.map(|fired| if fired > now + AHEAD { now } else { fired });
            let known = before.remove(&stored.name);
            let known = known.filter(|known| known.stored.revision == stored.revision);
            if let (None, Err(error)) = (&known, &stored.schedule) {
                let (name, error) = (stored.name.clone(), error.clone());
                (self.reporter)(&Event::Unreadable { name, error });
            }
            let mut entry = Entry {
                stored,
                rests_until: None,
                refused: false,
                waits_for: Cell::new(None),
            };
            if let Some(known) = known {
                // What was done here may be settled a moment later there.
                let fired = known.stored.progress.fired;
                entry.stored.progress.fired = fired.max(entry.stored.progress.fired);
                entry.rests_until = known.rests_until;
                entry.refused = known.refused;
            }
            self.entries.insert(entry.stored.name.clone(), entry);
        }
        // The version was read first: a change in between is seen by the next look.
        self.version = Some(version);
        self.announce_at = Instant::now();
        Ok(())
    }

    /// Shows the schedules to Asynq's tools.
    async fn announce(&mut self) -> Result<(), Error> {
        let entries: Vec<_> = self
            .entries
            .values()
            .filter(|entry| !entry.stored.paused)
            .filter_map(|entry| {
                let schedule = entry.stored.schedule.as_ref().ok()?;
                let fired = entry.stored.progress.fired;
                Some(asynq::entry(schedule, fired, entry.stored.next()))
            })
            .collect();
        self.announce_at = Instant::now() + ANNOUNCE;
        if entries.is_empty() && self.announced == Announced::Nothing {
            return Ok(());
        }
        let now = (self.clock)();
        let announced = self
            .broker
            .announce_entries(ANNOUNCER, &entries, ANNOUNCED, now);
        self.announced = match announced.await {
            Ok(()) if entries.is_empty() => Announced::Nothing,
            Ok(()) => Announced::Entries,
            Err(error) if error.passing() => return Err(error),
            // That keeps nothing from being fired.
            Err(error) => {
                if self.announced != Announced::Refused {
                    (self.reporter)(&Event::Unannounced(error.to_string()));
                }
                Announced::Refused
            }
        };
        Ok(())
    }

    /// Until the next tick, the next look, or the end of a rest.
    fn pause(&self) -> Duration {
        if self.version.is_none() {
            return Duration::ZERO;
        }
        let (now, instant) = ((self.clock)(), Instant::now());
        let look = self.look_at.saturating_duration_since(instant);
        let waits = self.entries.values().filter_map(|entry| {
            let rest = entry
                .rests_until
                .map(|until| until.saturating_duration_since(instant));
            let rest = rest.unwrap_or_default();
            let wait = match entry.due(now)? {
                Due::Wait(tick) => (tick - now).to_std().unwrap_or_default(),
                Due::Fire(_) | Due::Skip { .. } => Duration::ZERO,
                Due::Never => return None,
            };
            Some(wait.max(rest))
        });
        waits.min().map_or(look, |wait| wait.min(look))
    }
}

impl Entry {
    /// What is due, unless it does not fire.
    fn due(&self, now: DateTime<Utc>) -> Option<Due> {
        let schedule = self.stored.schedule.as_ref().ok()?;
        if self.stored.paused {
            return None;
        }
        if let Some(tick) = self.waits_for.get().filter(|tick| *tick > now) {
            return Some(Due::Wait(tick));
        }
        let due = match due(schedule, self.stored.progress, now) {
            // It will be looked for again: some day there may be one.
            Due::Never => Due::Wait(now + NEVER),
            due => due,
        };
        if let Due::Wait(tick) = due {
            self.waits_for.set(Some(tick));
        }
        Some(due)
    }

    /// Ticks up to this one are over.
    fn over(&mut self, tick: DateTime<Utc>) {
        self.stored.progress.fired = Some(tick);
        self.waits_for.set(None);
        self.refused = false;
    }
}
