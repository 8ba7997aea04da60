//! The scan: all keys, page by page, of every server. The containers of a queue are walked when its first key turns up, so
//! that a queue that is not listed is found too.

use std::collections::{BTreeMap, BTreeSet};

use super::announced::Announced;
use super::code::Code;
use super::fingerprints::Fingerprints;
use super::subject::Subject;
use super::{Doctor, walk};
use crate::broker::doctor::{GLOBAL_SETS, Owned, Swept};
use crate::broker::keys::{self, Purpose};
use crate::broker::{Broker, StoredId};
use crate::inspector::Error;
use crate::task::QueueName;

/// The keys of a page, sorted by what they are for.
#[derive(Default)]
struct Sorted {
    tasks: BTreeMap<QueueName, Vec<StoredId>>,
    queues: BTreeSet<QueueName>,
    locks: BTreeMap<QueueName, Vec<String>>,
    /// Keys whose types are checked. Those of queues have one.
    typed: Vec<(QueueName, String)>,
    histories: Vec<String>,
}

/// What is known of the queues that were walked.
type Walked = BTreeMap<QueueName, Fingerprints>;

impl Doctor {
    /// Scans Redis. `progress` is called with the number of keys that were read.
    ///
    /// # Errors
    /// Those of Redis.
    pub(super) async fn scan(&mut self, mut progress: impl FnMut(u64)) -> Result<(), Error> {
        let broker = self.inspector.broker().clone();
        let groups = self.groups(&broker).await?;
        let mut walked = Walked::new();
        let mut sweep = broker.sweep(Swept::All).await?;
        while let Some(page) = sweep.next().await? {
            progress(page.len() as u64);
            let sorted = self.sort(page);
            for queue in &sorted.queues {
                if !walked.contains_key(queue) {
                    let known = groups.get(queue).cloned().unwrap_or_default();
                    let ids = walk::walk(&mut self.suspects, &broker, queue, known).await?;
                    walked.insert(queue.clone(), ids);
                }
            }
            self.note_tasks(&sorted, &walked);
            self.note_keys(&broker, sorted).await?;
        }
        self.incomplete = sweep.is_denied();
        let listed = match broker.queues().await {
            // The key is found by its type.
            Err(error) if error.is_wrong_type() => Vec::new(),
            listed => listed?,
        };
        for queue in listed {
            if !self.concerns(&queue) || walked.contains_key(&queue) {
                continue;
            }
            if self.incomplete {
                walk::walk(&mut self.suspects, &broker, &queue, BTreeSet::new()).await?;
                self.suspects.add(Some(&queue), Subject::Queue);
            } else {
                self.suspects.add(Some(&queue), Subject::Name);
            }
        }
        if self.scope.queues.is_empty() {
            self.note_entries(&broker).await?;
        }
        Ok(())
    }

    fn concerns(&self, queue: &QueueName) -> bool {
        self.scope.queues.is_empty() || self.scope.queues.contains(queue)
    }

    /// The names of all groups and aggregation sets: those that are listed nowhere are found by their keys alone.
    async fn groups(
        &self,
        broker: &Broker,
    ) -> Result<BTreeMap<QueueName, BTreeSet<String>>, Error> {
        let mut groups: BTreeMap<QueueName, BTreeSet<String>> = BTreeMap::new();
        let mut sweep = broker.sweep(Swept::Groups).await?;
        while let Some(page) = sweep.next().await? {
            for key in page {
                if let Some((queue, Purpose::Group(name))) = keys::purpose(&key)
                    && self.concerns(&queue)
                {
                    groups.entry(queue).or_default().insert(name);
                }
            }
        }
        Ok(groups)
    }

    fn sort(&self, page: Vec<Vec<u8>>) -> Sorted {
        let mut sorted = Sorted::default();
        for key in page {
            let Some((queue, purpose)) = keys::purpose(&key) else {
                let history = String::from_utf8(key).ok();
                let history = history.filter(|key| keys::history_of(key).is_some());
                sorted.histories.extend(history);
                continue;
            };
            if !self.concerns(&queue) {
                continue;
            }
            sorted.queues.insert(queue.clone());
            let text = || String::from_utf8_lossy(&key).into_owned();
            match purpose {
                Purpose::Task(id) => sorted.tasks.entry(queue).or_default().push(id),
                Purpose::Lock => sorted.locks.entry(queue).or_default().push(text()),
                Purpose::Group(_) | Purpose::Bookkeeping | Purpose::Container => {
                    sorted.typed.push((queue, text()));
                }
                Purpose::Other => {}
            }
        }
        sorted
    }

    /// Notes hashes whose ids were in no container.
    fn note_tasks(&mut self, sorted: &Sorted, walked: &Walked) {
        for (queue, ids) in &sorted.tasks {
            let known = walked.get(queue);
            let unknown = |id: &&StoredId| !known.is_some_and(|known| known.contains(id));
            for id in ids.iter().filter(unknown) {
                self.suspects.add_task(queue, id.clone(), &[Code::LostTask]);
            }
        }
        for queue in &sorted.queues {
            self.suspects.add(Some(queue), Subject::Queue);
        }
    }

    /// Notes locks, keys of other types, and histories.
    async fn note_keys(&mut self, broker: &Broker, sorted: Sorted) -> Result<(), Error> {
        for (queue, locks) in sorted.locks {
            let owners = broker.lock_owners(&locks).await?;
            let mut owned = Vec::new();
            for (lock, owner) in locks.into_iter().zip(owners) {
                match owner {
                    Owned::By(id) => owned.push((lock, id)),
                    Owned::OtherType => self.suspects.add(Some(&queue), Subject::Key(lock)),
                    Owned::Free => {}
                }
            }
            let ids: Vec<StoredId> = owned.iter().map(|(_, id)| id.clone()).collect();
            let looks = broker.look(&queue, &ids).await?;
            for ((lock, _), look) in owned.into_iter().zip(looks) {
                if super::look::lock(&lock, &look).is_some() {
                    self.suspects.add(Some(&queue), Subject::Lock(lock));
                }
            }
        }
        let keys: Vec<String> = sorted.typed.iter().map(|(_, key)| key.clone()).collect();
        for (key, _) in broker.wrong_types(&keys).await? {
            let queue = sorted.typed.iter().find(|(_, typed)| *typed == key);
            let queue = queue.map(|(queue, _)| queue);
            self.suspects.add(queue, Subject::Key(key));
        }
        if self.scope.queues.is_empty() {
            for history in sorted.histories {
                self.suspects.add(None, Subject::History(history));
            }
        }
        Ok(())
    }

    /// Notes announcements that are over, and schedules that are announced twice.
    async fn note_entries(&mut self, broker: &Broker) -> Result<(), Error> {
        let global = [&[keys::QUEUES], &GLOBAL_SETS[..]].concat();
        let global: Vec<String> = global.into_iter().map(str::to_owned).collect();
        for (key, _) in broker.wrong_types(&global).await? {
            self.suspects.add(None, Subject::Key(key));
        }
        let before = self.inspector.now() - super::judge::OVERDUE;
        for set in GLOBAL_SETS {
            for member in broker.announced_before(set, before).await? {
                self.suspects.add(None, Subject::Entry(set, member));
            }
        }
        for schedule in Announced::read(&self.inspector).await?.doubles() {
            self.suspects.add(None, Subject::Schedule(schedule));
        }
        Ok(())
    }
}
