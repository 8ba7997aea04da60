//! Stores tasks in the states that they had in another Redis, or at another time.
//!
//! A call of the script stores up to a hundred tasks of one queue and leaves a receipt among the keys of the queue: which
//! tasks it has stored. The name of the receipt comes from the input, so that any process that repeats it, within a day, finds
//! what was stored before, even if workers have processed it since. Receipts are deleted when all of the input is stored.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use redis::Value;
use uuid::Uuid;

use crate::broker::keys::QueueKeys;
use crate::broker::records::Restorable;
use crate::broker::script::Call;
use crate::broker::{Broker, Error, STEP, script};
use crate::task::QueueName;

/// How long an import that was cut short may be repeated: a day.
const RECEIPT_SECONDS: u64 = 24 * 3600;

/// How long a move that was cut short may be finished without the risk that its tasks run twice: a month.
const MOVE_RECEIPT_SECONDS: u64 = 30 * 24 * 3600;

/// In a receipt, each task has its mark and the run that has stored it.
const RECEIPT_WIDTH: usize = size_of::<Mark>() + size_of::<Run>();

/// Messages and results in one call, unless a single task has more.
const MAX_CALL_BYTES: usize = 1024 * 1024;

/// How a task comes to be in its queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restored {
    /// It was stored.
    Stored,
    /// The same task was there already.
    Existing,
    /// It was stored when the input was read before, and is gone since: processed, or deleted.
    Gone,
}

/// How many tasks of a queue have been read, and the first of them, which names the receipts.
#[derive(Debug, Clone, Copy)]
struct Reached {
    first: Mark,
    tasks: u64,
}

/// What tells tasks apart.
pub(super) type Mark = [u8; 8];

/// What tells the runs of an import apart. No run is zero.
type Run = [u8; 4];

/// The run of all moves: a task that any of them has stored is stored.
const MOVES: Run = *b"move";

/// Where the tasks of an input are in each queue.
#[derive(Debug)]
pub struct Places {
    reached: HashMap<QueueName, Reached>,
    run: Run,
    mode: Mode,
}

/// How tasks are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mode {
    /// Tasks that another run has stored and that are gone since are stored again.
    pub again: bool,
    /// Nothing is stored: only what would become of the tasks is found out.
    pub dry_run: bool,
}

impl Mode {
    /// As the script names it.
    const fn name(self) -> &'static str {
        match (self.dry_run, self.again) {
            (false, false) => "",
            (false, true) => "again",
            (true, false) => "look",
            (true, true) => "look again",
        }
    }
}

/// A task, its mark, and its place among the tasks of its queue.
#[derive(Debug)]
struct Placed {
    mark: Mark,
    first: Mark,
    place: u64,
}

/// A place in a receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::broker) struct Ticket {
    pub(in crate::broker) receipt: String,
    pub(in crate::broker) place: u64,
}

/// Tasks to be stored, and the outcome of each.
#[derive(Debug)]
pub struct Restoration<'a> {
    tasks: &'a [Restorable],
    placed: Vec<Placed>,
    run: Run,
    mode: Mode,
    /// Absent before the first attempt.
    outcomes: Vec<Option<Result<Restored, Error>>>,
}

impl Places {
    /// The places before the first task of an input.
    pub fn new(mode: Mode) -> Self {
        let mut run = Run::default();
        run.copy_from_slice(&Uuid::new_v4().as_bytes()[..4]);
        // Not zero.
        run[0] |= 1;
        Self {
            reached: HashMap::new(),
            run,
            mode,
        }
    }

    /// The queues of the tasks that were read.
    pub fn queues(&self) -> impl Iterator<Item = &QueueName> {
        self.reached.keys()
    }

