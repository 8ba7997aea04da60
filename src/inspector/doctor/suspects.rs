//! What a scan has noted. Their number is limited, so that a Redis in which every task is damaged takes no more memory.

use std::collections::{BTreeMap, BTreeSet};

use super::code::Code;
use super::subject::{Sighting, Subject, Suspect};
use crate::broker::StoredId;
use crate::task::QueueName;

/// How many are noted. After a repair, the next scan finds the rest.
const MAX_SUSPECTS: usize = 50_000;

#[derive(Debug, Default, Clone)]
pub(super) struct Suspects {
    /// What is wanted; empty: everything.
    only: Vec<Code>,
    all: BTreeSet<Suspect>,
    /// Groups and aggregation sets in which some of the ids were seen.
    groups: BTreeMap<QueueName, BTreeSet<String>>,
    /// There were more.
    cut: bool,
}

impl Suspects {
    /// An empty list. Only what is wanted is noted, to save memory.
    pub(super) fn new(only: Vec<Code>) -> Self {
        Self {
            only,
            ..Self::default()
        }
    }

    /// Notes an id that seems to have these codes.
    pub(super) fn add_task(&mut self, queue: &QueueName, id: StoredId, seems: &[Code]) {
        if self.only.is_empty() || seems.iter().any(|code| self.only.contains(code)) {
            self.add(Some(queue), Subject::Task(id));
        }
    }

    pub(super) fn add(&mut self, queue: Option<&QueueName>, subject: Subject) {
        if self.all.len() < MAX_SUSPECTS {
            self.all.insert((queue.cloned(), subject));
        } else {
            self.cut = true;
        }
    }

    /// Notes that tasks of a queue must be searched for in this group.
    pub(super) fn seen_in(&mut self, queue: &QueueName, group: &str) {
        let groups = self.groups.entry(queue.clone()).or_default();
        if !groups.contains(group) {
            groups.insert(group.to_owned());
        }
    }

    pub(super) const fn is_cut(&self) -> bool {
        self.cut
    }

    /// Only those that were sighted.
    pub(super) fn only(&self, sighted: &BTreeSet<Sighting>) -> Self {
        let seen = sighted.iter();
        let all = seen.map(|seen| (seen.queue.clone(), seen.subject.clone()));
        Self {
            only: self.only.clone(),
            all: all.collect(),
            groups: self.groups.clone(),
            cut: self.cut,
        }
    }

    /// The ids of tasks, by queue.
    pub(super) fn tasks(&self) -> BTreeMap<QueueName, Vec<Vec<u8>>> {
        let mut tasks: BTreeMap<QueueName, Vec<Vec<u8>>> = BTreeMap::new();
        for suspect in &self.all {
            if let (Some(queue), Subject::Task(id)) = suspect {
                tasks.entry(queue.clone()).or_default().push(id.clone());
            }
        }
        tasks
    }

    /// All but tasks.
    pub(super) fn others(&self) -> impl Iterator<Item = &Suspect> {
        let is_task = |subject: &Subject| matches!(subject, Subject::Task(_));
        self.all
            .iter()
            .filter(move |(_, subject)| !is_task(subject))
    }

    /// The groups and sets of a queue in which ids were seen.
    pub(super) fn groups(&self, queue: &QueueName) -> BTreeSet<String> {
        self.groups.get(queue).cloned().unwrap_or_default()
    }
}
