//! A schedule that was stored, and when it fires next.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::document;
use super::tick::NextDocument;
use crate::schedule::entry::Schedule;

document! {
    /// A schedule that was stored, and when it fires next.
    pub(crate) struct ScheduleStored {
        name: String,
        outcome: Placed,
        /// Nothing was changed: `outcome` is what would be done.
        dry_run: bool,
        spec: String,
        /// The spec in words.
        when: String,
        /// The zone in which the spec is read.
        tz: String,
        paused: bool,
        /// The next times at which it fires, or would fire if it were not paused.
        next: Vec<NextDocument>,
    }
    hidden {
        /// `when` does not name the zone.
        depends_on_zone: bool,
    }
}

/// The outcome of storing a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Placed {
    Added,
    Replaced,
    /// The same schedule was stored already.
    Unchanged,
}

/// Times in the document: enough to see the rhythm.
const MAX_TIMES: usize = 3;

impl ScheduleStored {
    /// An unchanged schedule at `now`; `@every` counts from `anchor`.
    pub(crate) fn new(
        schedule: &Schedule,
        paused: bool,
        anchor: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Self {
        let tz = schedule.spec.zone_or(&schedule.zone);
        let times = std::iter::successors(schedule.next(now.max(anchor), anchor), |at| {
            schedule.next(*at, anchor)
        });
        let name = schedule.name.as_str();
        Self {
            name: name.to_owned(),
            outcome: Placed::Unchanged,
            dry_run: false,
            spec: schedule.spec.as_str().to_owned(),
            when: schedule.spec.words(),
            paused,
            next: times
                .take(MAX_TIMES)
                .map(|at| NextDocument::new(Some(name), at, tz))
                .collect(),
            tz: tz.to_string(),
            depends_on_zone: schedule.spec.depends_on_zone(),
        }
    }
}