    /// The next tasks of the input.
    pub fn restoration<'a>(&mut self, tasks: &'a [Restorable]) -> Restoration<'a> {
        let placed = tasks.iter().map(|task| {
            let mark = task.mark();
            let reached = self.reached.entry(task.queue.clone()).or_insert(Reached {
                first: mark,
                tasks: 0,
            });
            reached.tasks += 1;
            Placed {
                mark,
                first: reached.first,
                place: reached.tasks - 1,
            }
        });
        Restoration {
            placed: placed.collect(),
            tasks,
            run: self.run,
            mode: self.mode,
            outcomes: vec![None; tasks.len()],
        }
    }
}

impl Restoration<'_> {
    /// The first error for which [`Error::passing`] holds, such as a lost answer: the tasks may be sent again.
    pub fn unanswered(&self) -> Option<&Error> {
        let mut errors = self.outcomes.iter().flatten();
        errors.find_map(|outcome| outcome.as_ref().err().filter(|error| error.passing()))
    }

    /// The outcome of each task, in their order.
    pub fn into_outcomes(self) -> Vec<Result<Restored, Error>> {
        self.outcomes.into_iter().flatten().collect()
    }

    fn is_open(&self, index: usize) -> bool {
        let outcome = self.outcomes[index].as_ref();
        outcome.is_none_or(|outcome| outcome.as_ref().is_err_and(Error::passing))
    }

    /// The calls that store the tasks without an answer, and the indices of the tasks of each. Tasks of a queue stay in
    /// their order.
    fn calls(&self, now: DateTime<Utc>) -> Vec<(Call, Vec<usize>)> {
        let mut calls: Vec<(Call, Vec<usize>)> = Vec::new();
        // The last call of each queue, its receipt, the place that must follow, and its bytes.
        let mut open: HashMap<&QueueName, (usize, u64, usize)> = HashMap::new();
        for (index, (task, placed)) in self.tasks.iter().zip(&self.placed).enumerate() {
            if !self.is_open(index) {
                continue;
            }
            let at = match open.get(&task.queue) {
                Some(&(at, next, bytes))
                    if next == placed.place
                        && next % STEP as u64 != 0
                        && bytes + task.bytes() <= MAX_CALL_BYTES =>
                {
                    at
                }
                Some(_) | None => {
                    calls.push((self.call(placed, &task.queue), Vec::new()));
                    open.remove(&task.queue);
                    calls.len() - 1
                }
            };
            let (call, indices) = &mut calls[at];
            task.push_to(call, placed.mark, now);
            indices.push(index);
            let entry = open.entry(&task.queue).or_insert((at, 0, 0));
            *entry = (at, placed.place + 1, entry.2 + task.bytes());
        }
        calls
    }

    /// A call without tasks, of which this will be the first.
    fn call(&self, placed: &Placed, queue: &QueueName) -> Call {
        let keys = QueueKeys::new(queue);
        let step = STEP as u64;
        let receipt = receipt(&keys, placed.first, placed.place / step);
        call(&keys, &receipt, RECEIPT_SECONDS)
            .arg(placed.place % step)
            .arg(&self.run[..])
            .arg(self.mode.name())
    }
}

/// A call of the script up to the place in the receipt.
fn call(keys: &QueueKeys, receipt: &str, receipt_seconds: u64) -> Call {
    script::RESTORE
        .on(&[
            keys.pending(),
            keys.scheduled(),
            keys.retry(),
            keys.archived(),
            keys.completed(),
            keys.aside(),
            keys.groups(),
        ])
        .arg(keys.task_prefix())
        .arg(keys.group_prefix())
        .arg(receipt)
        .arg(receipt_seconds)
}

/// The receipt of a hundred tasks of an input.
fn receipt(keys: &QueueKeys, first: Mark, number: u64) -> String {
    let input = u64::from_be_bytes(first);
    keys.receipt(&format!("import:{input:016x}:{number}"))
}

