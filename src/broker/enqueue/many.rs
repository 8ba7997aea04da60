//! Enqueues many tasks in one pipeline, each with an outcome of its own.
//!
//! One call of a script stores up to a hundred pending or scheduled tasks of a queue; a task with a lock or a group has a
//! call to itself. Calls without an answer can be sent again safely: they leave receipts.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use redis::Value;

use crate::broker::enqueue::one;
use crate::broker::enqueue::one::Enqueued;
use crate::broker::keys::QueueKeys;
use crate::broker::receipt::{Receipt, Receipts};
use crate::broker::script::Call;
use crate::broker::{Broker, Error, STEP, nanoseconds, script};
use crate::task::new::Placement;
use crate::task::{Message, NewTask, QueueName};

/// New tasks to be sent, and the outcome of each.
#[derive(Debug)]
pub struct Submission<'a> {
    tasks: &'a [NewTask],
    now: DateTime<Utc>,
    receipts: Receipts,
    /// Whether some of the tasks may have been stored by an earlier attempt.
    sent_before: bool,
    /// Absent before the first attempt.
    outcomes: Vec<Option<Result<Enqueued, Error>>>,
}

impl<'a> Submission<'a> {
    fn new(tasks: &'a [NewTask], now: DateTime<Utc>, receipts: Receipts) -> Self {
        Self {
            tasks,
            now,
            sent_before: matches!(receipts, Receipts::ById),
            receipts,
            outcomes: vec![None; tasks.len()],
        }
    }

    /// The first error for which [`Error::passing`] holds, such as a lost answer: the submission may be sent again.
    pub fn unanswered(&self) -> Option<&Error> {
        let mut errors = self.outcomes().filter_map(|outcome| outcome.as_ref().err());
        errors.find(|error| error.passing())
    }

    /// The outcome of each task, in their order. There are none before the first attempt.
    pub fn outcomes(&self) -> impl Iterator<Item = &Result<Enqueued, Error>> {
        self.outcomes.iter().flatten()
    }

    /// As [`Submission::outcomes`], by value.
    pub fn into_outcomes(self) -> Vec<Result<Enqueued, Error>> {
        self.outcomes.into_iter().flatten().collect()
    }

    /// Whether a task has no answer yet.
    fn is_open(&self, place: usize) -> bool {
        let outcome = self.outcomes[place].as_ref();
        outcome.is_none_or(|outcome| outcome.as_ref().is_err_and(Error::passing))
    }

    /// Adds each task to a call. Returns their messages and whether they take locks; a task that is invalid has its
    /// outcome, and no message.
    fn prepare(&mut self, calls: &mut Calls<'a>) -> Vec<Option<(Message, bool)>> {
        let tasks = self.tasks.iter().enumerate();
        let prepare = |(place, task): (usize, &'a NewTask)| match one::message(task, self.now) {
            Ok((message, lock)) => {
                calls.add(place, task, (&message, lock), self.now);
                Some((message, lock.is_some()))
            }
            Err(invalid) => {
                self.outcomes[place] = Some(Err(invalid.into()));
                None
            }
        };
        tasks.map(prepare).collect()
    }
}

/// Calls, each with the indices of its tasks. The same tasks always make the same calls, so that a repeated call finds
/// its receipt.
struct Calls<'a> {
    receipts: Receipts,
    ready: Vec<(Call, Vec<usize>)>,
    /// The number of calls to each queue.
    counts: HashMap<&'a QueueName, usize>,
    /// The call of each queue that may take more tasks.
    open: HashMap<&'a QueueName, usize>,
}

