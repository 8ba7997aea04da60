//! Logs of attempts: what handlers have printed and is not written to Redis yet. Attempts never wait for that.
//!
//! The log of an attempt that goes on for longer than a second is written while it runs, less often the longer it runs; all
//! others once, at their end. While Redis is slow or does not answer, logs are dropped and counted.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::handlers::transcript::{KeepLogs, Transcript};
use crate::broker::records::AttemptLog;
use crate::broker::{Broker, Claim, Error, Held, LogLimits};
use crate::task::QueueName;

/// What is kept unless configured: half a megabyte of a task, 64 MB of a queue, for three days.
pub const DEFAULT_LOG_LIMITS: LogLimits = LogLimits {
    attempt: 64 << 10,
    task: 512 << 10,
    queue: 64 << 20,
    lifetime: Duration::from_secs(3 * 24 * 3600),
};

/// Ended logs that wait to be written. Each may have as much as is kept of an attempt.
const MAX_WAITING: usize = 256;

/// How long an attempt runs until its log is written for the first time, and how often logs are looked at.
pub(crate) const FIRST_WRITE: Duration = Duration::from_secs(1);

/// The longest time between two writes of a log.
const MAX_PAUSE: Duration = Duration::from_secs(10);

/// The logs of the attempts of a worker.
pub(crate) struct Logs {
    limits: LogLimits,
    worker: String,
    running: Mutex<HashMap<u64, Running>>,
    next: AtomicU64,
    ended: mpsc::Sender<Write>,
    to_write: Mutex<Option<mpsc::Receiver<Write>>>,
    dropped: AtomicU64,
}

/// The log of a running attempt.
#[derive(Debug, Clone)]
struct Running {
    attempt: Arc<Facts>,
    transcript: Transcript,
    next_write: Instant,
    pause: Duration,
    /// How much had been printed when it was last written.
    written: u64,
}

#[derive(Debug)]
struct Facts {
    queue: QueueName,
    held: Held,
    number: u32,
    started_at: DateTime<Utc>,
}

/// A log to write; `None`: to remove.
pub(crate) struct Write {
    attempt: Arc<Facts>,
    log: Option<AttemptLog>,
    /// Of an attempt that leaves no log, but was written while it ran: whoever follows it sees its end.
    is_removed_later: bool,
}

impl Write {
    /// What removes the log later, if it is not to stay.
    pub(crate) fn removal(&self) -> Option<Self> {
        self.is_removed_later.then(|| Self {
            attempt: Arc::clone(&self.attempt),
            log: None,
            is_removed_later: false,
        })
    }
}

/// The log of one attempt, until [`Logs::end`].
#[derive(Debug)]
pub(crate) struct Log {
    number: u64,
    keep: KeepLogs,
}

impl Logs {
    pub(crate) fn new(limits: LogLimits, worker: String) -> Self {
        let (ended, to_write) = mpsc::channel(MAX_WAITING);
        Self {
            limits,
            worker,
            running: Mutex::default(),
            next: AtomicU64::new(0),
            ended,
            to_write: Mutex::new(Some(to_write)),
            dropped: AtomicU64::new(0),
        }
    }

    fn running(&self) -> MutexGuard<'_, HashMap<u64, Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins the log of an attempt, if it may be kept.
    pub(crate) fn begin(
        &self,
        claim: &Claim,
        keep: KeepLogs,
        now: DateTime<Utc>,
    ) -> (Transcript, Option<Log>) {
        if keep == KeepLogs::Off {
            return (Transcript::default(), None);
        }
        let transcript = Transcript::new(self.limits.attempt);
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let running = Running {
            attempt: Arc::new(Facts {
                queue: claim.queue.clone(),
                held: Held::from(claim),
                number: u32::try_from(claim.message.retried).map_or(1, |retried| retried + 1),
                started_at: now,
            }),
            transcript: transcript.clone(),
            next_write: Instant::now() + FIRST_WRITE,
            pause: FIRST_WRITE,
            written: 0,
        };
        self.running().insert(number, running);
        (transcript, Some(Log { number, keep }))
    }

    /// Ends the log of an attempt. `outcome` says in a word how it ended, and `succeeded` whether that is what was wanted.
    pub(crate) fn end(&self, log: &Log, outcome: &str, succeeded: bool, now: DateTime<Utc>) {
        let Some(running) = self.running().remove(&log.number) else {
            return;
        };
        if running.transcript.length() == 0 {
            return;
        }
        let is_kept = log.keep == KeepLogs::Always || !succeeded;
        if !is_kept && running.written == 0 {
            return;
        }
        let write = Write {
            log: Some(self.log(&running, outcome, Some(now))),
            attempt: running.attempt,
            is_removed_later: !is_kept,
        };
        if self.ended.try_send(write).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn log(&self, running: &Running, outcome: &str, ended_at: Option<DateTime<Utc>>) -> AttemptLog {
        let kept = running.transcript.snapshot();
        AttemptLog {
            number: running.attempt.number,
            run: 1,
            started_at: running.attempt.started_at,
            ended_at,
            outcome: outcome.to_owned(),
            worker: self.worker.clone(),
            left_out: kept.left_out(),
            beginning: kept.beginning,
            end: kept.end.into(),
        }
    }

    /// Logs of running attempts that should be written now.
    pub(crate) fn due(&self) -> Vec<Write> {
        let now = Instant::now();
        let mut running = self.running();
        let due = running
            .values_mut()
            .filter(|log| log.next_write <= now && log.transcript.length() > log.written);
        let due = due.take(MAX_WAITING).map(|log| {
            log.written = log.transcript.length();
            log.pause = (log.pause * 2).min(MAX_PAUSE);
            log.next_write = now + log.pause;
            log.clone()
        });
        let due: Vec<Running> = due.collect();
        drop(running);
        let writes = due.iter().map(|log| Write {
            attempt: Arc::clone(&log.attempt),
            log: Some(self.log(log, "", None)),
            is_removed_later: false,
        });
        writes.collect()
    }

    /// The logs of ended attempts, once.
    pub(crate) fn ended(&self) -> Option<mpsc::Receiver<Write>> {
        let mut to_write = self.to_write.lock().unwrap_or_else(PoisonError::into_inner);
        to_write.take()
    }

    /// Writes a log, or removes it.
    pub(crate) async fn write(&self, broker: &Broker, write: &Write) -> Result<(), Error> {
        let Facts { queue, held, .. } = &*write.attempt;
        broker
            .write_log(queue, held, write.log.as_ref(), self.limits)
            .await
    }

    /// How many logs were dropped since this was last asked.
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.swap(0, Ordering::Relaxed)
    }
}
