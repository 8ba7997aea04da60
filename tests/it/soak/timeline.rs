//! What was done to processes and servers, and when: the only excuses that the referee accepts.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::Soak;

/// Seconds since the machine was started, as handlers write them. No wrong clock moves them.
pub(super) fn uptime() -> f64 {
    let text = std::fs::read_to_string("/proc/uptime").unwrap();
    text.split(' ').next().unwrap().parse().unwrap()
}

/// What an event may excuse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Excuse {
    Nothing,
    /// Attempts of this process were interrupted, or their outcomes are unknown.
    Killed(String),
    /// Attempts of this process were interrupted. Outcomes of others were written, unless servers were in trouble too.
    Interrupted(String),
    /// Nothing could be written. Leases that ended meanwhile are lost.
    Outage,
    /// What servers acknowledged may be lost, because Redis replicates after it answers.
    LostWrites,
}

#[derive(Debug, Clone)]
pub(super) struct Event {
    pub(super) what: &'static str,
    pub(super) from: f64,
    pub(super) until: f64,
    pub(super) excuse: Excuse,
}

impl Event {
    pub(super) fn seconds(&self) -> f64 {
        self.until - self.from
    }

    pub(super) fn touches(&self, from: f64, until: f64) -> bool {
        self.from <= until && self.until >= from
    }
}

#[derive(Default)]
pub(super) struct Timeline(Mutex<Vec<Event>>);

impl Timeline {
    /// Notes what is done meanwhile.
    pub(super) fn during<T>(
        &self,
        what: &'static str,
        excuse: Excuse,
        act: impl FnOnce() -> T,
    ) -> T {
        let from = uptime();
        let done = act();
        self.note(what, excuse, from);
        done
    }

    /// Notes what has gone on since then.
    pub(super) fn note(&self, what: &'static str, excuse: Excuse, from: f64) {
        let until = uptime();
        self.0.lock().unwrap().push(Event {
            what,
            from,
            until,
            excuse,
        });
    }

    pub(super) fn events(&self) -> Vec<Event> {
        self.0.lock().unwrap().clone()
    }

    /// When the last trouble ended.
    pub(super) fn end(&self) -> f64 {
        let events = self.events().into_iter();
        let troubles = events.filter(|event| event.excuse != Excuse::Nothing);
        troubles.map(|event| event.until).fold(0.0, f64::max)
    }

    /// How often each was done.
    pub(super) fn counts(&self) -> BTreeMap<&'static str, usize> {
        let mut counts = BTreeMap::new();
        for event in self.events() {
            *counts.entry(event.what).or_default() += 1;
        }
        counts
    }

    /// Notes when the machine itself is too busy to run anything: processes then are as good as stopped.
    pub(super) fn watch_machine(&self, soak: &Soak) {
        let tick = Duration::from_millis(100);
        loop {
            let (begun, from) = (Instant::now(), uptime());
            if !soak.goes_on(tick) {
                return;
            }
            if begun.elapsed() > tick + Duration::from_secs(1) {
                self.note("the machine was too busy", Excuse::Outage, from);
            }
        }
    }
}
