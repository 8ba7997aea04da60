//! What a scheduler shows to Asynq's tools: an entry for each schedule, and an event for each task that was
//! enqueued. Firing depends on neither.

use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::future::join_all;
use tokio::time::Instant;

use crate::broker::{Broker, EnqueueEvent, Error, SchedulerEntry};

/// All schedulers announce the same entries, so they do it under one name.
pub const ANNOUNCER: &str = "qctl";

/// How often the entries are announced.
const INTERVAL: Duration = Duration::from_secs(10);

/// How long Asynq's tools show an entry that is not announced again.
const LIFETIME: Duration = Duration::from_secs(25);

pub(super) struct Announcements {
    /// When to announce the entries next.
    pub(super) entries_at: Instant,
    /// Whether they have changed since this scheduler announced them.
    changed: bool,
    entries: LastEntries,
    /// By the names of their schedules.
    events: Vec<(String, EnqueueEvent)>,
}

/// How the last announcement of the entries ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LastEntries {
    None,
    Sent,
    Refused,
}

impl Announcements {
    pub(super) fn new() -> Self {
        Self {
            entries_at: Instant::now(),
            changed: true,
            entries: LastEntries::None,
            events: Vec::new(),
        }
    }

    /// The entries have changed, and are to be announced at once.
    pub(super) fn changed(&mut self) {
        self.entries_at = Instant::now();
        self.changed = true;
    }

    /// Announces the schedules that fire, unless another scheduler has done so within the interval. Returns an error that a
    /// retry cannot help, the first time it occurs.
    pub(super) async fn send_entries(
        &mut self,
        broker: &Broker,
        entries: &[SchedulerEntry],
        now: DateTime<Utc>,
    ) -> Result<Option<Error>, Error> {
        self.entries_at = Instant::now() + INTERVAL;
        if entries.is_empty() && self.entries == LastEntries::None {
            return Ok(None);
        }
        let sent = async {
            let fresh = LIFETIME.saturating_sub(INTERVAL);
            if !self.changed && broker.entries_last(ANNOUNCER).await? > fresh {
                return Ok(());
            }
            let announced = broker.announce_entries(ANNOUNCER, entries, LIFETIME, now);
            announced.await
        };
        let sent = sent.await;
        self.changed &= sent.is_err();
        match sent {
            Ok(()) if entries.is_empty() => self.entries = LastEntries::None,
            Ok(()) => self.entries = LastEntries::Sent,
            Err(error) if error.passing() => return Err(error),
            Err(error) => {
                let last = std::mem::replace(&mut self.entries, LastEntries::Refused);
                return Ok((last != LastEntries::Refused).then_some(error));
            }
        }
        Ok(None)
    }

    pub(super) fn add_event(&mut self, name: String, event: EnqueueEvent) {
        self.events.push((name, event));
    }

    /// Records the events once; one that fails is dropped.
    pub(super) async fn send_events(&mut self, broker: &Broker) {
        let events = std::mem::take(&mut self.events).into_iter();
        let sent = events.map(async |(name, event)| {
            let now = event.enqueued_at.unwrap_or_default();
            broker.record_event(&name, &event, now).await
        });
        drop(join_all(sent).await);
    }
}
