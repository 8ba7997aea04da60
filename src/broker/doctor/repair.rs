//! Repairs tasks of one queue, up to a hundred in a call. Each script checks first whether the damage is still there. A dry run
//! calls the same scripts, which then write nothing.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::broker::doctor::look::HashLook;
use crate::broker::doctor::spots::Place;
use crate::broker::keys::QueueKeys;
use crate::broker::{Broker, Error, StoredId, nanoseconds, script};
use crate::task::transition::Move;
use crate::task::{QueueName, State, TaskId};

/// Repairs in one queue.
pub(crate) struct Repair<'a> {
    pub(super) broker: &'a Broker,
    pub(super) queue: &'a QueueName,
    pub(super) keys: QueueKeys,
    pub(super) dry_run: bool,
}

/// What is wrong with an id in a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum MemberFault {
    /// There is no task.
    Missing,
    /// The message cannot be decoded.
    Unreadable,
    /// The task is also in the container of this state, or in this group, which is its state's.
    Double(Place),
}

/// What is wrong with a lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LeaseFault {
    /// The task is active and has none.
    Missing,
    /// The task is not active and has one.
    Stray,
}

/// How many were repaired, and how, if a repair has several ways.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Repaired {
    pub(crate) count: u64,
    pub(crate) ways: BTreeMap<&'static str, u64>,
}

impl Repaired {
    /// The result of a script that returns the number of the way, from 1, for what it has repaired.
    fn by_ways(codes: &[u8], ways: &[&'static str]) -> Self {
        let mut repaired = Self::default();
        for code in codes.iter().filter(|code| **code > 0) {
            repaired.count += 1;
            if let Some(way) = ways.get(usize::from(*code) - 1) {
                *repaired.ways.entry(way).or_default() += 1;
            }
        }
        repaired
    }
}

impl From<u64> for Repaired {
    fn from(count: u64) -> Self {
        Self {
            count,
            ..Self::default()
        }
    }
}

impl Broker {
    /// Prepares repairs in a queue.
    pub(crate) fn repair<'a>(&'a self, queue: &'a QueueName, dry_run: bool) -> Repair<'a> {
        Repair {
            broker: self,
            queue,
            keys: QueueKeys::new(queue),
            dry_run,
        }
    }
}

impl Repair<'_> {
    fn now(&self) -> DateTime<Utc> {
        self.broker.now()
    }

    /// The end of a lease that is over: the next server that looks recovers its task.
    fn lease_over(&self) -> i64 {
        let leases = &self.broker.leases;
        leases.abandoned_before(self.now()).timestamp()
    }

