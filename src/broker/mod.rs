//! Everything that is sent to Redis. The only module that uses the `redis` crate.
//!
//! Data in Redis has Asynq's format, byte for byte, so that Go programs can share it. Each operation is one short
//! script or a few plain commands. None waits, retries or decides about a task: these rules are in `task` and
//! `worker`. Bulk operations work in bounded steps, between which the data is valid for Go programs.
//!
//! | folder | operations |
//! | --- | --- |
//! | `conn` | connections to a server, a cluster, the primary that Sentinels name, over TLS; addresses; which server has a key |
//! | `enqueue` | one new task, or many in one call |
//! | `work` | what workers do: claim, settle, extend leases, upkeep, groups, presence, cancellations |
//! | `read` | queues, tasks, groups, statistics; walks through containers |
//! | `change` | retry, archive, delete by id and by container; pause, resume; drop queues |
//! | `doctor` | what `doctor` reads and repairs |
//! | `schedules` | stored schedules, and the entries of schedulers that are announced |
//! | `audit` | the stream of the changes that operators have made |
//! | `lua` | the scripts; `script` calls them |

mod audit;
mod change;
mod clock;
mod conn;
mod denied;
pub(crate) mod doctor;
mod enqueue;
mod error;
mod fault;
mod info;
pub mod keys;
mod leases;
#[cfg(test)]
mod properties;
mod read;
mod receipt;
pub mod records;
mod schedules;
mod script;
mod trace;
mod translate;
mod unknown;
mod work;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};

pub use crate::broker::change::batch::Batch;
pub use crate::broker::change::by_id::{Applied, ById};
pub use crate::broker::change::edit::Revision;
pub use crate::broker::change::pages::{PageStep, Pages, Passed};
pub(crate) use crate::broker::change::pages::{digest, step_size};
pub use crate::broker::change::relocate::Relocation;
pub use crate::broker::conn::address::{Address, Endpoint, Secret, Sentinels};
pub use crate::broker::conn::bad_url::AddressError;
pub use crate::broker::enqueue::lock::Lock;
pub use crate::broker::enqueue::many::Submission;
pub use crate::broker::enqueue::one::Enqueued;
pub use crate::broker::enqueue::restore::{Mode, Places, Restoration, Restored};
pub use crate::broker::fault::{Fault, SentinelAnswer};
pub use crate::broker::read::container::Container;
pub use crate::broker::read::scan::GroupPages;
pub use crate::broker::read::walk::{StoredId, Walk};
pub use crate::broker::schedules::announced::{EnqueueEvent, SchedulerEntry, SchedulerFound};
pub use crate::broker::schedules::stored::{
    SchedulePlaced, SchedulePut, StoredSchedule, Tick, TickClaim, TickRecord,
};
pub use crate::broker::work::cancel::Cancellations;
pub use crate::broker::work::claim::{Claim, Claimed, FIRST_WAIT, TurnsLeft, WAITS_DUE_PER_SECOND};
pub use crate::broker::work::groups::{AggregationSet, MAX_SET_TASKS, Ripeness, SET_LIFETIME};
pub use crate::broker::work::lease::{ClaimToken, Held, Ticket};
pub use crate::broker::work::limits::Rate;
pub use crate::broker::work::logs::LogLimits;
pub use crate::broker::work::merge::{SetMember, SetMerge, SetPart};
pub use crate::broker::work::presence::{ANNOUNCED_PAYLOAD, Presence, RunningTask};
pub use crate::broker::work::settle::{Settle, Settled};
pub use crate::broker::work::upkeep::{Cleaned, Forwarded};
pub use crate::broker::work::wait::Waiter;
pub use crate::tls::Tls;
pub use conn::Settings;
pub use denied::{Denied, SCRIPT_OPTIONS};
pub use error::{Error, Scope};
pub use leases::Leases;

use crate::task::QueueName;
use clock::RedisClock;
use conn::Conn;
use keys::QueueKeys;
use receipt::ReceiptBook;
pub(crate) use unknown::Fact;

/// A connection to the Redis that holds the queues. Clones share it.
#[derive(Debug, Clone)]
pub struct Broker {
    conn: Conn,
    /// Queues whose names we have put into the global set, and when. They are forgotten after a while,
    /// because somebody else may remove the queue meanwhile.
    registered: Arc<Mutex<HashMap<QueueName, Instant>>>,
    receipts: Arc<ReceiptBook>,
    leases: Leases,
    /// The microseconds in the lease scores of one worker, by which it recognizes its leases: see [`Broker::take_back`].
    /// 0: whole seconds.
    lease_mark: u32,
    clock: RedisClock,
}

/// How long a queue's registration is believed to hold.
const REGISTRATION_LIFETIME: Duration = Duration::from_secs(1);

impl Broker {
    /// Connects, makes sure that the server is new enough, and reads its clock.
    pub async fn connect(settings: Settings) -> Result<Self, Error> {
        let broker = Self::connect_later(settings)?;
        // Both questions share a round trip; the first one's error comes first.
        tokio::try_join!(broker.conn.check(), broker.read_clock())?;
        Ok(broker)
    }

