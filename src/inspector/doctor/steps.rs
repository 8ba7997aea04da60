//! The calls that repair tasks with one code: up to a hundred tasks each, which lie in the same container.

use std::collections::BTreeMap;

use super::code::Code;
use super::evidence::Evidence;
use crate::broker::StoredId;
use crate::broker::doctor::{HashLook, LeaseFault, Look, MemberFault, Place, Repair, Repaired};
use crate::inspector::Error;
use crate::task::State;

/// Tasks in a call.
const STEP: usize = 100;

/// Ids of a list in one call are not further apart, so that the call reads a short part of the list.
const REACH: u64 = 500;

/// One call.
#[derive(Debug)]
pub(super) enum Step {
    Lost(Vec<(StoredId, HashLook)>),
    /// The place in a list, and the SHA-1 of a message that cannot be decoded.
    Members(Place, MemberFault, Vec<(StoredId, u64, Option<String>)>),
    State(Place, Vec<(StoredId, Vec<u8>)>),
    Leases(LeaseFault, Vec<StoredId>),
    Since(Vec<(StoredId, Vec<u8>)>),
    Orphans(Vec<StoredId>),
}

impl Step {
    /// How many tasks it is for.
    pub(super) const fn len(&self) -> usize {
        match self {
            Self::Lost(tasks) => tasks.len(),
            Self::Members(_, _, members) => members.len(),
            Self::State(_, tasks) | Self::Since(tasks) => tasks.len(),
            Self::Leases(_, ids) | Self::Orphans(ids) => ids.len(),
        }
    }

    /// Performs the call. Returns how many tasks were repaired, and how.
    pub(super) async fn run(&self, repair: &Repair<'_>) -> Result<Repaired, Error> {
        Ok(match self {
            Self::Lost(tasks) => repair.lost(tasks).await?,
            Self::Members(place, fault, members) => repair.members(place, fault, members).await?,
            Self::State(place, tasks) => repair.state(place, tasks).await?,
            Self::Leases(fault, ids) => repair.leases(*fault, ids).await?,
            Self::Since(tasks) => repair.since(tasks).await?,
            Self::Orphans(ids) => repair.orphans(ids).await?,
        })
    }
}

/// The calls that repair what has this code.
pub(super) fn steps(code: Code, found: Vec<Evidence>) -> Vec<Step> {
    let found: Vec<Evidence> = found
        .into_iter()
        .filter(|one| one.codes.contains(&code))
        .collect();
    match code {
        Code::LostTask => hashes(&found, Step::Lost, HashLook::clone),
        Code::PendingSince => hashes(&found, Step::Since, |hash| {
            hash.pending_since.clone().unwrap_or_default()
        }),
        Code::NoLease => ids(&found, |ids| Step::Leases(LeaseFault::Missing, ids)),
        Code::StrayLease => ids(&found, |ids| Step::Leases(LeaseFault::Stray, ids)),
        Code::LeaseOver => ids(&found, Step::Orphans),
        Code::WrongState => wrong_states(&found),
        Code::MissingTask => members(&found, |_| Some(MemberFault::Missing)),
        Code::UnreadableTask => members(&found, |_| Some(MemberFault::Unreadable)),
        Code::TwoContainers => members(&found, |one| home(one).map(MemberFault::Double)),
        Code::UnlistedQueue
        | Code::UnlistedGroup
        | Code::UnlistedSet
        | Code::StaleSet
        | Code::UnfinishedMove
        | Code::OldArchive
        | Code::WrongType
        | Code::StaleLock
        | Code::ArchivedLock
        | Code::SetAside
        | Code::DoubleSchedule
        | Code::EmptyGroup
        | Code::ArchivedId
        | Code::LargeTask
        | Code::LeftoverKeys
        | Code::EmptyQueue
        | Code::DeadEntry
        | Code::DeadHistory => Vec::new(),
    }
}

/// The hash of an id; an empty one if there is none.
fn hash(one: &Evidence) -> HashLook {
    match &one.look {
        Look::Hash(hash) => hash.clone(),
        Look::Absent(_) | Look::OtherType(_) => HashLook::default(),
    }
}

fn hashes<T>(
    found: &[Evidence],
    step: impl Fn(Vec<(StoredId, T)>) -> Step,
    of: impl Fn(&HashLook) -> T,
) -> Vec<Step> {
    let pairs = |some: &[Evidence]| {
        some.iter()
            .map(|one| (one.id.clone(), of(&hash(one))))
            .collect()
    };
    found.chunks(STEP).map(|some| step(pairs(some))).collect()
}

fn ids(found: &[Evidence], step: impl Fn(Vec<StoredId>) -> Step) -> Vec<Step> {
    let ids = |some: &[Evidence]| some.iter().map(|one| one.id.clone()).collect();
    found.chunks(STEP).map(|some| step(ids(some))).collect()
}

fn wrong_states(found: &[Evidence]) -> Vec<Step> {
    let mut by_place: BTreeMap<&Place, Vec<(StoredId, Vec<u8>)>> = BTreeMap::new();
    for one in found {
        let container = one.spots.iter().find(|spot| spot.place != Place::Lease);
        if let Some(spot) = container {
            let tasks = by_place.entry(&spot.place).or_default();
            tasks.push((one.id.clone(), hash(one).state));
        }
    }
    let mut steps = Vec::new();
    for (place, tasks) in by_place {
        let some = tasks.chunks(STEP);
        steps.extend(some.map(|some| Step::State(place.clone(), some.to_vec())));
    }
    steps
}

/// The container that the state of a task names, if the task is in it.
fn home(one: &Evidence) -> Option<Place> {
    let hash = hash(one);
    let state: State = str::from_utf8(&hash.state).ok()?.parse().ok()?;
    let mut places = one.spots.iter().map(|spot| &spot.place);
    let home = places.find(|place| match place {
        Place::State(one) => *one == state,
        Place::Group(name) => {
            state == State::Aggregating && hash.group.as_deref() == Some(name.as_bytes())
        }
        Place::Lease => false,
    });
    home.cloned()
}

/// Takes ids out of the containers in which they should not be.
fn members(found: &[Evidence], fault: impl Fn(&Evidence) -> Option<MemberFault>) -> Vec<Step> {
    let mut wrong: Vec<(&Place, MemberFault, u64, &Evidence)> = Vec::new();
    for one in found {
        let Some(fault) = fault(one) else { continue };
        for spot in &one.spots {
            let stays = match &fault {
                MemberFault::Double(home) => spot.place == *home,
                MemberFault::Missing | MemberFault::Unreadable => false,
            };
            let kept = matches!(spot.place, Place::Lease | Place::State(State::Aside));
            if !stays && !kept {
                wrong.push((&spot.place, fault.clone(), spot.index, one));
            }
        }
    }
    // From the far end of a list on: the places of the others do not change.
    wrong.sort_by(|a, b| (a.0, b.2).cmp(&(b.0, a.2)));
    let mut steps: Vec<Step> = Vec::new();
    for (place, fault, index, one) in wrong {
        let member = (one.id.clone(), index, hash(one).undecodable);
        if let Some(Step::Members(last_place, last_fault, some)) = steps.last_mut()
            && last_place == place
            && *last_fault == fault
            && some.len() < STEP
            && some.first().is_some_and(|first| first.1 - index < REACH)
        {
            some.push(member);
        } else {
            steps.push(Step::Members(place.clone(), fault, vec![member]));
        }
    }
    for step in &mut steps {
        if let Step::Members(_, _, members) = step {
            members.reverse();
        }
    }
    steps
}
