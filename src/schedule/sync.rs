//! Makes the stored schedules equal to those of a file.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::changed_by::Stamp;
use super::entry::Schedule;
use super::form::{Form, Mistake};
use super::stored::{self, Replace, Stored};
use crate::broker::{Broker, Error};

/// A schedule of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    pub schedule: Schedule,
    /// `None` leaves a stored schedule paused or active, as it is.
    pub paused: Option<bool>,
}

/// What to do about one name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncStep {
    pub name: String,
    pub kind: StepKind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepKind {
    /// No schedule has the name.
    Add(Box<Wanted>),
    /// The stored schedule differs.
    Replace {
        wanted: Box<Wanted>,
        keys: Vec<Difference>,
    },
    /// The file does not have it.
    Remove,
    /// The stored schedule is the same.
    Keep,
}

/// A key that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// As files spell it.
    pub key: String,
    /// The value in Redis; `None` if it is not set.
    pub before: Option<Value>,
    /// The value in the file; `None` if it is not set.
    pub after: Option<Value>,
}

/// A schedule as a file has it.
#[derive(Debug, Clone, PartialEq)]
pub struct Written {
    pub form: Form,
    pub place: Place,
}

/// Where a schedule is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub file: String,
    pub line: usize,
    /// The keys of the schedule, as the file spells them, and their lines.
    pub keys: Vec<(String, usize)>,
}

impl Place {
    /// The line of the key, or of the schedule if it does not have the key.
    fn line_of(&self, key: Option<&str>) -> usize {
        let in_asynqs_files = match key {
            Some("spec") => Some("cronspec"),
            Some("type") => Some("task_type"),
            Some(_) | None => None,
        };
        let named = |(name, _): &&(String, usize)| {
            let name = Some(name.as_str());
            name == key || name == in_asynqs_files
        };
        self.keys.iter().find(named).map_or(self.line, |key| key.1)
    }
}

/// A schedule of a file with a mistake.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {what}")]
pub struct BadSchedule {
    pub file: String,
    pub line: usize,
    /// Begins with the name of the schedule, if the file has one: a derived name means nothing to people.
    pub what: String,
    pub hint: String,
}

/// All that is wrong with the schedules of a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.0.iter().map(|bad| format!("{bad}: {}", bad.hint)).collect::<Vec<_>>().join("; "))]
pub struct BadSchedules(pub Vec<BadSchedule>);

/// Checks the schedules of a file, all of them. Names must be unique.
pub fn check(written: &[Written], now: DateTime<Utc>) -> Result<Vec<Wanted>, BadSchedules> {
    let mut places: BTreeMap<String, &Place> = BTreeMap::new();
    let (mut wanted, mut bad) = (Vec::with_capacity(written.len()), Vec::new());
    for Written { form, place } in written {
        let mut report = |mistake: Mistake| {
            let name = form.name.as_ref();
            let prefix = name.map(|name| format!("schedule {name:?}: "));
            bad.push(BadSchedule {
                file: place.file.clone(),
                line: place.line_of(mistake.key),
                what: prefix.unwrap_or_default() + &mistake.what,
                hint: mistake.hint,
            });
        };
        if let Some(first) = places.get(&form.name()) {
            let line = first.line_of(Some("name"));
            let what = if form.name.is_some() {
                "its name is also used"
            } else {
                "a schedule without a name and with the same spec, type and payload is"
            };
            let what = format!("{what} at {}:{line}", first.file);
            let hint = "give each schedule a name of its own";
            report(Mistake::new(what, hint).about("name"));
        }
        places.entry(form.name()).or_insert(place);
        match form.check_all(now) {
            Ok(schedule) => wanted.push(Wanted {
                schedule,
                paused: form.paused,
            }),
            Err(mistakes) => mistakes.into_iter().for_each(report),
        }
    }
    if bad.is_empty() {
        return Ok(wanted);
    }
    Err(BadSchedules(bad))
}

/// Compares the schedules of a file with the stored ones. `prune` decides, by name, which stored schedules to
/// remove that the file does not have.
pub fn compare(
    wanted: &[Wanted],
    stored: &[Stored],
    prune: impl Fn(&str) -> bool,
) -> Vec<SyncStep> {
    let known: BTreeMap<&str, &Stored> = stored
        .iter()
        .map(|stored| (stored.name.as_str(), stored))
        .collect();
    let mut changes: Vec<SyncStep> = wanted
        .iter()
        .map(|wanted| SyncStep {
            name: wanted.schedule.name.to_string(),
            kind: known.get(wanted.schedule.name.as_str()).map_or_else(
                || StepKind::Add(Box::new(wanted.clone())),
                |stored| kind(wanted, stored),
            ),
        })
        .collect();
    let names: BTreeSet<&str> = wanted.iter().map(|w| w.schedule.name.as_str()).collect();
    let removed = stored.iter().map(|stored| stored.name.as_str());
    let removed = removed.filter(|name| !names.contains(name) && prune(name));
    changes.extend(removed.map(|name| SyncStep {
        name: name.to_owned(),
        kind: StepKind::Remove,
    }));
    changes
}

fn kind(wanted: &Wanted, stored: &Stored) -> StepKind {
    let keys = differences(wanted, stored);
    if keys.is_empty() {
        return StepKind::Keep;
    }
    StepKind::Replace {
        wanted: Box::new(wanted.clone()),
        keys,
    }
}

fn differences(wanted: &Wanted, stored: &Stored) -> Vec<Difference> {
    let written = |form: &Form| match serde_json::to_value(form) {
        Ok(Value::Object(keys)) => keys,
        Ok(_) | Err(_) => serde_json::Map::new(),
    };
    let after = written(&Form {
        paused: wanted.paused,
        ..Form::from(&wanted.schedule)
    });
    let mut before = stored
        .schedule
        .as_ref()
        .map(|schedule| written(&Form::from(schedule)))
        .unwrap_or_default();
    if wanted.paused.is_some() {
        before.insert("paused".to_owned(), Value::Bool(stored.paused));
    }
    let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let differences = keys.into_iter().map(|key| Difference {
        key: key.clone(),
        before: before.get(key).cloned(),
        after: after.get(key).cloned(),
    });
    differences
        .filter(|difference| difference.before != difference.after)
        .collect()
}

/// Makes one change.
pub async fn apply(broker: &Broker, change: &SyncStep, stamp: Stamp<'_>) -> Result<(), Error> {
    match &change.kind {
        StepKind::Add(wanted) | StepKind::Replace { wanted, .. } => {
            let Wanted { schedule, paused } = &**wanted;
            stored::put(broker, schedule, *paused, Replace::Yes, stamp).await?;
        }
        StepKind::Remove => {
            broker.remove_schedule(&change.name).await?;
        }
        StepKind::Keep => {}
    }
    Ok(())
}
