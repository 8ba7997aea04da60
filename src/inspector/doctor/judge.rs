//! What is wrong with one id, judged by its hash and the containers in which it is.

use chrono::{DateTime, TimeDelta, Utc};

use super::code::Code;
use crate::broker::doctor::{HashLook, Look, MAX_READ, Place, Spot};
use crate::task::State;

/// A lease, or an aggregation set, that was over for longer is not about to be recovered by a server.
pub(super) const OVERDUE: TimeDelta = TimeDelta::minutes(2);

/// Messages and results of this size slow down servers and tools.
const LARGE: u64 = MAX_READ;

/// `pending_since` is plausible from September 2001 on, in nanoseconds.
const FIRST_NANOSECOND: u64 = 1_000_000_000_000_000_000;

/// The findings about an id.
pub(super) fn judge(id: &[u8], spots: &[Spot], look: &Look, now: DateTime<Utc>) -> Vec<Code> {
    let places: Vec<&Place> = spots.iter().map(|spot| &spot.place).collect();
    let leased = places.contains(&&Place::Lease);
    let containers = places.iter().filter(|place| ***place != Place::Lease);
    let containers: Vec<&Place> = containers.copied().collect();
    match look {
        Look::OtherType(_) => vec![Code::WrongType],
        Look::Hash(hash) if hash.message_bytes > 0 => task(id, hash, &containers, leased, now),
        Look::Absent(_) | Look::Hash(_) => {
            let hashed = matches!(look, Look::Hash(_));
            no_task(&containers, leased, hashed)
        }
    }
}

/// There is no message.
fn no_task(containers: &[&Place], leased: bool, hashed: bool) -> Vec<Code> {
    match containers {
        [Place::State(State::Aside)] => vec![Code::SetAside],
        [] if leased => vec![Code::StrayLease],
        [] if hashed => vec![Code::LostTask],
        [] => Vec::new(),
        [..] => vec![Code::MissingTask],
    }
}

fn task(
    id: &[u8],
    hash: &HashLook,
    containers: &[&Place],
    leased: bool,
    now: DateTime<Utc>,
) -> Vec<Code> {
    let place = match containers {
        [] => return vec![Code::LostTask],
        [Place::State(State::Aside)] => return vec![Code::SetAside],
        [place] => *place,
        [..] => return vec![Code::TwoContainers],
    };
    let mut codes = Vec::new();
    let mut note = |code, applies: bool| codes.extend(applies.then_some(code));
    note(Code::UnreadableTask, hash.undecodable.is_some());
    note(Code::WrongState, !belongs(hash, place));
    let active = *place == Place::State(State::Active);
    let lease = hash.lease_ends_at;
    note(Code::NoLease, active && lease.is_none());
    note(
        Code::LeaseOver,
        active && lease.is_some_and(|end| end + OVERDUE < now),
    );
    note(Code::StrayLease, leased && !active);
    let pending = *place == Place::State(State::Pending);
    note(Code::PendingSince, pending && !since_is_right(hash));
    let archived = *place == Place::State(State::Archived);
    note(Code::ArchivedId, archived && !is_uuid(id));
    let bytes = hash.message_bytes.max(hash.result_bytes);
    note(Code::LargeTask, bytes > LARGE);
    codes
}

/// Whether the state of the task is that of its container.
fn belongs(hash: &HashLook, place: &Place) -> bool {
    match place {
        Place::State(state) => hash.state == state.name().as_bytes(),
        // The tasks of an aggregation set, whose name begins with that of the group, keep the group's name.
        Place::Group(name) => {
            let group = hash.group.as_deref().unwrap_or_default();
            let rest = name.as_bytes().strip_prefix(group);
            let named = rest.is_some_and(|rest| rest.is_empty() || rest.first() == Some(&b':'));
            hash.state == State::Aggregating.name().as_bytes() && !group.is_empty() && named
        }
        Place::Lease => true,
    }
}

fn since_is_right(hash: &HashLook) -> bool {
    let since = hash.pending_since.as_deref().unwrap_or_default();
    let since: Option<u64> = str::from_utf8(since)
        .ok()
        .and_then(|text| text.parse().ok());
    since.is_some_and(|since| since >= FIRST_NANOSECOND)
}

/// Whether the id is random, so that no later task has it.
fn is_uuid(id: &[u8]) -> bool {
    str::from_utf8(id).is_ok_and(|id| uuid::Uuid::try_parse(id).is_ok())
}

#[cfg(test)]
mod tests;
