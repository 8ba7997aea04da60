//! Moves tasks to another queue.
//!
//! Two queues may be on two servers, so a move is more than one script, and may be cut short between any two of them:
//!
//! 1. `reserve` looks whether the destination has the id, and takes the unique lock there.
//! 2. `take` takes the task out of its queue and keeps it, under a key of that queue, with its destination. Nobody can run it.
//! 3. `restore` stores it in the destination, once: a receipt there has the mark of the move. It lasts for a month, or, after
//!    the fourth step, for an hour.
//! 4. What was kept is deleted.
//!
//! A move that is cut short after the second step is finished by [`Broker::finish_moves`]. Any number of processes may do that at the same
//! time. If the destination refuses the task at the third step, it goes back to where it was.

use std::collections::{BTreeSet, HashMap};

use redis::Value;

use super::batch::Batch;
use super::by_id::{changeable, numbered};
use super::edit::Revision;
use crate::broker::keys::QueueKeys;
use crate::broker::{Broker, Container, Error, script};
use crate::task::transition::Action;
use crate::task::{Message, QueueName, State, TaskId};

/// The queues of a move.
#[derive(Debug, Clone, Copy)]
pub struct Relocation<'a> {
    /// Where the tasks are.
    pub from: &'a QueueName,
    /// Where they go.
    pub to: &'a QueueName,
}

/// The code of a task that is too deep in `pending` to be found by a script.
const DEEP: i64 = -5;

/// What a script has returned for a task.
type Answer = Result<i64, Error>;

impl Broker {
    /// Moves tasks to another queue, with new messages that name it. When there was no answer, [`Broker::finish_moves`] and
    /// then [`Broker::moved`] find out what has become of the tasks; those that are left may be moved in another batch.
    pub async fn relocate(
        &self,
        queues: Relocation<'_>,
        revisions: &[Revision],
        batch: &Batch,
    ) -> Result<Vec<Result<(), Error>>, Error> {
        if revisions.is_empty() {
            return Ok(Vec::new());
        }
        self.register(queues.to).await?;
        let mut outcomes = vec![Ok(()); revisions.len()];
        let lives = self.lock_lives(queues.from, revisions).await?;
        let all: Vec<usize> = (0..revisions.len()).collect();
        let reserved = self.reserve(queues.to, (revisions, &lives)).await?;
        let there_is_room = settle(&mut outcomes, all, reserved, |index, code| {
            let revision = &revisions[index];
            if code == -1 {
                return Error::Duplicate {
                    queue: queues.to.clone(),
                    kind: revision.message.kind.clone(),
                };
            }
            Error::IdTaken {
                queue: queues.to.clone(),
                id: revision.id.clone(),
            }
        });
        let taken = self
            .take_all(queues, revisions, (&there_is_room, batch))
            .await?;
        let taken = settle(
            &mut outcomes,
            there_is_room.clone(),
            taken,
            |index, code| not_taken(queues.from, &revisions[index], code),
        );
        let left: Vec<usize> = there_is_room
            .into_iter()
            .filter(|index| !taken.contains(index) && lives[*index].is_some())
            .collect();
        self.unreserve(queues.to, revisions, &left).await?;
        let ids: Vec<TaskId> = taken
            .iter()
            .map(|&index| revisions[index].id.clone())
            .collect();
        let mut receipts = BTreeSet::new();
        let published = self.publish(queues.from, &ids, &mut receipts).await?;
        self.expire_receipts(&receipts).await?;
        for (index, outcome) in taken.into_iter().zip(published) {
            outcomes[index] = outcome;
        }
        self.close(batch);
        Ok(outcomes)
    }

    /// Which of the first tasks of a batch are in their new queue, or were.
    pub async fn moved(
        &self,
        to: &QueueName,
        batch: &Batch,
        tasks: usize,
    ) -> Result<Vec<bool>, Error> {
        self.stored_under(to, &batch.receipt(), tasks).await
    }

    /// How many milliseconds the lock of each task has left; `None` if it holds none, -1 if it does not expire.
    async fn lock_lives(
        &self,
        queue: &QueueName,
        revisions: &[Revision],
    ) -> Result<Vec<Option<i64>>, Error> {
        let own = QueueKeys::new(queue).unique_prefix();
        let locks: Vec<Option<String>> = revisions
            .iter()
            .map(|revision| {
                let old = Message::from_bytes(&revision.old).ok()?.unique_key;
                old.starts_with(&own).then_some(old)
            })
            .collect();
        let mut read = redis::pipe();
        for lock in locks.iter().flatten() {
            read.get(lock).pttl(lock);
        }
        if locks.iter().all(Option::is_none) {
            return Ok(vec![None; revisions.len()]);
        }
        let found: Vec<Value> = self.conn.pipeline(&read).await?;
        let mut found = found.chunks(2);
        let lives = locks.iter().zip(revisions).map(|(lock, revision)| {
            lock.as_ref()?;
            match found.next()? {
                [Value::BulkString(owner), Value::Int(left)]
                    if owner == revision.id.as_str().as_bytes() =>
                {
                    Some(*left)
                }
                _ => None,
            }
        });
        Ok(lives.collect())
    }

    async fn reserve(
        &self,
        to: &QueueName,
        (revisions, lives): (&[Revision], &[Option<i64>]),
    ) -> Result<Vec<Answer>, Error> {
        let keys = QueueKeys::new(to);
        let calls = revisions.iter().zip(lives).map(|(revision, life)| {
            let task = keys.task(&revision.id);
            let lock = life.map_or_else(|| task.clone(), |_| revision.message.unique_key.clone());
            script::RESERVE
                .on(&[task, lock])
                .arg(revision.id.as_str())
                .arg(life.map_or_else(String::new, |left| left.to_string()))
        });
        codes(script::run_all(calls.collect(), &self.conn).await?)
    }

