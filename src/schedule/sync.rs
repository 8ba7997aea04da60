//! Makes the stored schedules what a file says.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::changed_by::ChangedBy;
use super::entry::Schedule;
use super::form::{BadSchedule, Form};
use super::stored::{self, Replace, Stored};
use crate::broker::{Broker, Error};

/// A schedule that a file asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// What it says.
    pub schedule: Schedule,
    /// Whether it fires; `None` = as it is.
    pub paused: Option<bool>,
}

/// What is to be done about one name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The name.
    pub name: String,
    /// What.
    pub kind: Kind,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// There is none of the name yet.
    Add(Box<Wanted>),
    /// It is another.
    Replace {
        /// What it is to be.
        wanted: Box<Wanted>,
        /// What differs.
        keys: Vec<Difference>,
    },
    /// The file does not have it.
    Remove,
    /// It is as it should be.
    Keep,
}

/// A key that is to change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The key, as files have it.
    pub key: String,
    /// Its value in Redis, as JSON; `None` = not set.
    pub before: Option<Value>,
    /// Its value in the file.
    pub after: Option<Value>,
}

/// Checks what a file says. Each name must be there once.
pub fn check(forms: &[Form], now: DateTime<Utc>) -> Result<Vec<Wanted>, BadSchedule> {
    let mut names = BTreeSet::new();
    let mut wanted = Vec::with_capacity(forms.len());
    for form in forms {
        let schedule = form.check(now)?;
        let name = schedule.name.to_string();
        if !names.insert(name.clone()) {
            return Err(BadSchedule {
                name,
                what: "the file has it twice".to_owned(),
                hint: "give each a name of its own".to_owned(),
            });
        }
        wanted.push(Wanted {
            schedule,
            paused: form.paused,
        });
    }
    Ok(wanted)
}

/// Compares what is wanted with what is stored. `gone` says which stored ones that nobody wants are removed.
pub fn compare(wanted: &[Wanted], stored: &[Stored], gone: impl Fn(&str) -> bool) -> Vec<Change> {
    let known: BTreeMap<&str, &Stored> = stored
        .iter()
        .map(|stored| (stored.name.as_str(), stored))
        .collect();
    let mut changes: Vec<Change> = wanted
        .iter()
        .map(|wanted| Change {
            name: wanted.schedule.name.to_string(),
            kind: known.get(wanted.schedule.name.as_str()).map_or_else(
                || Kind::Add(Box::new(wanted.clone())),
                |stored| kind(wanted, stored),
            ),
        })
        .collect();
    let names: BTreeSet<&str> = wanted.iter().map(|w| w.schedule.name.as_str()).collect();
    let removed = stored.iter().map(|stored| stored.name.as_str());
    let removed = removed.filter(|name| !names.contains(name) && gone(name));
    changes.extend(removed.map(|name| Change {
        name: name.to_owned(),
        kind: Kind::Remove,
    }));
    changes
}

fn kind(wanted: &Wanted, stored: &Stored) -> Kind {
    let keys = differences(wanted, stored);
    if keys.is_empty() {
        return Kind::Keep;
    }
    Kind::Replace {
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

/// Makes a change.
pub async fn apply(
    broker: &Broker,
    change: &Change,
    by: &ChangedBy,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    match &change.kind {
        Kind::Add(wanted) | Kind::Replace { wanted, .. } => {
            let Wanted { schedule, paused } = &**wanted;
            stored::put(broker, schedule, *paused, Replace::Yes, (by, now)).await?;
        }
        Kind::Remove => {
            broker.remove_schedule(&change.name).await?;
        }
        Kind::Keep => {}
    }
    Ok(())
}