impl Broker {
    /// Prepares tasks for [`Broker::submit`].
    pub fn submission<'a>(&self, tasks: &'a [NewTask], now: DateTime<Utc>) -> Submission<'a> {
        Submission::new(tasks, now, Receipts::Page(self.receipts.open()))
    }

    /// As [`Broker::submission`], with receipts that any process finds: if the same tasks are sent again within five
    /// minutes, the outcomes are the same. The ids must never be used for other tasks.
    pub fn shared_submission<'a>(
        &self,
        tasks: &'a [NewTask],
        now: DateTime<Utc>,
    ) -> Submission<'a> {
        Submission::new(tasks, now, Receipts::ById)
    }

    /// Sends the tasks that have no answer yet, once.
    ///
    /// Tasks of one queue stay in their order, except those with a lock or a group. While [`Submission::unanswered`] is
    /// an error, the submission may be sent again: a task that was stored is not stored again, even if it has been
    /// processed and deleted meanwhile.
    pub async fn submit(&self, submission: &mut Submission<'_>) {
        let mut calls = Calls {
            receipts: submission.receipts.clone(),
            ready: Vec::new(),
            counts: HashMap::new(),
            open: HashMap::new(),
        };
        let mut messages = submission.prepare(&mut calls);
        let mut ready = calls.ready;
        ready.retain(|(_, places)| places.iter().any(|&place| submission.is_open(place)));
        let (ready, places): (Vec<Call>, Vec<Vec<usize>>) = ready.into_iter().unzip();
        let Submission { tasks, now, .. } = *submission;
        let queues: BTreeSet<&QueueName> = tasks.iter().map(|task| &task.options.queue).collect();
        let answers = match self.register_all(queues).await {
            Ok(()) => script::run_all(ready, &self.conn).await,
            Err(error) => Err(error),
        };
        for (call, places) in places.into_iter().enumerate() {
            let answer = match &answers {
                Ok(answers) => answers.get(call).cloned().unwrap_or(Ok(Value::Nil)),
                Err(error) => Err(error.clone()),
            };
            for (index, place) in places.into_iter().enumerate() {
                let Some((message, locked)) = messages[place].take() else {
                    continue;
                };
                let task = &tasks[place];
                let code = self.code_of(&script::ENQUEUE_MANY, &answer, index);
                let admitted =
                    code.and_then(|code| one::admitted(code, task, locked, submission.sent_before));
                let outcome = admitted.map(|()| Enqueued::new(task, message, now));
                submission.outcomes[place] = Some(outcome);
            }
        }
        submission.sent_before = true;
        if let Receipts::Page(page) = &submission.receipts
            && submission.unanswered().is_none()
        {
            self.receipts.close(page);
        }
    }

    /// Sends tasks once, and returns the outcome of each, in their order.
    pub async fn enqueue_many(
        &self,
        tasks: &[NewTask],
        now: DateTime<Utc>,
    ) -> Vec<Result<Enqueued, Error>> {
        let mut submission = self.submission(tasks, now);
        self.submit(&mut submission).await;
        submission.into_outcomes()
    }

    /// The code of one task in the answer to a call of this script.
    pub(super) fn code_of(
        &self,
        script: &script::Script,
        answer: &Result<Value, Error>,
        index: usize,
    ) -> Result<i64, Error> {
        match answer {
            Ok(Value::Int(code)) => Ok(*code),
            Ok(Value::Array(codes)) => match codes.get(index) {
                Some(Value::Int(code)) => Ok(*code),
                Some(Value::ServerError(error)) => {
                    let error = self.conn.explain(&error.clone().into(), []);
                    Err(script.name_right(error))
                }
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
        self.conn.explain(&error, [])
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
        let queue = &task.options.queue;
        let start_at = match (lock, &self.receipts, task.placement(now)) {
            (None, Receipts::Page(_), Placement::Pending) => 0,
            (None, Receipts::Page(_), Placement::Scheduled(at)) => at.timestamp(),
            (Some(_), ..) | (_, Receipts::ById, _) | (.., Placement::Group(_)) => {
                // Later tasks of this queue must not overtake it.
                self.open.remove(queue);
                let receipt = self.next_receipt(task);
                let call = one::call(task, (message, lock.unwrap_or(0)), &receipt, now);
                self.ready.push((call, vec![place]));
                return;
            }
        };
        let at = match self.open.get(queue) {
            Some(&at) if self.ready[at].1.len() < STEP => at,
            Some(_) | None => {
                let keys = QueueKeys::new(queue);
                let receipt = self.next_receipt(task);
                let call = script::ENQUEUE_MANY
                    .on(&[keys.pending(), keys.scheduled()])
                    .arg(keys.task_prefix())
                    .arg(nanoseconds(now))
                    .receipt(&keys, Some(&receipt));
                self.ready.push((call, Vec::with_capacity(STEP)));
                self.open.insert(queue, self.ready.len() - 1);
                self.ready.len() - 1
            }
        };
        let (call, places) = &mut self.ready[at];
        call.push(task.id.as_str());
        call.push(message.to_bytes());
        call.push(start_at);
        places.push(place);
    }

    /// The receipt of the next call to a queue, of which this is the first task.
    fn next_receipt(&mut self, first: &'a NewTask) -> Receipt {
        let count = self.counts.entry(&first.options.queue).or_default();
        *count += 1;
        self.receipts.of_call(*count - 1, first)
    }
}
