//! Puts many new tasks into queues in one go, each with an outcome of its own.
//!
//! Plain tasks of a queue share calls of a script that stores a hundred at a time; those with a lock or a
//! group have a call each. All calls travel in one pipeline. Nothing is repeated here: whoever got no
//! answer sends the same tasks again, and says so.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use redis::Value;

use crate::broker::enqueue::one;
use crate::broker::enqueue::one::{Enqueued, Sending};
use crate::broker::keys::QueueKeys;
use crate::broker::script::Call;
use crate::broker::{Broker, Error, STEP, nanoseconds, script};
use crate::task::new::Placement;
use crate::task::{Message, NewTask, QueueName};

/// A task on its way: what is stored, and whether under a lock.
type Outgoing = (Message, bool);

/// Calls, and the tasks of each by their place in the list.
#[derive(Default)]
struct Calls<'a> {
    ready: Vec<Call>,
    places: Vec<Vec<usize>>,
    /// The call of each queue that takes more tasks.
    open: HashMap<&'a QueueName, usize>,
}

impl Broker {
    /// Enqueues tasks, and says of each what came of it, in their order.
    ///
    /// Tasks of one queue stay in their order, but for those with a lock or a group. An error for which
    /// [`Error::passing`] holds leaves it open whether the task was stored; it may be sent again with
    /// [`Sending::Again`]. That doubles it only if its first copy was both processed and deleted
    /// meanwhile: Redis then remembers nothing of it.
    pub async fn enqueue_many(
        &self,
        tasks: &[NewTask],
        sending: Sending,
        now: DateTime<Utc>,
    ) -> Vec<Result<Enqueued, Error>> {
        let mut outgoing: Vec<Result<Outgoing, Error>> = Vec::with_capacity(tasks.len());
        let mut calls = Calls::default();
        for (place, task) in tasks.iter().enumerate() {
            let message = one::message(task, now);
            if let Ok((message, lock)) = &message {
                calls.add(place, task, (message, *lock), now);
            }
            let valid = message.map(|(message, lock)| (message, lock.is_some()));
            outgoing.push(valid.map_err(Error::from));
        }
        let Calls { ready, places, .. } = calls;
        let queues: BTreeSet<&QueueName> = tasks.iter().map(|task| &task.options.queue).collect();
        let answers = match self.register_all(queues).await {
            Ok(()) => script::run_all(ready, &self.conn).await,
            Err(error) => Err(error),
        };
        let mut codes: Vec<Option<Result<i64, Error>>> = vec![None; tasks.len()];
        for (call, places) in places.into_iter().enumerate() {
            let answer = match &answers {
                Ok(answers) => answers.get(call).cloned().unwrap_or(Ok(Value::Nil)),
                Err(error) => Err(error.clone()),
            };
            for (index, place) in places.into_iter().enumerate() {
                codes[place] = Some(self.code(&answer, index));
            }
        }
        let outcomes = outgoing.into_iter().zip(codes).zip(tasks);
        outcomes
            .map(|((outgoing, code), task)| {
                let (message, locked) = outgoing?;
                let code = code.unwrap_or_else(|| Err(self.unexpected()))?;
                one::admitted(code, task, locked, sending)?;
                Ok(Enqueued::new(task, message, now))
            })
            .collect()
    }

    /// The code of one task of a call.
    fn code(&self, answer: &Result<Value, Error>, index: usize) -> Result<i64, Error> {
        match answer {
            Ok(Value::Int(code)) => Ok(*code),
            Ok(Value::Array(codes)) => match codes.get(index) {
                Some(Value::Int(code)) => Ok(*code),
                Some(Value::ServerError(error)) => Err(self.conn.explain(&error.clone().into())),
                Some(_) | None => Err(self.unexpected()),
            },
            Ok(_) => Err(self.unexpected()),
            Err(error) => Err(error.clone()),
        }
    }

    fn unexpected(&self) -> Error {
        let error = redis::RedisError::from((
            redis::ErrorKind::UnexpectedReturnType,
            "a script of ours returned something else",
        ));
        self.conn.explain(&error)
    }
}

impl<'a> Calls<'a> {
    fn add(
        &mut self,
        place: usize,
        task: &'a NewTask,
        (message, lock): (&Message, Option<i64>),
        now: DateTime<Utc>,
    ) {
        let start_at = match (lock, task.placement(now)) {
            (None, Placement::Pending) => 0,
            (None, Placement::Scheduled(at)) => at.timestamp(),
            (Some(_), _) | (_, Placement::Group(_)) => {
                // What comes later in this queue must not overtake it.
                self.open.remove(&task.options.queue);
                let call = one::call(task, message, lock.unwrap_or(0), now);
                self.ready.push(call);
                self.places.push(vec![place]);
                return;
            }
        };
        let at = match self.open.get(&task.options.queue) {
            Some(&at) if self.places[at].len() < STEP => at,
            Some(_) | None => {
                let keys = QueueKeys::new(&task.options.queue);
                let call = script::ENQUEUE_MANY.on(&[keys.pending(), keys.scheduled()]);
                self.ready
                    .push(call.arg(keys.task_prefix()).arg(nanoseconds(now)));
                self.places.push(Vec::with_capacity(STEP));
                let at = self.ready.len() - 1;
                self.open.insert(&task.options.queue, at);
                at
            }
        };
        let call = &mut self.ready[at];
        call.push(task.id.as_str());
        call.push(message.to_bytes());
        call.push(start_at);
        self.places[at].push(place);
    }
}
