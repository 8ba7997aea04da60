//! What a dry run of an import has found to be stored, since later lines may be in the way of earlier ones.

use std::collections::HashSet;
use std::collections::hash_map::{Entry, HashMap, RandomState};
use std::hash::{BuildHasher as _, Hash};

use crate::broker::records::Restorable;
use crate::broker::{Error, Restored};

/// Fingerprints of 64 bits, which take some tens of bytes for a task, whatever the size of its payload.
#[derive(Debug, Default)]
pub(super) struct Rehearsed {
    hasher: RandomState,
    /// The message of each task, by queue and id.
    tasks: HashMap<u64, u64>,
    locks: HashSet<u64>,
}

impl Rehearsed {
    /// Corrects what Redis has answered for tasks of which it has stored none.
    pub(super) fn revise(
        &mut self,
        tasks: &[Restorable],
        outcomes: &mut [Result<Restored, Error>],
    ) {
        for (task, outcome) in tasks.iter().zip(outcomes) {
            if matches!(outcome, Ok(Restored::Stored)) {
                *outcome = self.store(task);
            }
        }
    }

    /// Notes a task that Redis would store; or says which task of the lines above is in its way.
    pub(super) fn store(&mut self, task: &Restorable) -> Result<Restored, Error> {
        let (queue, id) = (task.queue.as_str(), task.id.as_str());
        let lock = task
            .lock
            .is_some()
            .then(|| self.fingerprint(&task.unique_key));
        let message = self.fingerprint(&task.message);
        match self.tasks.entry(self.hasher.hash_one((queue, id))) {
            Entry::Occupied(known) if *known.get() == message => Ok(Restored::Existing),
            Entry::Occupied(_) => Err(task.id_taken()),
            Entry::Vacant(free) => {
                if lock.is_some_and(|lock| !self.locks.insert(lock)) {
                    return Err(task.duplicate());
                }
                free.insert(message);
                Ok(Restored::Stored)
            }
        }
    }

    fn fingerprint(&self, of: &(impl Hash + ?Sized)) -> u64 {
        self.hasher.hash_one(of)
    }
}
