//! What operators do: run, archive and delete tasks, one or many; pause and resume.
//!
//! Which states an action may touch is decided by `State::after`; the scripts are told.

use std::collections::HashSet;

use chrono::{DateTime, Utc};

use crate::broker::change::deep_pending::Window;
use crate::broker::keys::QueueKeys;
use crate::broker::{Broker, Error, STEP, nanoseconds, script};
use crate::task::transition::{Action, Refusal};
use crate::task::{Message, QueueName, State, TaskId};

/// What became of the tasks an action was applied to.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Those that were changed.
    pub changed: Vec<TaskId>,
    /// Those that could not be, and why.
    pub refused: Vec<(TaskId, Error)>,
}

/// The code of a task that lies too deep in `pending` to be taken out alone.
pub(crate) const DEEP: i64 = -2;

/// An action on tasks of one queue that are in certain states.
#[derive(Debug)]
pub(crate) struct Operation {
    broker: Broker,
    queue: QueueName,
    action: Action,
    /// The states that may be touched, as the scripts read them: `,retry,archived,`.
    states: String,
}

impl Broker {
    /// Applies an action to tasks of one queue, in bounded steps.
    pub async fn apply(
        &self,
        queue: &QueueName,
        action: Action,
        ids: &[TaskId],
        now: DateTime<Utc>,
    ) -> Result<Applied, Error> {
        let operation = Operation::new(self, queue, action, State::ALL);
        let mut applied = Applied::default();
        let mut deep = Vec::new();
        let mut rest = ids;
        while !rest.is_empty() {
            let step: Vec<&str> = rest.iter().take(STEP).map(TaskId::as_str).collect();
            let codes = operation.run(&step, now).await?;
            // It may have done the first ones only.
            let (done, undone) = rest.split_at(codes.len().clamp(1, step.len()));
            for (id, code) in done.iter().zip(codes) {
                if code == DEEP {
                    deep.push(id.clone());
                } else if let Some(error) = refused(queue, action, id, code) {
                    applied.refused.push((id.clone(), error));
                } else {
                    applied.changed.push(id.clone());
                }
            }
            rest = undone;
        }
        let found = operation.search(0, &deep, now).await?;
        for id in deep {
            if found.contains(&id) {
                applied.changed.push(id);
            } else {
                let queue = queue.clone();
                let error = Error::OutOfPlace {
                    queue,
                    id: id.clone(),
                };
                applied.refused.push((id, error));
            }
        }
        Ok(applied)
    }

    /// Stops a queue from being served; returns whether it was not paused before.
    pub async fn pause(&self, queue: &QueueName, now: DateTime<Utc>) -> Result<bool, Error> {
        script::PAUSE
            .on(&[QueueKeys::new(queue).paused()])
            .arg(now.timestamp())
            .run(&self.conn)
            .await
    }

    /// Lets a queue be served again; returns whether it was paused.
    pub async fn resume(&self, queue: &QueueName) -> Result<bool, Error> {
        self.conn
            .command(redis::cmd("DEL").arg(QueueKeys::new(queue).paused()))
            .await
    }

    /// Gives a scheduled task another payload. Its uniqueness lock, if it holds one, moves to the new
    /// payload for the time that is left.
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

impl Operation {
    /// Of the states given, those that do not allow the action are left out: the scripts touch none.
    pub(crate) fn new(
        broker: &Broker,
        queue: &QueueName,
        action: Action,
        states: impl IntoIterator<Item = State>,
    ) -> Self {
        let mut names = String::from(",");
        for state in states
            .into_iter()
            .filter(|state| state.after(action).is_ok())
        {
            names.push_str(state.name());
            names.push(',');
        }
        Self {
            broker: broker.clone(),
            queue: queue.clone(),
            action,
            states: names,
        }
    }

    /// One script call for some tasks: a code for each, or for the first ones when the others
    /// would have taken too long.
    pub(crate) async fn run<I: AsRef<[u8]>>(
        &self,
        ids: &[I],
        now: DateTime<Utc>,
    ) -> Result<Vec<i64>, Error> {
        let keys = QueueKeys::new(&self.queue);
        let script = match self.action {
            Action::RunNow => &script::RUN,
            Action::Archive => &script::ARCHIVE,
            Action::Delete => &script::DELETE,
        };
        let mut call = script
            .on(&[
                keys.pending(),
                keys.scheduled(),
                keys.retry(),
                keys.archived(),
                keys.completed(),
                keys.groups(),
            ])
            .arg(keys.task_prefix())
            .arg(keys.group_prefix())
            .arg(&self.states);
        call = match self.action {
            Action::RunNow => call.arg(nanoseconds(now)),
            Action::Archive => call.arg(now.timestamp()),
            Action::Delete => call,
        };
        for id in ids {
            call = call.arg(id.as_ref());
        }
        call.run(&self.broker.conn).await
    }

    /// Does the same to tasks that lie deep in `pending`, at a place or behind it. Returns those found.
    pub(crate) async fn search(
        &self,
        at: u64,
        ids: &[TaskId],
        now: DateTime<Utc>,
    ) -> Result<HashSet<TaskId>, Error> {
        match Window::new(&self.broker, &self.queue, self.action, now) {
            Some(window) if !ids.is_empty() => window.search(at, ids).await,
            Some(_) | None => Ok(HashSet::new()),
        }
    }
}

/// The error that a script's code stands for; nothing when the task was changed.
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
