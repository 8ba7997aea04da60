//! Entries that Go schedulers announce: by name, their next times, and the tasks that they have enqueued.

use chrono::{DateTime, TimeDelta, Utc};

use super::next::NextTicks;
use super::states::states;
use crate::broker::{self, Broker, SchedulerEntry};
use crate::document::schedule::is_entry;
use crate::document::tick::{AnnouncedEntry, HistoryDocument, NextDocument};
use crate::inspector::error::Error;
use crate::schedule::announced::AnnouncedOptions;
use crate::schedule::scheduler::ANNOUNCER;
use crate::schedule::spec::{Spec, Zone};
use crate::task::time::plausible;

/// An entry, and the scheduler that announces it.
#[derive(Debug, Clone)]
pub(super) struct Announced {
    pub scheduler_id: String,
    pub entry: SchedulerEntry,
}

/// The entry of this id, or the only one whose id begins with it.
pub(super) async fn find(
    broker: &Broker,
    name: &str,
    now: DateTime<Utc>,
) -> Result<Option<Announced>, Error> {
    let mut found = Vec::new();
    for scheduler in broker.schedulers(now).await? {
        let ours = scheduler.id == ANNOUNCER;
        for entry in scheduler.entries.into_iter().filter(|_| !ours) {
            if is_entry(&entry.id, name) {
                let scheduler_id = scheduler.id.clone();
                found.push(Announced {
                    scheduler_id,
                    entry,
                });
            }
        }
    }
    let only = found.len() == 1;
    Ok(found.into_iter().find(|one| only || one.entry.id == name))
}

impl Announced {
    /// The next times. The scheduler announces the first. The others follow from the spec if the scheduler uses UTC,
    /// its default; no other time zone is announced.
    pub(super) fn next_ticks(&self, limit: usize, now: DateTime<Utc>) -> NextTicks {
        let utc = Zone::utc();
        let first = self.entry.next_at.and_then(plausible);
        let spec = Spec::parse(&self.entry.spec).ok();
        let spec = spec.zip(first).and_then(|(spec, first)| {
            let before = first - TimeDelta::nanoseconds(1);
            let every = !spec.depends_on_zone() && spec.named_zone().is_none();
            (every || spec.next(before, &utc, first) == Some(first)).then_some(spec)
        });
        let zone = spec.as_ref().map_or(&utc, |spec| spec.zone_or(&utc));
        let next = |after: &DateTime<Utc>| spec.as_ref()?.next(*after, &utc, first?);
        let times = std::iter::successors(first, next).filter(|at| *at > now);
        NextTicks {
            ticks: times
                .take(if spec.is_some() { limit } else { 1 })
                .map(|at| NextDocument::new(Some(&self.entry.id), at, zone))
                .collect(),
            paused: false,
            zone_unknown: first.is_some() && spec.is_none(),
        }
    }
}

/// The tasks that an entry of a Go scheduler has enqueued, newest first. The entry may be gone.
pub(super) async fn history(
    broker: &Broker,
    name: &str,
    limit: usize,
    now: DateTime<Utc>,
) -> Result<Vec<HistoryDocument>, Error> {
    let found = find(broker, name, now).await?;
    let id = found.as_ref().map_or(name, |one| &one.entry.id);
    let events = broker.events(id, limit).await?;
    if found.is_none() && events.is_empty() {
        return Err(broker::Error::ScheduleNotFound(name.to_owned()).into());
    }
    let options = found
        .as_ref()
        .map(|one| AnnouncedOptions::read(&one.entry.options));
    let queue = options.map(|options| options.queue.unwrap_or_else(|| "default".to_owned()));
    let entry = AnnouncedEntry {
        id,
        scheduler_id: found.as_ref().map(|one| one.scheduler_id.as_str()),
        queue: queue.as_deref(),
    };
    let tasks = events
        .iter()
        .map(|event| Some((queue.as_deref()?, event.task_id.as_str())));
    let states = states(broker, &tasks.collect::<Vec<_>>()).await?;
    let shown = events.iter().zip(states);
    Ok(shown
        .filter_map(|(event, state)| HistoryDocument::announced(&entry, event.clone(), state))
        .collect())
}
