//! Schedules, each of whose ticks is enqueued once by whichever scheduler is there.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, TimeDelta, Utc};

use super::Soak;
use super::record::Attempt;

const NAMES: [&str; 3] = ["every1", "every2", "every3"];

pub(super) fn add(soak: &Soak) {
    for (name, seconds) in NAMES.into_iter().zip(1..) {
        let spec = format!("@every {seconds}s");
        let add = soak
            .qctl("cron add")
            .args([name, &spec, "t", "-q", "cron", "--catch-up", "all"]);
        let add = add.args(["--payload", "0 0 tick"]);
        add.run_unchecked().expect_code(0);
    }
}

pub(super) fn remove(soak: &Soak) {
    let remove = soak.qctl("cron rm --yes").args(NAMES);
    remove.run_unchecked().expect_code(0);
}

/// The ticks that have run, by schedules.
fn ticks(attempts: &HashMap<String, Vec<Attempt>>) -> BTreeMap<&str, BTreeSet<DateTime<Utc>>> {
    let mut ticks: BTreeMap<&str, BTreeSet<DateTime<Utc>>> = BTreeMap::new();
    for id in attempts.keys().filter(|id| is_tick(id)) {
        let (name, tick) = id.split_once('@').unwrap();
        ticks.entry(name).or_default().insert(tick.parse().unwrap());
    }
    ticks
}

pub(super) fn is_tick(id: &str) -> bool {
    NAMES.iter().any(|name| {
        id.strip_prefix(name)
            .is_some_and(|rest| rest.starts_with('@'))
    })
}

/// Whether each schedule has run a tick of a later time than this.
pub(super) fn have_run_since(
    attempts: &HashMap<String, Vec<Attempt>>,
    since: DateTime<Utc>,
) -> bool {
    let ticks = ticks(attempts);
    let last = |name: &str| ticks.get(name)?.last().copied();
    NAMES
        .iter()
        .all(|name| last(name).is_some_and(|tick| tick > since))
}

/// Ids of ticks between the first and the last that did not run, and how many did.
pub(super) fn missing(
    attempts: &HashMap<String, Vec<Attempt>>,
) -> (Vec<(String, DateTime<Utc>)>, usize) {
    let (mut missing, mut count) = (Vec::new(), 0);
    for (name, ticks) in ticks(attempts) {
        let step = 1 + NAMES.iter().position(|other| *other == name).unwrap();
        let step = TimeDelta::seconds(i64::try_from(step).unwrap());
        count += ticks.len();
        let (mut next, last) = (*ticks.first().unwrap(), *ticks.last().unwrap());
        while next < last {
            if !ticks.contains(&next) {
                missing.push((format!("{name}@{}", next.to_rfc3339()), next));
            }
            next += step;
        }
    }
    (missing, count)
}
