//! Each rule about one id.

use super::*;

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

fn hash(state: State) -> HashLook {
    HashLook {
        state: state.name().into(),
        message_bytes: 10,
        pending_since: Some(b"1799999999000000000".to_vec()),
        lease_ends_at: (state == State::Active).then(now),
        ..HashLook::default()
    }
}

/// The codes for an id that lies in these places and has this hash.
fn judged(places: &[Place], hash: HashLook) -> Vec<Code> {
    let spots: Vec<Spot> = places
        .iter()
        .map(|place| Spot {
            place: place.clone(),
            index: 0,
        })
        .collect();
    let id = b"6ba7b810-9dad-11d1-80b4-00c04fd430c8";
    judge(id, &spots, &Look::Hash(hash), now())
}

#[test]
fn a_task_in_its_container_is_healthy() {
    for state in State::ALL {
        let places = match state {
            State::Active => vec![Place::State(state), Place::Lease],
            State::Aggregating => vec![Place::Group("g".to_owned())],
            State::Pending
            | State::Scheduled
            | State::Retry
            | State::Archived
            | State::Completed => vec![Place::State(state)],
            State::Aside => continue,
        };
        let hash = HashLook {
            group: (state == State::Aggregating).then(|| b"g".to_vec()),
            ..hash(state)
        };
        assert_eq!(judged(&places, hash), [], "{state}");
    }
    let set = HashLook {
        group: Some(b"g".to_vec()),
        ..hash(State::Aggregating)
    };
    assert_eq!(judged(&[Place::Group("g:id".to_owned())], set), []);
}

#[test]
fn the_container_and_the_state_must_agree() {
    let pending = Place::State(State::Pending);
    let archived = Place::State(State::Archived);
    assert_eq!(judged(&[], hash(State::Pending)), [Code::LostTask]);
    assert_eq!(
        judged(std::slice::from_ref(&archived), hash(State::Active)),
        [Code::WrongState]
    );
    assert_eq!(
        judged(&[pending, archived], hash(State::Pending)),
        [Code::TwoContainers]
    );
}

#[test]
fn active_tasks_have_leases_and_no_others() {
    let active = Place::State(State::Active);
    let without = HashLook {
        lease_ends_at: None,
        ..hash(State::Active)
    };
    assert_eq!(
        judged(std::slice::from_ref(&active), without),
        [Code::NoLease]
    );
    let over = HashLook {
        lease_ends_at: Some(now() - TimeDelta::minutes(3)),
        ..hash(State::Active)
    };
    assert_eq!(judged(&[active, Place::Lease], over), [Code::LeaseOver]);
    let retry = [Place::State(State::Retry), Place::Lease];
    assert_eq!(judged(&retry, hash(State::Retry)), [Code::StrayLease]);
}

#[test]
fn what_has_no_message_is_no_task() {
    let bare = || HashLook {
        message_bytes: 0,
        ..hash(State::Active)
    };
    let active = [Place::State(State::Active), Place::Lease];
    assert_eq!(judged(&active, bare()), [Code::MissingTask]);
    assert_eq!(judged(&[], bare()), [Code::LostTask]);
    assert_eq!(judged(&[Place::Lease], bare()), [Code::StrayLease]);
    let aside = [Place::State(State::Aside)];
    assert_eq!(judged(&aside, bare()), [Code::SetAside]);
    assert_eq!(judge(b"a", &[], &Look::Absent(None), now()), []);
}

#[test]
fn times_sizes_and_ids_are_looked_at() {
    let pending = [Place::State(State::Pending)];
    for wrong in [None, Some("1799999999"), Some("soon")] {
        let hash = HashLook {
            pending_since: wrong.map(Into::into),
            ..hash(State::Pending)
        };
        assert_eq!(judged(&pending, hash), [Code::PendingSince]);
    }
    let large = HashLook {
        result_bytes: 2 * 1024 * 1024,
        ..hash(State::Pending)
    };
    assert_eq!(judged(&pending, large), [Code::LargeTask]);
    let archived = [Spot {
        place: Place::State(State::Archived),
        index: 0,
    }];
    let look = Look::Hash(hash(State::Archived));
    assert_eq!(
        judge(b"nightly", &archived, &look, now()),
        [Code::ArchivedId]
    );
}
