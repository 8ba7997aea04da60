//! Data read from Redis.
//!
//! None of this is `Serialize`: the JSON contract lives in `document`, so that a rename here cannot break
//! a user's script.

mod stored;

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};

use crate::task::time::{from_second, plausible, plausible_past};
use crate::task::transition::{Action, After, Refusal, after_orphaned};
use crate::task::{Message, QueueName, State, TaskId};

pub use stored::{LockEnd, LockLife, Restorable, StoredTask};

/// A key of a queue that holds another type than Asynq keeps there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{key} is a {found}, not a {expected}")]
pub struct WrongType {
    /// The Redis key.
    pub key: String,
    /// The type that it holds.
    pub found: String,
    /// The type that it should hold.
    pub expected: &'static str,
}

/// The usual name of a Redis type.
pub(crate) fn type_name(name: String) -> String {
    if name == "zset" {
        return "sorted set".to_owned();
    }
    name
}

/// One of the figures of a queue that has a key of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Figure {
    /// The number of tasks in a state.
    Count(State),
    /// The number of groups.
    Groups,
    /// Attempts that ended today.
    ProcessedToday,
    /// Attempts that failed today.
    FailedToday,
    /// Attempts that ended, in all.
    ProcessedTotal,
    /// Attempts that failed, in all.
    FailedTotal,
}

/// The figures of one queue at one instant. A figure that cannot be read is 0, and listed in `unreadable`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueStats {
    /// Which queue.
    pub queue: QueueName,
    /// Tasks in each state, every state present.
    pub counts: BTreeMap<State, u64>,
    /// Groups that hold tasks.
    pub groups: u64,
    /// No server takes tasks from it.
    pub paused: bool,
    /// When it was paused; `None` also when that time cannot be read.
    pub paused_at: Option<DateTime<Utc>>,
    /// How long the next task has been pending; `None` if there is none, or the time is unknown.
    pub latency: Option<Duration>,
    /// Attempts that ended today (UTC), failures included.
    pub processed_today: u64,
    /// Attempts that failed today (UTC).
    pub failed_today: u64,
    /// Attempts that ended, in all.
    pub processed_total: u64,
    /// Attempts that failed, in all.
    pub failed_total: u64,
    /// Approximate bytes, from samples; only when asked for.
    pub memory_bytes: Option<u64>,
    /// Tasks that should have moved on.
    pub late: Late,
    /// Figures whose keys hold another type.
    pub unreadable: Vec<(Figure, WrongType)>,
}

/// Tasks of a queue that should have moved on, or must soon. A number is `None` if its key holds another type.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Late {
    /// Retries that are due now or within [`Late::SOON`].
    pub retries_due_soon: Option<u64>,
    /// Scheduled tasks and retries that are due, and not pending yet.
    pub due: Option<u64>,
    /// When the first of them was due; `None` also when that time is implausible.
    pub due_since: Option<DateTime<Utc>>,
    /// Active tasks without a valid lease: their server is gone.
    pub orphaned: Option<u64>,
    /// When the first lease ended, if it has; `None` also when that time is implausible.
    pub orphaned_since: Option<DateTime<Utc>>,
}

impl Late {
    /// How far ahead retries count as due soon.
    pub const SOON: Duration = Duration::from_secs(300);
}

impl QueueStats {
    /// Tasks in all states, completed ones included, as Asynq counts.
    pub fn size(&self) -> u64 {
        self.counts.values().sum()
    }

    /// Whether a figure could be read.
    pub fn knows(&self, figure: Figure) -> bool {
        self.unreadable
            .iter()
            .all(|(unknown, _)| *unknown != figure)
    }
}

/// One day's counters of one queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    /// Which queue.
    pub queue: QueueName,
    /// The UTC day.
    pub date: NaiveDate,
    /// Attempts that ended, failures included; `None` where the counter is not a number.
    pub processed: Option<u64>,
    /// Attempts that failed; `None` where the counter is not a number.
    pub failed: Option<u64>,
}

/// The `INFO` of the Redis server.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ServerFacts {
    /// Its version, `7.0.15`; Valkey reports the Redis version it is compatible with.
    pub version: String,
    /// Bytes in use.
    pub used_memory: Option<u64>,
    /// The limit; 0 = none.
    pub max_memory: Option<u64>,
    /// Connected clients.
    pub clients: Option<u64>,
    /// Since its start.
    pub uptime: Option<Duration>,
}

/// A task as it is stored in Redis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundTask {
    /// The queue of the key it was found under.
    pub queue: QueueName,
    /// The id of the key it was found under.
    pub id: TaskId,
    /// Its state.
    pub state: State,
    /// Its message, or the stored bytes if they cannot be decoded.
    pub message: Result<Message, Vec<u8>>,
    /// What its handler returned.
    pub result: Option<Vec<u8>>,
    /// When it became pending, as it is stored: see [`FoundTask::since`].
    pub pending_since: Option<DateTime<Utc>>,
    /// When it is due (scheduled, retry), was archived or set aside, expires (completed) or joined its group,
    /// as it is stored: see [`FoundTask::score_at`].
    pub score: Option<DateTime<Utc>>,
    /// It is in retry only because its handler runs as many tasks as it may.
    pub waits_for_handler: bool,
    /// When its lease ends (active), as it is stored.
    pub lease_expires_at: Option<DateTime<Utc>>,
}

impl FoundTask {
    /// The size of its payload and its result.
    pub(crate) fn bytes(&self) -> usize {
        let payload = self.message.as_ref();
        let payload = payload.map_or_else(Vec::len, |message| message.payload.len());
        payload + self.result.as_ref().map_or(0, Vec::len)
    }

