//! Changes tasks by id, whatever container they are in.
//!
//! `State::after` decides which states an action applies to; the scripts receive their names.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};

use crate::broker::keys::QueueKeys;
use crate::broker::read::whereabouts::Whereabouts;
use crate::broker::{Broker, Container, Error, STEP, nanoseconds, script};
use crate::task::transition::{Action, Move, Refusal, after_orphaned};
use crate::task::{Message, QueueName, State, TaskId};

/// The result of an action on tasks.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Tasks that were changed, or would be.
    pub changed: Vec<TaskId>,
    /// Tasks that were not, and why.
    pub refused: Vec<(TaskId, Error)>,
}

/// The code of a task that is too deep in `pending` to be removed on its own.
const DEEP: i64 = -2;

/// The code of an id without a task.
const NO_TASK: i64 = 0;

/// The code of a task that is not in the container of its state.
const OUT_OF_PLACE: i64 = -1;

/// The place of a task that is in no container, as the scripts name it.
const NOWHERE: &str = "nowhere";

/// An action on tasks of one queue by id.
#[derive(Debug)]
struct Operation<'a> {
    broker: &'a Broker,
    queue: &'a QueueName,
    action: Move,
    dry_run: bool,
    now: DateTime<Utc>,
}

impl Broker {
    /// Applies an action to tasks of one queue, in bounded steps.
    ///
    /// A task that is not in the container of its state is searched for in the others, and taken from there; a task in no
    /// container is changed too. An id without a task can be deleted.
    pub async fn apply(
        &self,
        queue: &QueueName,
        action: Move,
        ids: &[TaskId],
        now: DateTime<Utc>,
    ) -> Result<Applied, Error> {
        self.operation(queue, action, now, false).apply(ids).await
    }

    /// A dry run of [`Broker::apply`]: calls the same scripts, which then write nothing.
    pub async fn would_apply(
        &self,
        queue: &QueueName,
        action: Move,
        ids: &[TaskId],
        now: DateTime<Utc>,
    ) -> Result<Applied, Error> {
        self.operation(queue, action, now, true).apply(ids).await
    }

    const fn operation<'a>(
        &'a self,
        queue: &'a QueueName,
        action: Move,
        now: DateTime<Utc>,
        dry_run: bool,
    ) -> Operation<'a> {
        Operation {
            broker: self,
            queue,
            action,
            dry_run,
            now,
        }
    }

    /// Pauses a queue; returns false if it was paused before.
    pub async fn pause(&self, queue: &QueueName, now: DateTime<Utc>) -> Result<bool, Error> {
        // Otherwise lists would not show that a queue is paused whose tasks are still to come.
        self.register(queue).await?;
        script::PAUSE
            .on(&[QueueKeys::new(queue).paused()])
            .arg(now.timestamp())
            .run(&self.conn)
            .await
    }

    /// Resumes a queue; returns whether it was paused.
    pub async fn resume(&self, queue: &QueueName) -> Result<bool, Error> {
        self.conn
            .command(redis::cmd("DEL").arg(QueueKeys::new(queue).paused()))
            .await
    }

    /// Replaces the payload of a scheduled task. Its uniqueness lock, if it holds one, moves to the new payload for the
    /// remaining time.
    pub async fn update_payload(
        &self,
        queue: &QueueName,
        id: &TaskId,
        payload: &[u8],
    ) -> Result<(), Error> {
        let not_found = || Error::TaskNotFound {
            queue: Some(queue.clone()),
            id: id.clone(),
        };
        let changed = || Error::Changed {
            queue: queue.clone(),
            id: id.clone(),
        };
        let keys = QueueKeys::new(queue);
        let mut read = redis::cmd("HGET");
        read.arg(keys.task(id)).arg("msg");
        let stored: Option<Vec<u8>> = self.conn.command(&read).await?;
        let stored = stored.ok_or_else(not_found)?;
        let mut message = Message::from_bytes(&stored).map_err(|_| changed())?;
        let kind = message.kind.clone();
        message.payload = payload.to_vec();
        let lock = keys.unique(&kind, Some(payload));
        if !message.unique_key.is_empty() {
            message.unique_key.clone_from(&lock);
        }
        let code: i64 = script::UPDATE_PAYLOAD
            .on(&[keys.task(id), lock])
            .arg(id.as_str())
            .arg(message.to_bytes())
            .arg(stored)
            .run(&self.conn)
            .await?;
        match code {
            1 => Ok(()),
            0 => Err(not_found()),
            -1 => Err(Error::Duplicate {
                queue: queue.clone(),
                kind,
            }),
            -2 => Err(changed()),
            other => Err(Error::WrongState {
                verb: "edit",
                queue: queue.clone(),
                id: id.clone(),
                state: numbered(other - 10).unwrap_or(State::Active),
                refusal: Refusal::NotScheduled,
            }),
        }
    }
}

