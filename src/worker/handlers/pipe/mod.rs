//! The handler that gives tasks to long-lived processes, as lines of JSON: many tasks cost one system call, and none costs
//! the start of a program. `docs/pipe-protocol.md` is the specification.
//!
//! | file | purpose |
//! | --- | --- |
//! | `pool`, `keeper` | which process takes a task; keeps the process of one place running |
//! | `process` | one process, from its start to its end |
//! | `desk` | what it holds and what is still to be written to it |
//! | `hearing`, `lines` | reads what it says |
//! | `settings` | what to run, and how |
//! | `voice` | what is logged about it |
//!
//! Invariant: an attempt is over when its process has answered, or is gone with all that it left behind.

mod desk;
mod hearing;
mod keeper;
mod lines;
mod pool;
mod process;
mod settings;
mod voice;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::future::{BoxFuture, join_all};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

use self::desk::{Answer, Doom, Held};
use self::keeper::Keeper;
use self::pool::{Pool, Rest, Seat};
pub(crate) use self::settings::{DEFAULT_START_TIMEOUT, Limits, Plan, Settings};
use crate::document::pipe::{TaskMessage, ToProcess};
use crate::task::transition::{Failure, TaskResult, Verdict};
use crate::worker::event::{CANNOT_START, Reporter};
use crate::worker::gate::Gate;
use crate::worker::handlers::{Attempt, Handler, Stop, StopReason};

/// Gives tasks to processes.
pub(crate) struct Pipe {
    settings: Arc<Settings>,
    pool: Arc<Pool>,
    reporter: Reporter,
    last_attempt: AtomicU64,
    stopping: watch::Sender<bool>,
    keepers: Mutex<Vec<JoinHandle<()>>>,
}

impl Pipe {
    /// `gate` is that of its route.
    pub(crate) fn new(settings: Settings, gate: Gate, reporter: Reporter) -> Self {
        Self {
            pool: Arc::new(Pool::new(settings.plan.processes, gate)),
            settings: Arc::new(settings),
            reporter,
            last_attempt: AtomicU64::new(0),
            stopping: watch::Sender::new(false),
            keepers: Mutex::default(),
        }
    }

    fn keepers(&self) -> MutexGuard<'_, Vec<JoinHandle<()>>> {
        self.keepers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn begin(&self) -> Result<(), String> {
        let mut first = Vec::new();
        for index in 0..self.settings.plan.processes {
            let keeper = Keeper {
                index,
                settings: Arc::clone(&self.settings),
                pool: Arc::clone(&self.pool),
                reporter: self.reporter.clone(),
                stopping: self.stopping.subscribe(),
            };
            let (started, has_started) = oneshot::channel();
            let kept = tokio::spawn(keeper.keep(started));
            self.keepers().push(kept);
            first.push(has_started);
        }
        for started in join_all(first).await {
            if let Ok(Err(reason)) = started {
                self.end().await;
                return Err(reason);
            }
        }
        Ok(())
    }

    async fn end(&self) {
        self.stopping.send_replace(true);
        let keepers = std::mem::take(&mut *self.keepers());
        join_all(keepers).await;
    }

    async fn attempt(&self, attempt: &Attempt, mut stop: Stop) -> Answer {
        loop {
            let ticket = tokio::select! {
                biased;
                ticket = self.pool.ticket() => ticket.map_err(|rest| nobody(&rest))?,
                _ = stop.requested() => {
                    let error = "no process was free before the attempt had to end";
                    return Err(Failure::new(error.to_owned(), Verdict::Retry));
                }
            };
            let seat = &ticket.seat;
            let attempt_id = self.last_attempt.fetch_add(1, Ordering::Relaxed) + 1;
            if let Some(given) = give(seat, attempt_id, attempt)? {
                return self.answered(given, &mut stop).await;
            }
            // It has ended since; another one may be there.
        }
    }

    /// Waits for the answer. When the attempt must end, its process is asked to end it, and killed if it does not.
    async fn answered(&self, mut given: Given<'_>, stop: &mut Stop) -> Answer {
        let reason = tokio::select! {
            biased;
            Ok(answer) = &mut given.answer => return given.over(answer),
            reason = stop.requested() => reason,
        };
        let desk = &given.seat.desk;
        let cancel = ToProcess::Cancel {
            attempt_id: given.attempt_id,
            reason: word(reason),
        };
        if given.seat.ready.cancel
            && let Ok(line) = cancel.line()
        {
            desk.write(&line);
        }
        let grace = self.settings.plan.grace;
        if let Ok(Ok(answer)) = timeout(grace, &mut given.answer).await {
            return given.over(answer);
        }
        let never = match desk.answered() {
            0 => ", and has never answered: does it flush its standard output?",
            _ => "",
        };
        desk.doom(Doom {
            why: format!("it did not end an attempt within {grace:?}{never}"),
            verdict: Verdict::Release,
        });
        (&mut given.answer).await.ok();
        let error = format!("its process did not end it within {grace:?}");
        given.over(Err(Failure::new(error, Verdict::Retry)))
    }
}

impl Handler for Pipe {
    fn start(&self) -> BoxFuture<'_, Result<(), String>> {
        Box::pin(self.begin())
    }

    fn room(&self) -> Option<usize> {
        Some(self.pool.room())
    }

    fn run<'a>(
        &'a self,
        attempt: &'a Attempt,
        stop: Stop,
    ) -> BoxFuture<'a, Result<TaskResult, Failure>> {
        Box::pin(self.attempt(attempt, stop))
    }

    fn stop(&self) -> BoxFuture<'_, ()> {
        Box::pin(self.end())
    }
}

/// A task that a process has been given. If it is dropped before it is over, the process is killed.
struct Given<'a> {
    seat: &'a Seat,
    attempt_id: u64,
    answer: oneshot::Receiver<Answer>,
    over: bool,
}

impl Given<'_> {
    fn over(mut self, answer: Answer) -> Answer {
        self.over = true;
        answer
    }
}

impl Drop for Given<'_> {
    fn drop(&mut self) {
        if !self.over {
            self.seat.desk.doom(Doom {
                why: "the worker gave up on a task that it held".to_owned(),
                verdict: Verdict::Release,
            });
        }
    }
}

/// Gives a process a task. `None`: it has ended.
fn give<'a>(
    seat: &'a Seat,
    attempt_id: u64,
    attempt: &Attempt,
) -> Result<Option<Given<'a>>, Failure> {
    let message = &attempt.message;
    let task = TaskMessage::new(message, attempt_id, attempt.deadline);
    let line = ToProcess::Task(task).line();
    let line = line.map_err(|error| Failure::new(error.to_string(), Verdict::GiveUp))?;
    let (answer, answered) = oneshot::channel();
    let held = Held {
        task: (message.queue.clone(), message.id.clone()),
        transcript: attempt.transcript.clone(),
        answer,
    };
    Ok(seat.desk.give(attempt_id, held, &line).then_some(Given {
        seat,
        attempt_id,
        answer: answered,
        over: false,
    }))
}

/// The task is not to blame.
fn nobody(Rest { until, reason }: &Rest) -> Failure {
    Failure {
        delay: Some(until.saturating_duration_since(Instant::now())),
        ..Failure::new(format!("{CANNOT_START}{reason}"), Verdict::Release)
    }
}

const fn word(reason: StopReason) -> &'static str {
    match reason {
        StopReason::TimedOut => "timeout",
        StopReason::Cancelled => "cancelled",
        StopReason::LeaseLost => "lease-lost",
        StopReason::Aborted => "shutdown",
    }
}
