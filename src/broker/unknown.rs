//! What could not be read for want of a right, while the rest of a command goes on.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use super::Error;
use super::denied::Denied;

/// Something that a command can do without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fact {
    /// Redis's clock.
    Clock,
    /// The facts of `INFO`.
    Server,
    Memory,
    /// The announcements of servers.
    Servers,
    /// Schedules that qctl stores.
    Schedules,
    /// Keys that no list names, which only `SCAN` finds.
    Unlisted,
    /// Subscribers on the other servers of a cluster.
    Listeners,
    /// Whether the server that Sentinels name is a primary.
    Role,
}

impl Fact {
    const fn clause(self) -> &'static str {
        match self {
            Self::Clock => "Redis's clock is unknown, that of this machine is used",
            Self::Server => "the version and the memory of the server are unknown",
            Self::Memory => "memory is unknown",
            Self::Servers => "running servers are unknown",
            Self::Schedules => "stored schedules are unknown",
            Self::Unlisted => "keys that no list names are unknown",
            Self::Listeners => "how many workers listen is unknown",
            Self::Role => "the role of the server is unknown, so the Sentinels' word counts",
        }
    }
}

/// What is unknown, by the right that is missing.
#[derive(Debug, Default)]
pub(crate) struct Unknowns(Mutex<BTreeMap<Denied, BTreeSet<Fact>>>);

impl Unknowns {
    pub(super) fn add(&self, fact: Fact, denied: Denied) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(denied).or_default().insert(fact);
    }

    /// What was read; `None`, and a note of what is unknown, if the user has no right to it.
    pub(super) fn unless_denied<T>(
        &self,
        fact: Fact,
        read: Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        match read {
            Err(Error::NotPermitted { denied, .. }) if !denied.blocks_all() => {
                self.add(fact, denied);
                Ok(None)
            }
            read => read.map(Some),
        }
    }

    /// Why a fact is unknown, as a sentence.
    pub(super) fn of(&self, fact: Fact) -> Option<String> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (denied, _) = all.iter().find(|(_, facts)| facts.contains(&fact))?;
        Some(format!("{}: {denied}", fact.clause()))
    }

    /// A sentence for each missing right.
    pub(super) fn sentences(&self) -> Vec<String> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let sentence = |(denied, facts): (&Denied, &BTreeSet<Fact>)| {
            let clauses: Vec<_> = facts.iter().map(|fact| fact.clause()).collect();
            format!("{}: {denied}", clauses.join(", "))
        };
        all.iter().map(sentence).collect()
    }
}