impl Broker {
    /// Sends the tasks that have no answer yet, once. While [`Restoration::unanswered`] is an error, they may be sent again:
    /// a task that was stored is not stored again.
    pub async fn restore(&self, restoration: &mut Restoration<'_>, now: DateTime<Utc>) {
        let (calls, indices): (Vec<_>, Vec<_>) = restoration.calls(now).into_iter().unzip();
        let queues = restoration.tasks.iter().map(|task| &task.queue);
        let queues: std::collections::BTreeSet<&QueueName> = queues.collect();
        let registered = if restoration.mode.dry_run {
            Ok(())
        } else {
            self.register_all(queues).await
        };
        let answers = match registered {
            Ok(()) => script::run_all(calls, &self.conn).await,
            Err(error) => Err(error),
        };
        for (call, indices) in indices.into_iter().enumerate() {
            let answer = match &answers {
                Ok(answers) => answers.get(call).cloned().unwrap_or(Ok(Value::Nil)),
                Err(error) => Err(error.clone()),
            };
            for (place, index) in indices.into_iter().enumerate() {
                let code = self.code_of(&script::RESTORE, &answer, place);
                let task = &restoration.tasks[index];
                restoration.outcomes[index] = Some(code.and_then(|code| task.outcome(code)));
            }
        }
    }

    /// Stores tasks, each unless it was stored under its receipt before. Returns what became of each. With `finally`, a task that
    /// is refused stays refused under its receipt, since it may be put elsewhere.
    pub(in crate::broker) async fn store_once(
        &self,
        tasks: &[(Restorable, Ticket)],
        finally: bool,
    ) -> Result<Vec<Result<(), Error>>, Error> {
        let now = self.now();
        let calls = tasks.iter().map(|(task, ticket)| {
            let keys = QueueKeys::new(&task.queue);
            let receipt = keys.receipt(&ticket.receipt);
            let mut call = call(&keys, &receipt, MOVE_RECEIPT_SECONDS)
                .arg(ticket.place)
                .arg(&MOVES[..])
                .arg(if finally { "final" } else { "" });
            task.push_to(&mut call, task.mark(), now);
            call
        });
        let calls: Vec<Call> = calls.collect();
        if calls.is_empty() {
            return Ok(Vec::new());
        }
        let answers = script::run_all(calls, &self.conn).await?;
        let answers = answers.into_iter().zip(tasks);
        Ok(answers
            .map(|(answer, (task, _))| {
                let code = self.code_of(&script::RESTORE, &answer, 0)?;
                task.outcome(code).map(drop)
            })
            .collect())
    }

    /// Which of the first tasks of a receipt have been stored under it in a queue. None if it may not be read.
    pub(in crate::broker) async fn stored_under(
        &self,
        queue: &QueueName,
        receipt: &str,
        tasks: usize,
    ) -> Result<Vec<bool>, Error> {
        let mut read = redis::cmd("GET");
        read.arg(QueueKeys::new(queue).receipt(receipt));
        let stored: Option<Vec<u8>> = match self.conn.command(&read).await {
            Err(Error::NotPermitted { .. }) => None,
            stored => stored?,
        };
        let stored = stored.unwrap_or_default();
        let mut lines = stored.chunks(RECEIPT_WIDTH);
        let by_us = |line: Option<&[u8]>| line.is_some_and(|line| line.ends_with(&MOVES));
        Ok((0..tasks).map(|_| by_us(lines.next())).collect())
    }

    /// Deletes the receipts of an input of which every task is stored.
    pub async fn forget_receipts(&self, places: &Places) -> Result<(), Error> {
        for (queue, reached) in &places.reached {
            let keys = QueueKeys::new(queue);
            let receipts = reached.tasks.div_ceil(STEP as u64);
            let mut number = 0;
            while number < receipts {
                let end = receipts.min(number + STEP as u64);
                let names: Vec<String> = (number..end)
                    .map(|number| receipt(&keys, reached.first, number))
                    .collect();
                let () = self.conn.command(redis::cmd("UNLINK").arg(names)).await?;
                number = end;
            }
        }
        Ok(())
    }
}
