//! Fires schedules. Any number of schedulers may run; they need not know of each other.
//!
//! Each scheduler holds all schedules in memory and checks twice a second whether they have changed. It
//! claims the ticks that are due, enqueues their tasks and stores the outcomes, one tick of each schedule
//! at a time. If a scheduler dies on the way, its claim expires, and another repeats the tick under the
//! same task id.

mod announcements;
mod fire;
mod tracked;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::time::Instant;

use super::event::{Reporter, ScheduleEvent};
use super::stored::{self, TickReport};
use crate::backoff::{Backoff, Outage};
use crate::broker::{Broker, Error};
use announcements::Announcements;
use tracked::Tracked;

pub use announcements::ANNOUNCER;

/// How often a scheduler checks whether schedules have changed.
const CHANGE_CHECK: Duration = Duration::from_millis(500);

/// How often it checks while there are no schedules: most workers never have one.
const FIRST_SCHEDULE_CHECK: Duration = Duration::from_secs(2);

/// Pauses between attempts while Redis is unreachable.
const REDIS_BACKOFF: Backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(1));

/// How far a tick may be ahead of the Redis server's clock. One further ahead is not fired yet.
const MAX_CLOCK_SKEW: Duration = Duration::from_secs(5);

/// How often to read the Redis server's clock.
const CLOCK_READ: Duration = Duration::from_secs(10);

/// Returns the current time.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// Fires stored schedules.
pub struct Scheduler {
    broker: Broker,
    owner: String,
    reporter: Reporter,
    clock: Clock,
    schedules: BTreeMap<String, Tracked>,
    /// The version of `schedules`; `None` if they must be read again.
    version: Option<String>,
    check_at: Instant,
    announcements: Announcements,
    /// Outcomes that are not stored in Redis yet, by the names of their schedules.
    unstored: Vec<(String, TickReport)>,
    /// A random number: where in the list of due schedules this scheduler begins.
    rotation: usize,
    outage: Outage,
    /// When to read the Redis server's clock.
    clock_read_at: Instant,
}

impl Scheduler {
    /// A scheduler that claims ticks as `owner` and reports events to `reporter`. It goes by the Redis server's
    /// clock.
    pub fn new(broker: Broker, owner: &str, reporter: Reporter) -> Self {
        let redis_clock = broker.clone();
        Self {
            broker,
            owner: format!("{owner}:{}", uuid::Uuid::new_v4()),
            reporter,
            clock: Arc::new(move || redis_clock.now()),
            schedules: BTreeMap::new(),
            version: None,
            check_at: Instant::now(),
            announcements: Announcements::new(),
            unstored: Vec::new(),
            rotation: fastrand::usize(..),
            outage: Outage::default(),
            clock_read_at: Instant::now(),
        }
    }

    /// The same scheduler with another clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Fires until `stop` is ready, then finishes the round that it has begun.
    pub async fn run(mut self, stop: impl Future<Output = ()>) {
        tokio::pin!(stop);
        let mut backoff = REDIS_BACKOFF;
        loop {
            let pause = match self.round().await {
                Ok(pause) => {
                    backoff.reset();
                    if self.outage.ends() {
                        (self.reporter)(&ScheduleEvent::Better);
                    }
                    pause
                }
                Err(error) => {
                    if self.outage.begins() {
                        (self.reporter)(&ScheduleEvent::Trouble(error.to_string()));
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

    /// Does everything that is due now, and returns the time until something else is.
    async fn round(&mut self) -> Result<Duration, Error> {
        if Instant::now() >= self.clock_read_at {
            self.clock_read_at = Instant::now() + CLOCK_READ;
            self.broker.read_clock().await?;
        }
        self.store_outcomes().await?;
        if self.must_check() {
            self.reload_if_changed().await?;
        }
        while self.fire_due().await? {
            if self.must_check() {
                return Ok(Duration::ZERO);
            }
        }
        self.announcements.send_events(&self.broker).await;
        if Instant::now() >= self.announcements.entries_at {
            let entries = self.schedules.values().filter_map(Tracked::announced);
            let (entries, now) = (entries.collect::<Vec<_>>(), (self.clock)());
            let refusal = self.announcements.send_entries(&self.broker, &entries, now);
            if let Some(error) = refusal.await? {
                (self.reporter)(&ScheduleEvent::Unannounced(error.to_string()));
            }
        }
        Ok(self.time_to_next_round())
    }

    fn must_check(&self) -> bool {
        self.version.is_none() || Instant::now() >= self.check_at
    }

    /// Reads the schedules again if one has changed.
    async fn reload_if_changed(&mut self) -> Result<(), Error> {
        let version = self.broker.schedules_version().await?;
        let pause = if version.is_empty() {
            FIRST_SCHEDULE_CHECK
        } else {
            CHANGE_CHECK
        };
        self.check_at = Instant::now() + pause;
        if self.version.as_ref() == Some(&version) {
            return Ok(());
        }
        let all = stored::all(&self.broker).await?;
        let mut before = std::mem::take(&mut self.schedules);
        if version.is_empty() && !before.is_empty() {
            (self.reporter)(&ScheduleEvent::Lost);
        }
        let now = (self.clock)();
        for mut stored in all {
            let fired = &mut stored.progress.fired;
            // A clock was wrong then: no scheduler fires a tick so far ahead.
            *fired = fired.map(|fired| {
                if fired > now + MAX_CLOCK_SKEW {
                    now
                } else {
                    fired
                }
            });
            let known = before.remove(&stored.name);
            let known = known.filter(|known| known.stored.revision == stored.revision);
            if let (None, Err(error)) = (&known, &stored.schedule) {
                let (name, error) = (stored.name.clone(), error.clone());
                (self.reporter)(&ScheduleEvent::Unreadable { name, error });
            }
            let name = stored.name.clone();
            let tracked = Tracked::new(stored, known.as_ref());
            self.schedules.insert(name, tracked);
        }
        // The version was read first, so the next check sees a change that was made in between.
        self.version = Some(version);
        self.announcements.changed();
        Ok(())
    }

    /// Until the next tick, the next check for changes, or the end of a postponement.
    fn time_to_next_round(&self) -> Duration {
        if self.version.is_none() {
            return Duration::ZERO;
        }
        let (now, instant) = ((self.clock)(), Instant::now());
        let check = self.check_at.saturating_duration_since(instant);
        let waits = self.schedules.values();
        let waits = waits.filter_map(|tracked| tracked.time_to_next_step(now, instant));
        waits.min().map_or(check, |wait| wait.min(check))
    }
}
