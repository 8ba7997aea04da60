//! Makes the stored schedules equal to those of a file.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::changed_by::Stamp;
use super::entry::Schedule;
use super::form::{BadSchedule, Form};
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
    /// What is written.
    pub form: Form,
    /// Where: `qctl.toml:12`.
    pub place: Option<String>,
}

/// All that is wrong with the schedules of a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.0.iter().map(|bad| format!("{bad}; {}", bad.hint)).collect::<Vec<_>>().join("; "))]
pub struct BadSchedules(pub Vec<BadSchedule>);

/// Checks the schedules of a file, all of them. Names must be unique.
pub fn check(written: &[Written], now: DateTime<Utc>) -> Result<Vec<Wanted>, BadSchedules> {
    let mut places = BTreeMap::new();
    let (mut wanted, mut bad) = (Vec::with_capacity(written.len()), Vec::new());
    for Written { form, place } in written {
        match form.check(now) {
            Ok(schedule) => {
                let name = schedule.name.to_string();
                if let Some(first) = places.insert(name.clone(), place) {
                    let first = first.as_deref().unwrap_or("another place");
                    bad.push(BadSchedule {
                        place: place.clone(),
                        name,
                        what: format!("its name is also used at {first}"),
                        hint: "give each schedule a name of its own".to_owned(),
                    });
                }
                wanted.push(Wanted {
                    schedule,
                    paused: form.paused,
                });
            }
            Err(mistake) => bad.push(BadSchedule {
                place: place.clone(),
                ..mistake
            }),
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
