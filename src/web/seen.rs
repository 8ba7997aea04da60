//! Types and groups that pages have listed, to complete selections with. Redis has no list of either, and a box that is
//! typed into must not search for them.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::inspector::FoundTask;

/// Names of a kind that are kept; more would not help to choose.
const MAX_NAMES: usize = 1_000;

/// Longer names are not worth their memory.
const MAX_BYTES: usize = 200;

/// From one look at tasks for the sake of their names to the next.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// The names that were seen.
#[derive(Debug, Default)]
pub(super) struct Seen(Mutex<Names>);

#[derive(Debug, Default)]
struct Names {
    types: BTreeSet<String>,
    groups: BTreeSet<String>,
    looked_at: Option<Instant>,
}

impl Seen {
    /// Takes note of listed tasks.
    pub(super) fn note(&self, tasks: &[FoundTask]) {
        let mut names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for message in tasks.iter().filter_map(|task| task.message.as_ref().ok()) {
            keep(&mut names.types, &message.kind);
            keep(&mut names.groups, &message.group);
        }
    }

    /// Whether it is time to look at some tasks again. True for one caller only, who then looks for all of them.
    pub(super) fn is_due(&self) -> bool {
        let mut names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let due = names.looked_at.is_none_or(|at| at.elapsed() >= LOOK_EVERY);
        if due {
            names.looked_at = Some(Instant::now());
        }
        due
    }

    /// The types and the groups, each in the order of the alphabet.
    pub(super) fn names(&self) -> (Vec<String>, Vec<String>) {
        let names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let list = |names: &BTreeSet<String>| names.iter().cloned().collect();
        (list(&names.types), list(&names.groups))
    }
}

fn keep(names: &mut BTreeSet<String>, name: &str) {
    let fits = !name.is_empty() && name.len() <= MAX_BYTES && names.len() < MAX_NAMES;
    if fits && !names.contains(name) {
        names.insert(name.to_owned());
    }
}