impl Operation<'_> {
    async fn apply(&self, ids: &[TaskId]) -> Result<Applied, Error> {
        let mut applied = Applied::default();
        let (mut deep, mut astray) = (HashSet::new(), Vec::new());
        for (id, code) in self.run(ids, "").await? {
            match code {
                DEEP => {
                    deep.insert(id);
                }
                OUT_OF_PLACE => astray.push((id, code)),
                // An id without a task can only be deleted.
                NO_TASK if self.action == Move::Delete => astray.push((id, code)),
                code => self.note(id, code, &mut applied),
            }
        }
        let pending = Container::State(State::Pending);
        let left = self.run_in(pending, deep, &mut applied).await?;
        astray.extend(left.into_iter().map(|id| (id, OUT_OF_PLACE)));
        self.run_astray(astray, &mut applied).await?;
        Ok(applied)
    }

    /// Calls the script for tasks in the containers of their states, or in `place`. Returns a code for each.
    async fn run(&self, ids: &[TaskId], place: &str) -> Result<Vec<(TaskId, i64)>, Error> {
        let mut done = Vec::with_capacity(ids.len());
        while done.len() < ids.len() {
            let rest = &ids[done.len()..];
            let mut call = self.call(place);
            for id in rest.iter().take(STEP) {
                call.push(id.as_str());
            }
            // A script that has scanned enough of a list handles only the first ones.
            let codes: Vec<i64> = call.run(&self.broker.conn).await?;
            if codes.is_empty() {
                break;
            }
            done.extend(rest.iter().cloned().zip(codes));
        }
        Ok(done)
    }

    fn call(&self, place: &str) -> script::Call {
        let keys = QueueKeys::new(self.queue);
        let script = match self.action {
            Move::Retry => &script::RUN,
            Move::Archive => &script::ARCHIVE,
            Move::Delete => &script::DELETE,
        };
        let call = script
            .on(&[
                keys.pending(),
                keys.active(),
                keys.scheduled(),
                keys.retry(),
                keys.archived(),
                keys.completed(),
                keys.groups(),
                keys.lease(),
                keys.aside(),
            ])
            .arg(keys.task_prefix())
            .arg(keys.group_prefix())
            .arg(changeable(self.action.into()))
            .arg(place)
            .arg(u8::from(self.dry_run));
        match self.action {
            Move::Retry => call.arg(nanoseconds(self.now)),
            Move::Archive => call.arg(self.now.timestamp()),
            Move::Delete => call,
        }
    }

    /// Searches for tasks that are not in the container of their state, or have no hash, and changes them where they are.
    async fn run_astray(
        &self,
        astray: Vec<(TaskId, i64)>,
        applied: &mut Applied,
    ) -> Result<(), Error> {
        let ids: Vec<TaskId> = astray.iter().map(|(id, _)| id.clone()).collect();
        let places = self.broker.whereabouts(self.queue, &ids).await?;
        for (id, code) in astray {
            let place = match places.get(&id) {
                Some(Whereabouts::In(Container::State(state))) => Some(state.name()),
                Some(Whereabouts::In(group)) => {
                    let left = self.run_in(group.clone(), HashSet::from([id]), applied);
                    for id in left.await? {
                        self.note(id, code, applied);
                    }
                    continue;
                }
                Some(Whereabouts::BeingMerged) => None,
                None => (code == OUT_OF_PLACE).then_some(NOWHERE),
            };
            let code = match place {
                Some(place) => {
                    let codes = self.run(std::slice::from_ref(&id), place).await?;
                    codes.first().map_or(code, |(_, code)| *code)
                }
                None => code,
            };
            self.note(id, code, applied);
        }
        Ok(())
    }

    /// Changes tasks in a container that is walked through: `pending`, where they are too deep for a script, or a group, whose
    /// name an id without a task does not tell. Returns those that are not there.
    async fn run_in(
        &self,
        container: Container,
        mut wanted: HashSet<TaskId>,
        applied: &mut Applied,
    ) -> Result<HashSet<TaskId>, Error> {
        if wanted.is_empty() {
            return Ok(wanted);
        }
        let pages = self
            .broker
            .pages(self.queue, container, self.action, self.dry_run);
        let mut pages = pages.await?;
        let ids: HashMap<Vec<u8>, TaskId> = wanted
            .iter()
            .map(|id| (id.as_str().into(), id.clone()))
            .collect();
        while !wanted.is_empty() {
            let choose = |id: &[u8]| ids.contains_key(id);
            let Some(step) = pages.step(usize::MAX, self.now, choose).await? else {
                break;
            };
            for id in step.changed.iter().filter_map(|id| ids.get(id)) {
                if wanted.remove(id) {
                    applied.changed.push(id.clone());
                }
            }
        }
        Ok(wanted)
    }

    /// Records the result code of a task.
    fn note(&self, id: TaskId, code: i64, applied: &mut Applied) {
        match refused(self.queue, self.action.into(), &id, code) {
            None => applied.changed.push(id),
            Some(error) => applied.refused.push((id, error)),
        }
    }
}

/// The states that an action applies to, as the scripts read them: `,retry,archived,orphaned,`.
fn changeable(action: Action) -> String {
    let states = State::ALL.into_iter();
    let states = states.filter(|state| *state != State::Active && state.after(action).is_ok());
    let names = states.map(State::name);
    let orphaned = after_orphaned(action).is_ok().then_some("orphaned");
    names
        .chain(orphaned)
        .fold(String::from(","), |text, name| text + name + ",")
}

/// The error for a result code; `None` if the task was changed.
fn refused(queue: &QueueName, action: Action, id: &TaskId, code: i64) -> Option<Error> {
    let (queue, id) = (queue.clone(), id.clone());
    match code {
        1 => None,
        0 => Some(Error::TaskNotFound {
            queue: Some(queue),
            id,
        }),
        code => Some(
            match numbered(code - 10).map(|state| (state, state.after(action))) {
                Some((state, Err(refusal))) => Error::WrongState {
                    verb: action.verb(),
                    queue,
                    id,
                    state,
                    refusal,
                },
                Some((_, Ok(_))) | None => Error::OutOfPlace { queue, id },
            },
        ),
    }
}

/// A state by its number in Asynq's API.
fn numbered(number: i64) -> Option<State> {
    let index = usize::try_from(number).ok()?.checked_sub(1)?;
    State::ALL.get(index).copied()
}