    async fn unreserve(
        &self,
        to: &QueueName,
        revisions: &[Revision],
        left: &[usize],
    ) -> Result<(), Error> {
        let keys = QueueKeys::new(to);
        let calls = left.iter().map(|&index| {
            let revision = &revisions[index];
            let lock = revision.message.unique_key.clone();
            script::UNRESERVE
                .on(&[keys.task(&revision.id), lock])
                .arg(revision.id.as_str())
        });
        let calls: Vec<_> = calls.collect();
        if !calls.is_empty() {
            script::run_all(calls, &self.conn).await?;
        }
        Ok(())
    }

    /// Takes these tasks out of their queue; those that are deep in `pending` are searched for.
    async fn take_all(
        &self,
        queues: Relocation<'_>,
        revisions: &[Revision],
        (which, batch): (&[usize], &Batch),
    ) -> Result<Vec<Answer>, Error> {
        let places = HashMap::new();
        let mut answers = self
            .take(queues, revisions, (which, &places, batch))
            .await?;
        let deep: Vec<usize> = which
            .iter()
            .zip(&answers)
            .filter(|(_, answer)| matches!(answer, Ok(DEEP)))
            .map(|(&index, _)| index)
            .collect();
        if deep.is_empty() {
            return Ok(answers);
        }
        let places = self
            .places_in_pending(queues.from, revisions, &deep)
            .await?;
        let again = self
            .take(queues, revisions, (&deep, &places, batch))
            .await?;
        for (index, answer) in deep.into_iter().zip(again) {
            if let Some(at) = which.iter().position(|&other| other == index) {
                answers[at] = answer;
            }
        }
        Ok(answers)
    }

    async fn take(
        &self,
        queues: Relocation<'_>,
        revisions: &[Revision],
        (which, places, batch): (&[usize], &HashMap<&TaskId, u64>, &Batch),
    ) -> Result<Vec<Answer>, Error> {
        let keys = QueueKeys::new(queues.from);
        let calls = which.iter().map(|&index| {
            let revision = &revisions[index];
            let message = revision.message.to_bytes();
            let place = places.get(&revision.id);
            script::TAKE
                .on(&keys.by_id())
                .arg(keys.task_prefix())
                .arg(keys.group_prefix())
                .arg(changeable(Action::Edit))
                .arg(keys.moving_prefix())
                .arg(keys.moving())
                .arg(revision.id.as_str())
                .arg(&revision.old)
                .arg(&message)
                .arg(queues.to.as_str())
                .arg(batch.mark(index))
                .arg(place.map_or_else(String::new, ToString::to_string))
        });
        let calls: Vec<_> = calls.collect();
        if calls.is_empty() {
            return Ok(Vec::new());
        }
        codes(script::run_all(calls, &self.conn).await?)
    }

    /// How many ids are to the right of each of these tasks in `pending`.
    async fn places_in_pending<'a>(
        &self,
        queue: &QueueName,
        revisions: &'a [Revision],
        which: &[usize],
    ) -> Result<HashMap<&'a TaskId, u64>, Error> {
        let wanted: HashMap<&[u8], &TaskId> = which
            .iter()
            .map(|&index| {
                let id = &revisions[index].id;
                (id.as_str().as_bytes(), id)
            })
            .collect();
        let mut places = HashMap::new();
        let mut walk = self.walk(queue, Container::State(State::Pending));
        let mut passed = 0;
        while places.len() < wanted.len() {
            let ids = walk.ids(u64::MAX).await?;
            if ids.is_empty() {
                break;
            }
            for (id, place) in ids.iter().zip(passed..) {
                if let Some(&id) = wanted.get(id.as_slice()) {
                    places.insert(id, place);
                }
            }
            passed += ids.len() as u64;
        }
        Ok(places)
    }
}

/// The codes in the answers of scripts.
fn codes(answers: Vec<Result<Value, Error>>) -> Result<Vec<Answer>, Error> {
    let code = |answer: Result<Value, Error>| match answer {
        Ok(Value::Int(code)) => Ok(Ok(code)),
        Ok(_) => Ok(Ok(-2)),
        // The whole step is repeated.
        Err(error) if error.passing() => Err(error),
        Err(error) => Ok(Err(error)),
    };
    answers.into_iter().map(code).collect()
}

/// Notes why some tasks are not moved. Returns the others.
fn settle(
    outcomes: &mut [Result<(), Error>],
    which: Vec<usize>,
    answers: Vec<Answer>,
    refused: impl Fn(usize, i64) -> Error,
) -> Vec<usize> {
    let mut left = Vec::with_capacity(which.len());
    for (index, answer) in which.into_iter().zip(answers) {
        match answer {
            Ok(1) => left.push(index),
            Ok(code) => outcomes[index] = Err(refused(index, code)),
            Err(error) => outcomes[index] = Err(error),
        }
    }
    left
}

/// The error for a code of `take`.
fn not_taken(queue: &QueueName, revision: &Revision, code: i64) -> Error {
    let (queue, id) = (queue.clone(), revision.id.clone());
    match code {
        0 => Error::TaskNotFound {
            queue: Some(queue),
            id,
        },
        -2 => Error::Changed { queue, id },
        code => match numbered(code - 10).map(|state| (state, state.after(Action::Edit))) {
            Some((state, Err(refusal))) => Error::WrongState {
                verb: Action::Edit.verb(),
                queue,
                id,
                state,
                refusal,
            },
            Some((_, Ok(_))) | None => Error::OutOfPlace { queue, id },
        },
    }
}
