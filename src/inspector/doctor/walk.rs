//! Walks through the containers of a queue, and notes what is suspicious.

use std::collections::BTreeSet;

use super::code::Code;
use super::fingerprints::Fingerprints;
use super::judge::{OVERDUE, judge};
use super::subject::Subject;
use super::suspects::Suspects;
use crate::broker::doctor::{Look, Place, Spot, set_of};
use crate::broker::{Broker, Container, StoredId};
use crate::inspector::Error;
use crate::task::{QueueName, State};

/// A container with a page of so many ids may be large.
const MANY: usize = 500;

/// A walk through a queue.
struct QueueWalk<'a> {
    suspects: &'a mut Suspects,
    broker: &'a Broker,
    queue: &'a QueueName,
    ids: Fingerprints,
}

/// Walks through a queue with these groups and sets. Returns the ids in its containers.
///
/// # Errors
/// Those of Redis.
pub(super) async fn walk(
    suspects: &mut Suspects,
    broker: &Broker,
    queue: &QueueName,
    groups: BTreeSet<String>,
) -> Result<Fingerprints, Error> {
    let mut walk = QueueWalk {
        suspects,
        broker,
        queue,
        ids: Fingerprints::default(),
    };
    walk.groups(&groups).await?;
    walk.moves().await?;
    for state in State::ALL {
        if state != State::Aggregating {
            walk.container(state).await?;
        }
    }
    for group in groups {
        walk.scored(&Place::Group(group)).await?;
    }
    walk.scored(&Place::Lease).await?;
    Ok(walk.ids)
}

impl QueueWalk<'_> {
    async fn container(&mut self, state: State) -> Result<(), Error> {
        let container = Container::State(state);
        let mut walk = self.broker.walk(self.queue, container.clone());
        let mut reserved = false;
        loop {
            let page = match walk.ids(u64::MAX).await {
                // The scan finds the key by its type.
                Err(error) if error.is_wrong_type() => return Ok(()),
                page => page?.to_vec(),
            };
            if page.is_empty() {
                return Ok(());
            }
            if page.len() >= MANY && !reserved {
                let count = self.broker.count(self.queue, &container).await?;
                self.ids.reserve(count);
                reserved = true;
            }
            self.judge_page(&Place::State(state), page).await?;
        }
    }

    async fn scored(&mut self, place: &Place) -> Result<(), Error> {
        let mut start = 0;
        loop {
            let page = self.broker.scored_page(self.queue, place, start).await?;
            if page.is_empty() {
                return Ok(());
            }
            start += page.len();
            self.judge_page(place, page).await?;
        }
    }

    async fn judge_page(&mut self, place: &Place, page: Vec<StoredId>) -> Result<(), Error> {
        let looks = self.broker.look(self.queue, &page).await?;
        let now = self.broker.now();
        let spot = [Spot {
            place: place.clone(),
            index: 0,
        }];
        for (id, look) in page.into_iter().zip(looks) {
            let mut seems = Vec::new();
            if *place == Place::Lease {
                // Those of active tasks were judged with their tasks.
                let stray = !self.ids.contains(&id) || !is_active(&look);
                seems.extend(stray.then_some(Code::StrayLease));
            } else {
                seems.extend(judge(&id, &spot, &look, now));
                seems.extend((!self.ids.add(&id)).then_some(Code::TwoContainers));
            }
            if !seems.is_empty() {
                if let Place::Group(name) = place {
                    self.suspects.seen_in(self.queue, name);
                }
                self.suspects.add_task(self.queue, id, &seems);
            }
        }
        Ok(())
    }

    /// Notes the tasks that are on their way to another queue.
    async fn moves(&mut self) -> Result<(), Error> {
        for id in self.broker.unfinished_moves(self.queue).await? {
            self.suspects.add(Some(self.queue), Subject::Moving(id));
        }
        Ok(())
    }

    /// Compares the keys of groups and aggregation sets with the lists of them.
    async fn groups(&mut self, keys: &BTreeSet<String>) -> Result<(), Error> {
        let listed: BTreeSet<String> = self
            .broker
            .group_names(self.queue)
            .await?
            .into_iter()
            .collect();
        let mut sets = BTreeSet::new();
        let overdue = self.broker.now() - OVERDUE;
        for set in self.broker.set_entries(self.queue).await? {
            if set.expires_at.is_none_or(|at| at < overdue) {
                self.suspects
                    .add(Some(self.queue), Subject::Set(set.name.clone()));
            }
            self.suspects.seen_in(self.queue, &set.name);
            sets.insert(set.name);
        }
        for name in listed.symmetric_difference(keys) {
            if sets.contains(name) {
                continue;
            }
            let subject = if set_of(name).is_some() && !listed.contains(name) {
                self.suspects.seen_in(self.queue, name);
                Subject::Set(name.clone())
            } else {
                Subject::Group(name.clone())
            };
            self.suspects.add(Some(self.queue), subject);
        }
        Ok(())
    }
}

fn is_active(look: &Look) -> bool {
    match look {
        Look::Hash(hash) => hash.message_bytes > 0 && hash.state == State::Active.name().as_bytes(),
        Look::Absent(_) | Look::OtherType(_) => false,
    }
}
