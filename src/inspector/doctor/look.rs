//! Looks at what is suspicious, each by its id.

use std::collections::BTreeSet;

use chrono::TimeDelta;

use super::Doctor;
use super::announced::Announced;
use super::code::Code;
use super::evidence::evidence;
use super::judge::OVERDUE;
use super::subject::{Sighting, Subject};
use super::suspects::Suspects;
use crate::broker::doctor::{Look, MAX_READ, Owned};
use crate::broker::{Broker, keys};
use crate::inspector::Error;
use crate::task::{QueueName, State};

/// A server of Asynq removes tasks that were archived before this time in one call of at most so many.
pub(super) const ARCHIVE_AGE: TimeDelta = TimeDelta::days(90);
const ARCHIVE_CALL: u64 = 8_000;

impl Doctor {
    /// What is wrong among the suspects.
    pub(super) async fn look_at(&self, suspects: &Suspects) -> Result<BTreeSet<Sighting>, Error> {
        let broker = self.inspector.broker();
        let mut sighted = BTreeSet::new();
        for (queue, ids) in suspects.tasks() {
            for found in evidence(broker, &queue, &ids, suspects.groups(&queue)).await? {
                sighted.extend(found.codes.iter().map(|code| Sighting {
                    code: *code,
                    queue: Some(queue.clone()),
                    subject: Subject::Task(found.id.clone()),
                }));
            }
        }
        let announced = Announced::read(&self.inspector).await?;
        for (queue, subject) in suspects.others() {
            let codes = match queue {
                Some(queue) => in_queue(broker, queue, subject).await?,
                None => Vec::from_iter(in_no_queue(broker, subject, &announced).await?),
            };
            sighted.extend(codes.into_iter().map(|code| Sighting {
                code,
                queue: queue.clone(),
                subject: subject.clone(),
            }));
        }
        let only = &self.scope.only;
        sighted.retain(|seen| only.is_empty() || only.contains(&seen.code));
        Ok(sighted)
    }
}

/// The finding about what belongs to no queue.
pub(super) async fn in_no_queue(
    broker: &Broker,
    subject: &Subject,
    announced: &Announced,
) -> Result<Option<Code>, Error> {
    let before = broker.now() - OVERDUE;
    let (code, holds) = match subject {
        Subject::Entry(set, member) => (
            Code::DeadEntry,
            broker.ended_before(set, member, before).await?,
        ),
        Subject::History(key) => {
            let entry = keys::history_of(key).unwrap_or_default();
            let known = announced.has_entry(entry);
            (Code::DeadHistory, !known && broker.stays(key).await?)
        }
        Subject::Key(key) => {
            let wrong = broker.wrong_types(std::slice::from_ref(key)).await?;
            (Code::WrongType, !wrong.is_empty())
        }
        Subject::Schedule(schedule) => {
            let double = announced.doubles().any(|double| double == *schedule);
            (Code::DoubleSchedule, double)
        }
        Subject::Task(_)
        | Subject::Moving(_)
        | Subject::Lock(_)
        | Subject::Group(_)
        | Subject::Set(_)
        | Subject::Queue
        | Subject::Name => return Ok(None),
    };
    Ok(holds.then_some(code))
}

/// The findings about what belongs to a queue.
async fn in_queue(
    broker: &Broker,
    queue: &QueueName,
    subject: &Subject,
) -> Result<Vec<Code>, Error> {
    let found = match subject {
        Subject::Lock(key) => locked(broker, queue, key).await?,
        Subject::Group(name) => match broker.group_standing(queue, name).await? {
            (true, false) => Some(Code::UnlistedGroup),
            (false, true) => Some(Code::EmptyGroup),
            (true, true) | (false, false) => None,
        },
        Subject::Set(name) => {
            let overdue = broker.now() - OVERDUE;
            match broker.set_expires_at(queue, name).await? {
                Some(at) if at < overdue => Some(Code::StaleSet),
                Some(_) => None,
                None => {
                    let (exists, listed) = broker.group_standing(queue, name).await?;
                    (exists && !listed).then_some(Code::UnlistedSet)
                }
            }
        }
        Subject::Key(key) => {
            let wrong = broker.wrong_types(std::slice::from_ref(key)).await?;
            (!wrong.is_empty()).then_some(Code::WrongType)
        }
        Subject::Moving(id) => {
            let moving = broker.is_moving(queue, id).await?;
            moving.then_some(Code::UnfinishedMove)
        }
        Subject::Queue => return whole(broker, queue).await,
        Subject::Name => {
            let listed = broker.queue_standing(queue).await? == (true, false);
            (listed && !broker.has_counters(queue).await?).then_some(Code::EmptyQueue)
        }
        Subject::Task(_) | Subject::Entry(..) | Subject::History(_) | Subject::Schedule(_) => None,
    };
    Ok(found.into_iter().collect())
}

/// The findings about a queue as a whole.
async fn whole(broker: &Broker, queue: &QueueName) -> Result<Vec<Code>, Error> {
    let mut found = Vec::new();
    let (listed, tasks) = broker.queue_standing(queue).await?;
    match (listed, tasks) {
        (false, true) => found.push(Code::UnlistedQueue),
        (false, false) => found.push(Code::LeftoverKeys),
        (true, _) => {}
    }
    let old = broker.now() - ARCHIVE_AGE;
    if broker.archived_before(queue, old).await? >= ARCHIVE_CALL {
        found.push(Code::OldArchive);
    }
    Ok(found)
}

async fn locked(broker: &Broker, queue: &QueueName, key: &str) -> Result<Option<Code>, Error> {
    let owner = broker.lock_owners(&[key.to_owned()]).await?.pop();
    let Some(Owned::By(owner)) = owner else {
        return Ok(None);
    };
    let look = broker.look(queue, &[owner]).await?.pop();
    Ok(look.and_then(|look| lock(key, &look)))
}

/// What is wrong with a lock, whose owner looks like this.
pub(super) fn lock(key: &str, owner: &Look) -> Option<Code> {
    let Look::Hash(owner) = owner else {
        return Some(Code::StaleLock);
    };
    let unread = owner.unique_key.is_none() && owner.message_bytes > MAX_READ;
    if unread || owner.undecodable.is_some() {
        return None;
    }
    if owner.message_bytes == 0 || owner.unique_key.as_deref() != Some(key.as_bytes()) {
        return Some(Code::StaleLock);
    }
    let archived = owner.state == State::Archived.name().as_bytes();
    archived.then_some(Code::ArchivedLock)
}
