//! Where ids are. An id may be in several containers, which is wrong, and this must be found.

use std::collections::{BTreeSet, HashMap};

use crate::broker::keys::QueueKeys;
use crate::broker::{Broker, Container, Error, STEP, StoredId};
use crate::task::{QueueName, State};

/// Ids in a page of a sorted set.
const PAGE: usize = 1_000;

/// Where an id can be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    State(State),
    /// A group, or an aggregation set: its name is what follows the prefix of groups.
    Group(String),
    /// The leases: beside the active tasks, and nowhere else.
    Lease,
}

/// A place of an id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Spot {
    pub(crate) place: Place,
    /// How many ids were on its right in a list.
    pub(crate) index: u64,
}

impl Place {
    /// The key of the container.
    pub(crate) fn key(&self, keys: &QueueKeys) -> String {
        match self {
            Self::State(state) => Container::State(*state).key(keys),
            Self::Group(name) => keys.group(name),
            Self::Lease => keys.lease(),
        }
    }

    /// The group of an aggregation set; `None` for other places.
    pub(crate) fn set_of(&self) -> Option<&str> {
        match self {
            Self::Group(name) => set_of(name),
            Self::State(_) | Self::Lease => None,
        }
    }
}

/// The group of an aggregation set, whose name is that of the group with the id of the set behind it.
pub(crate) fn set_of(name: &str) -> Option<&str> {
    let (group, id) = name.rsplit_once(':')?;
    (id.len() == 36 && uuid::Uuid::try_parse(id).is_ok()).then_some(group)
}

impl Broker {
    /// The ids from a place of a sorted set on. The places shift while ids are added and removed, so ids may be missed.
    pub(crate) async fn scored_page(
        &self,
        queue: &QueueName,
        place: &Place,
        start: usize,
    ) -> Result<Vec<StoredId>, Error> {
        let mut range = redis::cmd("ZRANGE");
        range.arg(place.key(&QueueKeys::new(queue)));
        range.arg(start).arg(start + PAGE - 1);
        match self.conn.command(&range).await {
            Err(error) if error.is_wrong_type() => Ok(Vec::new()),
            page => page,
        }
    }

    /// All places of ids, these groups included. Ids in no place have no entry. Lists are read page by page, once for all
    /// ids.
    pub(crate) async fn spots(
        &self,
        queue: &QueueName,
        ids: &[StoredId],
        groups: &BTreeSet<String>,
    ) -> Result<HashMap<StoredId, Vec<Spot>>, Error> {
        let mut spots: HashMap<StoredId, Vec<Spot>> = HashMap::new();
        let states = [
            State::Scheduled,
            State::Retry,
            State::Archived,
            State::Completed,
            State::Aside,
        ];
        let mut places: Vec<Place> = states.into_iter().map(Place::State).collect();
        places.push(Place::Lease);
        places.extend(groups.iter().cloned().map(Place::Group));
        for place in places {
            for id in self.in_set(queue, &place, ids).await? {
                let spot = Spot {
                    place: place.clone(),
                    index: 0,
                };
                spots.entry(id.clone()).or_default().push(spot);
            }
        }
        let wanted: BTreeSet<&[u8]> = ids.iter().map(Vec::as_slice).collect();
        for state in [State::Active, State::Pending] {
            for (id, index) in self.in_list(queue, state, &wanted).await? {
                let place = Place::State(state);
                let known = spots.entry(id).or_default();
                // A walk may visit an id twice.
                if known.iter().all(|spot| spot.place != place) {
                    known.push(Spot { place, index });
                }
            }
        }
        Ok(spots)
    }

    async fn in_set<'a>(
        &self,
        queue: &QueueName,
        place: &Place,
        ids: &'a [StoredId],
    ) -> Result<Vec<&'a StoredId>, Error> {
        let key = place.key(&QueueKeys::new(queue));
        let mut found = Vec::new();
        for step in ids.chunks(STEP) {
            let mut read = redis::cmd("ZMSCORE");
            read.arg(&key);
            for id in step {
                read.arg(id.as_slice());
            }
            let scores: Vec<Option<f64>> = match self.conn.command(&read).await {
                // There are no tasks in a key of another type.
                Err(error) if error.is_wrong_type() => return Ok(found),
                scores => scores?,
            };
            let there = step.iter().zip(scores);
            found.extend(there.filter_map(|(id, score)| score.map(|_| id)));
        }
        Ok(found)
    }

    async fn in_list(
        &self,
        queue: &QueueName,
        state: State,
        wanted: &BTreeSet<&[u8]>,
    ) -> Result<Vec<(StoredId, u64)>, Error> {
        let mut found = Vec::new();
        let mut walk = self.walk(queue, Container::State(state));
        loop {
            let page = match walk.ids(u64::MAX).await {
                Err(Error::WrongType { .. }) => return Ok(found),
                page => page?.to_vec(),
            };
            if page.is_empty() {
                return Ok(found);
            }
            let first = walk.passed();
            let placed = page.into_iter().zip(first..);
            found.extend(placed.filter(|(id, _)| wanted.contains(id.as_slice())));
        }
    }
}