    /// The effect of `action` on it.
    pub fn after(&self, action: Action, now: DateTime<Utc>) -> Result<After, Refusal> {
        if self.orphaned(now) {
            after_orphaned(action)
        } else {
            self.state.after(action)
        }
    }

    /// An active task without a valid lease: its server is gone.
    pub fn orphaned(&self, now: DateTime<Utc>) -> bool {
        self.state == State::Active && self.lease_expires_at.is_none_or(|end| end <= now)
    }

    /// The time in its score, if it is plausible: when the task is due (scheduled, retry), expires
    /// (completed), was archived or set aside, or joined its group.
    pub fn score_at(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self.state {
            State::Scheduled | State::Retry | State::Completed => self.score.and_then(plausible),
            State::Archived | State::Aggregating | State::Aside => {
                self.score.and_then(|at| plausible_past(at, now))
            }
            State::Active | State::Pending => None,
        }
    }

    /// When the task is due, if it is scheduled or waits for a retry.
    pub fn next_process_at(&self) -> Option<DateTime<Utc>> {
        match self.state {
            State::Scheduled | State::Retry => self.score.and_then(plausible),
            State::Pending
            | State::Active
            | State::Archived
            | State::Completed
            | State::Aggregating
            | State::Aside => None,
        }
    }

    /// How long the task has been in its state; `None` if unknown. A time slightly ahead of `now` was written by another
    /// clock, and counts as `now`.
    pub fn age(&self, now: DateTime<Utc>) -> Option<Duration> {
        let since = self.since(now)?;
        Some((now - since).to_std().unwrap_or_default())
    }

    /// When the task entered its state; `None` if this is not stored, or implausible.
    pub fn since(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let message = self.message.as_ref().ok();
        let at = match self.state {
            State::Pending => self.pending_since,
            State::Retry => message.and_then(|message| from_second(message.last_failed_at)),
            State::Completed => message.and_then(|message| from_second(message.completed_at)),
            State::Archived | State::Aggregating | State::Aside => self.score,
            // See `State::has_age`.
            State::Active | State::Scheduled => None,
        };
        at.and_then(|at| plausible_past(at, now))
    }
}

/// A group and how many tasks wait in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupSize {
    /// Which queue.
    pub queue: QueueName,
    /// The group's name.
    pub group: String,
    /// Tasks waiting, those in open aggregation sets not included; 0 where its key holds another type.
    pub size: u64,
    /// The key of the group holds another type.
    pub unreadable: Option<WrongType>,
}

/// A running server, Go's or ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerFound {
    /// Host name.
    pub host: String,
    /// Process id.
    pub pid: i32,
    /// Id of this server instance.
    pub server_id: String,
    /// Worker slots.
    pub concurrency: i32,
    /// Weight of each queue, as configured.
    pub queues: BTreeMap<String, i32>,
    /// Queues are served in strict order of weight.
    pub strict: bool,
    /// `active`, `stopped`, …
    pub status: String,
    /// When it started.
    pub started_at: Option<DateTime<Utc>>,
    /// Tasks it runs now.
    pub active_workers: i32,
}

/// When a server announced itself for the last time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heartbeat {
    /// Host, process id and id of the server instance, joined by colons.
    pub server: String,
    /// By the clock of the server, in whole seconds, rounded down.
    pub at: DateTime<Utc>,
}

/// A task that a server runs now, as that server announces it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerFound {
    /// Host of the server.
    pub host: String,
    /// Process id of the server.
    pub pid: i32,
    /// Id of the server instance.
    pub server_id: String,
    /// The task.
    pub task_id: String,
    /// Its type.
    pub kind: String,
    /// Its payload; servers may leave it out.
    pub payload: Vec<u8>,
    /// Its queue.
    pub queue: String,
    /// When this attempt started.
    pub started_at: Option<DateTime<Utc>>,
    /// When this attempt must end.
    pub deadline: Option<DateTime<Utc>>,
}
/// What an attempt has printed so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptLog {
    /// 1 for the first attempt. Attempts that count no retry, such as those after a manual one, have the same number.
    pub number: u32,
    /// 1 for the first attempt of the log that has this number, 2 for the next.
    pub run: u32,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended; `None` while it runs, and after its worker has vanished.
    pub ended_at: Option<DateTime<Utc>>,
    /// How it ended, in a word; empty while it runs.
    pub outcome: String,
    /// Where it ran: host and process.
    pub worker: String,
    /// Bytes that are left out, between the beginning and the end.
    pub left_out: u64,
    /// Bytes before those that are left out.
    pub beginning: Vec<u8>,
    /// Bytes after them.
    pub end: Vec<u8>,
}

impl AttemptLog {
    /// The number, and the run unless it is the first: `26`, `26.2`.
    pub fn label(&self) -> String {
        match self.run {
            0 | 1 => self.number.to_string(),
            run => format!("{}.{run}", self.number),
        }
    }
}

/// What tells whether the log of a task has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogMark {
    /// Its attempts.
    pub entries: u64,
    /// Its bytes; absent without a log.
    pub bytes: Option<u64>,
    /// The second of the last change.
    pub written_at: Option<i64>,
}

/// An entry of the audit stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Milliseconds since 1970 by the clock of Redis, and a number: `1764208800000-0`.
    pub id: String,
    /// Names and values, in their order.
    pub fields: Vec<(String, String)>,
}