    /// Sends nothing yet. Until the server's clock has been read, that of this machine stands for it.
    pub(crate) fn connect_later(settings: Settings) -> Result<Self, Error> {
        Ok(Self {
            conn: Conn::new(settings)?,
            registered: Arc::default(),
            receipts: Arc::default(),
            leases: Leases::default(),
            lease_mark: 0,
            clock: RedisClock::default(),
        })
    }

    /// Configures the connection of a worker: the length of its leases, which should be the same for all workers of a
    /// queue, and a random mark in their scores.
    #[must_use]
    pub fn with_leases(mut self, leases: Leases) -> Self {
        self.leases = leases;
        self.lease_mark = fastrand::u32(1..1_000_000);
        self
    }

    /// How long its leases last.
    pub(crate) const fn leases(&self) -> Leases {
        self.leases
    }

    /// The time by the clock of the Redis server.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// How far the clock of this machine is ahead of the Redis server's.
    pub fn clock_ahead(&self) -> TimeDelta {
        crate::clock::now() - self.now()
    }

    /// Reads the server's clock again: it may have been adjusted, or another server has taken over.
    pub(crate) async fn read_clock(&self) -> Result<(), Error> {
        self.clock.read(&self.conn).await
    }

    /// What was read; `None`, and a note of what is unknown, if the user has no right to it.
    pub(crate) fn unless_denied<T>(
        &self,
        fact: Fact,
        read: Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        self.conn.unknowns().unless_denied(fact, read)
    }

    /// Why a fact is unknown for want of a right, as a sentence; `None` if it is not.
    pub(crate) fn unknown(&self, fact: Fact) -> Option<String> {
        self.conn.unknowns().of(fact)
    }

    /// What could not be read so far for want of a right: a sentence for each right that is missing.
    pub(crate) fn unknowns(&self) -> Vec<String> {
        self.conn.unknowns().sentences()
    }

    /// Adds a queue to the global set, unless that was done a moment ago.
    pub(crate) async fn register(&self, queue: &QueueName) -> Result<(), Error> {
        self.register_all([queue]).await
    }

    /// The same for several, in one command.
    async fn register_all<'a>(
        &self,
        queues: impl IntoIterator<Item = &'a QueueName>,
    ) -> Result<(), Error> {
        let registered = || {
            self.registered
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        };
        let known = |at: &Instant| at.elapsed() < REGISTRATION_LIFETIME;
        let new: Vec<&QueueName> = {
            let registered = registered();
            let unknown = |queue: &&QueueName| !registered.get(*queue).is_some_and(known);
            queues.into_iter().filter(unknown).collect()
        };
        if new.is_empty() {
            return Ok(());
        }
        let mut add = redis::cmd("SADD");
        add.arg(keys::QUEUES);
        for queue in &new {
            add.arg(queue.as_str());
        }
        self.conn.command::<()>(&add).await?;
        let now = Instant::now();
        registered().extend(new.into_iter().map(|queue| (queue.clone(), now)));
        Ok(())
    }

    /// Fails unless the queue is in the global set, or has a container of tasks or a pause: a queue that another
    /// client has dropped from the set while tasks arrived is reached by its name.
    pub async fn expect_queue(&self, queue: &QueueName) -> Result<(), Error> {
        let mut member = redis::cmd("SISMEMBER");
        member.arg(keys::QUEUES).arg(queue.as_str());
        if self.conn.command(&member).await? {
            return Ok(());
        }
        let keys = QueueKeys::new(queue);
        let mut exist = redis::cmd("EXISTS");
        exist
            .arg(keys.pending())
            .arg(keys.active())
            .arg(keys.scheduled())
            .arg(keys.retry())
            .arg(keys.archived())
            .arg(keys.completed())
            .arg(keys.aside())
            .arg(keys.groups())
            .arg(keys.paused());
        let found: u64 = self.conn.command(&exist).await?;
        if found > 0 {
            Ok(())
        } else {
            Err(Error::QueueNotFound(queue.clone()))
        }
    }
}

/// Tasks that one script may touch: far below a millisecond of Redis's time for most scripts.
const STEP: usize = 100;

/// The value of `pending_since`, the only time in nanoseconds.
fn nanoseconds(at: DateTime<Utc>) -> i64 {
    at.timestamp_nanos_opt().unwrap_or(i64::MAX)
}

/// A score that Redis returned, as an instant.
fn instant(score: f64) -> Option<DateTime<Utc>> {
    let milliseconds = score * 1000.0;
    // A score from a stranger may be anything; the cast saturates and the range check follows.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "saturating is what is wanted"
    )]
    DateTime::from_timestamp_millis(milliseconds as i64)
}

/// The counters of a day and the totals, and when the day's counters are deleted.
struct Counters {
    keys: QueueKeys,
    now: DateTime<Utc>,
}

impl Counters {
    fn processed_on(&self) -> String {
        self.keys.processed_on(self.now.date_naive())
    }

    fn failed_on(&self) -> String {
        self.keys.failed_on(self.now.date_naive())
    }

    fn day_expires_at(&self) -> i64 {
        (self.now + chrono::TimeDelta::days(90)).timestamp()
    }
}
