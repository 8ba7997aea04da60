//! Adds a schedule, or replaces one.

use chrono::{DateTime, Utc};

use super::find::known;
use crate::broker::{Broker, SchedulePlaced};
use crate::document::schedule_change::{Placed, ScheduleStored};
use crate::inspector::Inspector;
use crate::inspector::audit::{Counted, Counts, Operation, Target};
use crate::inspector::error::Error;
use crate::schedule::changed_by::{ChangedBy, Stamp};
use crate::schedule::entry::Schedule;
use crate::schedule::form::Form;
use crate::schedule::stored::{self, Replace, Stored};
use crate::schedule::sync::{self, StepKind, Wanted};

/// How a schedule is added.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AddOptions<'a> {
    /// Who adds it.
    pub by: &'a ChangedBy,
    /// Replace another schedule of the name.
    pub replace: bool,
    /// Change nothing.
    pub dry_run: bool,
}

/// A schedule that was added, or would be.
#[derive(Debug)]
pub(crate) struct Added {
    pub stored: ScheduleStored,
    /// Who stored the schedule that was replaced.
    pub replaced: Option<ChangedBy>,
}

impl Inspector {
    /// Stores a schedule. Storing the same one again changes nothing.
    ///
    /// # Errors
    /// [`Error::ScheduleTaken`] if another schedule has the name and is not to be replaced.
    pub(crate) async fn add_schedule(
        &self,
        wanted: &Wanted,
        options: AddOptions<'_>,
        now: DateTime<Utc>,
    ) -> Result<Added, Error> {
        if options.dry_run {
            return place(self.broker().clone(), wanted, options, now).await;
        }
        let target = Target::schedules([wanted.schedule.name.as_str()]);
        let add = |broker| place(broker, wanted, options, now);
        self.change(Operation::AddSchedule, target, add).await
    }
}

impl Counted for Added {
    fn counts(&self) -> Counts {
        let changed = match self.stored.outcome {
            Placed::Added | Placed::Replaced => 1,
            Placed::Unchanged => 0,
        };
        Counts { changed, failed: 0 }
    }
}

async fn place(
    broker: Broker,
    wanted: &Wanted,
    options: AddOptions<'_>,
    now: DateTime<Utc>,
) -> Result<Added, Error> {
    let (broker, schedule) = (&broker, &wanted.schedule);
    let before = known(broker, schedule.name.as_str()).await?;
    let differing = differing_keys(wanted, before.as_ref());
    let placed = if options.dry_run {
        preview(before.is_some(), differing.is_some(), options.replace)
    } else {
        let replace = if options.replace {
            Replace::Yes
        } else {
            Replace::No
        };
        let stamp = Stamp {
            by: options.by,
            now: broker.server_time().await?,
        };
        stored::put(broker, schedule, wanted.paused, replace, stamp).await?
    };
    let placed = match placed {
        SchedulePlaced::Added => Placed::Added,
        SchedulePlaced::Replaced => Placed::Replaced,
        SchedulePlaced::Unchanged => Placed::Unchanged,
        SchedulePlaced::Taken => {
            return Err(Error::ScheduleTaken {
                name: schedule.name.to_string(),
                keys: differing.unwrap_or_default(),
            });
        }
    };
    let replaced = before.as_ref().filter(|_| placed == Placed::Replaced);
    let replaced = replaced.and_then(|before| before.changed_by.clone());
    let after = if options.dry_run {
        before
    } else {
        known(broker, schedule.name.as_str()).await?
    };
    let stored = ScheduleStored {
        outcome: placed,
        dry_run: options.dry_run,
        ..describe(wanted, after, now)
    };
    Ok(Added { stored, replaced })
}

/// Checks a schedule like one from a file. The result is what will be read back from Redis.
///
/// # Errors
/// [`Error::Spec`] if an option is invalid, or two do not go together.
pub(crate) fn checked(schedule: &Schedule, now: DateTime<Utc>) -> Result<Schedule, Error> {
    Form::from(schedule).check(now).map_err(Error::Spec)
}

/// The keys in which the stored schedule of the same name differs; `None` if there is none, or it is the same.
fn differing_keys(wanted: &Wanted, before: Option<&Stored>) -> Option<Vec<String>> {
    let stored = before.map_or(&[][..], std::slice::from_ref);
    let changes = sync::compare(std::slice::from_ref(wanted), stored, |_| false);
    changes.iter().find_map(|change| match &change.kind {
        StepKind::Replace { keys, .. } => Some(keys.iter().map(|key| key.key.clone()).collect()),
        StepKind::Add(_) | StepKind::Remove | StepKind::Keep => None,
    })
}

fn preview(exists: bool, differs: bool, replace: bool) -> SchedulePlaced {
    match (exists, differs) {
        (false, _) => SchedulePlaced::Added,
        (true, false) => SchedulePlaced::Unchanged,
        (true, true) if replace => SchedulePlaced::Replaced,
        (true, true) => SchedulePlaced::Taken,
    }
}

/// The document of a schedule; `after` is what is stored under its name now.
fn describe(wanted: &Wanted, after: Option<Stored>, now: DateTime<Utc>) -> ScheduleStored {
    // @every counts from a time that is stored, unless the spec has changed.
    let same = after.filter(|stored| {
        let other = |known: &Schedule| known.spec != wanted.schedule.spec;
        !stored.schedule.as_ref().is_ok_and(other)
    });
    let anchor = same.as_ref().map_or(now, |stored| stored.progress.since);
    let paused = wanted.paused.unwrap_or(false) || same.is_some_and(|stored| stored.paused);
    ScheduleStored::new(&wanted.schedule, paused, anchor, now)
}