    /// Runs a script that returns for each task whether it has repaired it, or in which of these ways.
    async fn run(&self, call: script::Call, ways: &[&'static str]) -> Result<Repaired, Error> {
        let codes: Vec<u8> = call.run(&self.broker.conn).await?;
        Ok(Repaired::by_ways(&codes, ways))
    }

    /// Puts tasks in no container back where their states say.
    pub(crate) async fn lost(&self, tasks: &[(StoredId, HashLook)]) -> Result<Repaired, Error> {
        let keys = &self.keys;
        let mut call = script::REPAIR_LOST
            .on(&keys.by_id())
            .arg(keys.task_prefix())
            .arg(keys.group_prefix())
            .arg(u8::from(self.dry_run))
            .arg(self.now().timestamp())
            .arg(nanoseconds(self.now()))
            .arg(self.lease_over());
        for (id, hash) in tasks {
            let readable = hash.message_bytes > 0 && hash.undecodable.is_none();
            call.push(id.as_slice());
            call.push(hash.state.as_slice());
            call.push(hash.pending_since.as_deref().unwrap_or_default());
            call.push(u8::from(readable));
        }
        let ways = ["put back", "set aside", "delete"];
        let repaired = self.run(call, &ways).await?;
        if repaired.count > 0 && !self.dry_run {
            self.broker.register(self.queue).await?;
        }
        Ok(repaired)
    }

    /// Takes ids out of a container in which they should not be. Each has its place in the list and the SHA-1 of its message, if
    /// it cannot be decoded; the places are in ascending order, and not far from each other.
    pub(crate) async fn members(
        &self,
        place: &Place,
        fault: &MemberFault,
        members: &[(StoredId, u64, Option<String>)],
    ) -> Result<Repaired, Error> {
        let keys = &self.keys;
        let (why, home) = match fault {
            MemberFault::Missing => ("missing", place),
            MemberFault::Unreadable => ("unreadable", place),
            MemberFault::Double(home) => ("double", home),
        };
        let first = members.first().map_or(0, |(_, index, _)| *index);
        let last = members.last().map_or(first, |(_, index, _)| *index);
        let proofs: String = members
            .iter()
            .filter_map(|(.., proof)| proof.clone())
            .collect();
        let mut call = script::REPAIR_MEMBERS
            .on(&[
                place.key(keys),
                keys.lease(),
                keys.aside(),
                keys.groups(),
                home.key(keys),
            ])
            .arg(keys.task_prefix())
            .arg(why)
            .arg(place.kind())
            .arg(first)
            .arg(last - first + 1)
            .arg(u8::from(self.dry_run))
            .arg(place.group())
            .arg(home.state().name())
            .arg(proofs);
        for (id, ..) in members {
            call.push(id.as_slice());
        }
        let ways: &[_] = match fault {
            MemberFault::Missing => &["remove", "set aside"],
            MemberFault::Unreadable | MemberFault::Double(_) => &[],
        };
        self.run(call, ways).await
    }

    /// Writes the state of a container into tasks that have another one.
    pub(crate) async fn state(
        &self,
        place: &Place,
        tasks: &[(StoredId, Vec<u8>)],
    ) -> Result<Repaired, Error> {
        let mut call = script::REPAIR_STATE
            .on(&[place.key(&self.keys), self.keys.lease()])
            .arg(self.keys.task_prefix())
            .arg(place.kind())
            .arg(place.state().name())
            .arg(place.set_of().unwrap_or_else(|| place.group()))
            .arg(u8::from(self.dry_run))
            .arg(nanoseconds(self.now()))
            .arg(self.lease_over());
        for (id, state) in tasks {
            call.push(id.as_slice());
            call.push(state.as_slice());
        }
        self.run(call, &[]).await
    }

    /// Gives tasks a lease that is over, or removes their leases.
    pub(crate) async fn leases(
        &self,
        fault: LeaseFault,
        ids: &[StoredId],
    ) -> Result<Repaired, Error> {
        let mut call = script::REPAIR_LEASES
            .on(&[self.keys.lease()])
            .arg(self.keys.task_prefix())
            .arg(match fault {
                LeaseFault::Missing => "missing",
                LeaseFault::Stray => "stray",
            })
            .arg(u8::from(self.dry_run))
            .arg(self.lease_over());
        for id in ids {
            call.push(id.as_slice());
        }
        self.run(call, &[]).await
    }

    /// Writes since when tasks are pending.
    pub(crate) async fn since(&self, tasks: &[(StoredId, Vec<u8>)]) -> Result<Repaired, Error> {
        let mut call = script::REPAIR_SINCE
            .on(&[self.keys.pending()])
            .arg(self.keys.task_prefix())
            .arg(u8::from(self.dry_run))
            .arg(nanoseconds(self.now()));
        for (id, since) in tasks {
            call.push(id.as_slice());
            call.push(since.as_slice());
        }
        self.run(call, &["convert", "set to the present"]).await
    }

    /// Makes active tasks pending whose leases are over.
    pub(crate) async fn orphans(&self, ids: &[StoredId]) -> Result<Repaired, Error> {
        let ids = ids.iter().cloned().map(TaskId::from_stored).collect();
        let mut change = self
            .broker
            .by_id(self.queue, Move::Retry, ids, self.dry_run);
        change.run(self.now()).await?;
        Ok(Repaired::from(change.take_applied().changed.len() as u64))
    }
}

impl Place {
    /// The kind of container, as the scripts name it.
    const fn kind(&self) -> &'static str {
        match self {
            Self::State(State::Pending | State::Active) => "list",
            Self::State(_) | Self::Group(_) | Self::Lease => "zset",
        }
    }

    /// The state of the tasks in it.
    const fn state(&self) -> State {
        match self {
            Self::State(state) => *state,
            Self::Group(_) => State::Aggregating,
            Self::Lease => State::Active,
        }
    }

    /// The name of the group or the set; empty where there is none.
    fn group(&self) -> &str {
        match self {
            Self::Group(name) => name,
            Self::State(_) | Self::Lease => "",
        }
    }
}
