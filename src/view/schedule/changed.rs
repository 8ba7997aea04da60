//! What a command has done to schedules.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::columns::needs_zone;
use crate::broker::SchedulePlaced;
use crate::document::tick::NextDocument;
use crate::schedule::entry::Schedule;
use crate::view::{Page, Table, View};

/// A schedule that was stored, and when it is going to fire.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct SchedulePut {
    /// Its name.
    pub name: String,
    /// `added`, `replaced` or `unchanged`.
    pub outcome: &'static str,
    /// Nothing was changed; `outcome` says what would be.
    pub dry_run: bool,
    /// When, as it was written.
    pub spec: String,
    /// When, in words.
    pub when: String,
    /// The zone in which that is meant.
    pub tz: String,
    /// It does not fire.
    pub paused: bool,
    /// The next times at which it does, or would.
    pub next: Vec<NextDocument>,
}

/// Times that are shown: enough to see the rhythm.
const TIMES: usize = 3;

impl SchedulePut {
    /// A schedule that was stored at `now`; `anchor` is where `@every` counts from.
    pub(crate) fn new(
        schedule: &Schedule,
        placed: SchedulePlaced,
        paused: bool,
        (now, anchor): (DateTime<Utc>, DateTime<Utc>),
    ) -> Self {
        let tz = schedule.spec.zone_or(&schedule.zone);
        let times = std::iter::successors(schedule.next(now.max(anchor), anchor), |at| {
            schedule.next(*at, anchor)
        });
        let name = schedule.name.as_str();
        Self {
            name: name.to_owned(),
            outcome: match placed {
                SchedulePlaced::Added => "added",
                SchedulePlaced::Replaced => "replaced",
                SchedulePlaced::Unchanged | SchedulePlaced::Taken => "unchanged",
            },
            dry_run: false,
            spec: schedule.spec.as_str().to_owned(),
            when: schedule.spec.words(),
            paused,
            next: times
                .take(TIMES)
                .map(|at| NextDocument::new(Some(name), at, tz))
                .collect(),
            tz: tz.to_string(),
        }
    }
}

impl View for SchedulePut {
    fn page(&self) -> Page {
        let name = &self.name;
        let done = match (self.outcome, self.dry_run) {
            ("added", true) => format!("would add schedule {name}"),
            ("replaced", true) => format!("would replace schedule {name}"),
            ("unchanged", _) => format!("schedule {name} is unchanged"),
            (outcome, _) => format!("{outcome} schedule {name}"),
        };
        let zone = if needs_zone(&self.spec) {
            format!(", {}", self.tz)
        } else {
            String::new()
        };
        let columns = NextDocument::columns_for(&self.tz.parse().unwrap_or_default());
        let page = Page::new()
            .sentence(format!("{done}: {}{zone}", self.when))
            .table(Table::of(&columns, &self.next));
        if self.paused {
            page.note(format!("it is paused until: qctl cron resume {name}"))
        } else {
            page
        }
    }

    fn ids(&self) -> Vec<&str> {
        vec![&self.name]
    }
}
