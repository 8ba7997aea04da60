//! Stored schedules, under keys of qctl's own that Asynq does not know.
//!
//! The definition of a schedule is an opaque text of the layer above. Every change of a schedule gives it a new
//! revision, and the set of schedules a new version. Schedulers poll the version. A claim under an old revision is
//! refused, so that a schedule that was removed, paused or replaced no longer fires, even if a scheduler still has
//! it in memory. A tick is claimed, fired and settled; if the scheduler dies in between, its claim expires. All
//! these keys are in one slot; the tasks may be in any other.

use std::time::Duration;

use chrono::{DateTime, Utc};
use redis::Value;

use crate::broker::schedules::announced::HISTORY_TTL;
use crate::broker::{Broker, Error, keys, script};

/// A stored schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSchedule {
    pub name: String,
    pub definition: String,
    /// Differs after every change.
    pub revision: String,
    pub paused: bool,
    /// Ticks at or before this time do not count: the schedule was changed or resumed then.
    pub since: DateTime<Utc>,
    /// The last tick that was fired or skipped.
    pub fired: Option<DateTime<Utc>>,
    /// The outcome of the last tick.
    pub outcome: Option<String>,
    pub changed_at: Option<DateTime<Utc>>,
    pub changed_by: String,
}

/// A schedule to store.
#[derive(Debug, Clone, Copy)]
pub struct SchedulePut<'a> {
    pub name: &'a str,
    pub definition: &'a str,
    /// The part of the definition that determines the ticks: if it changes, ticks before now do not count.
    pub timing: &'a str,
    /// `None` leaves a stored schedule paused or active.
    pub paused: Option<bool>,
    /// Replace another schedule of the same name.
    pub replace: bool,
    /// Who changes it.
    pub by: &'a str,
}

/// The outcome of storing a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SchedulePlaced {
    Added,
    /// Another schedule had the name.
    Replaced,
    /// The same schedule was stored already.
    Unchanged,
    /// Another schedule has the name and was not to be replaced.
    Taken,
}

/// One tick of a schedule, as a scheduler knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tick {
    /// The schedule.
    pub name: String,
    pub revision: String,
    /// The planned time, in whole seconds.
    pub at: DateTime<Utc>,
}

/// The outcome of claiming a tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TickClaim {
    Claimed,
    /// This tick and those before it were fired or skipped.
    Over(DateTime<Utc>),
    /// The revision is not the stored one, or the schedule is paused.
    Changed,
    /// Another scheduler has claimed the tick; its claim expires after this time.
    Held(Duration),
    /// The tick is this far ahead of the server's clock.
    Ahead(Duration),
}

/// The outcome of a tick, to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TickRecord {
    /// The schedule.
    pub name: String,
    /// `None` after `cron run`.
    pub at: Option<DateTime<Utc>>,
    /// The text for the history.
    pub record: String,
    /// Otherwise the tick has failed and stays due.
    pub over: bool,
}

/// Records kept of each schedule.
const RECORDS: usize = 1000;

/// Schedules read in one pipeline.
const PAGE: usize = 100;

const FIELDS: [&str; 8] = [
    "definition",
    "revision",
    "paused",
    "since",
    "fired",
    "outcome",
    "changed_at",
    "changed_by",
];

impl Broker {
    /// The number of stored schedules.
    pub async fn schedule_count(&self) -> Result<usize, Error> {
        let mut count = redis::cmd("SCARD");
        count.arg(keys::CRON_NAMES);
        self.conn.command(&count).await
    }

    /// Differs after a change of any schedule. Empty before the first one is stored, and when the server has lost
    /// its data.
    pub async fn schedules_version(&self) -> Result<String, Error> {
        let mut get = redis::cmd("GET");
        get.arg(keys::CRON_VERSION);
        let version: Option<String> = self.conn.command(&get).await?;
        Ok(version.unwrap_or_default())
    }

    /// The time by the server's clock. Changes of schedules use it, because the clocks of operators may be wrong.
    pub async fn server_time(&self) -> Result<DateTime<Utc>, Error> {
        let (seconds, micros): (i64, u32) = self.conn.command(&redis::cmd("TIME")).await?;
        let time = DateTime::from_timestamp(seconds, micros.saturating_mul(1000));
        Ok(time.unwrap_or_default())
    }

    /// All schedules, sorted by name.
    pub async fn schedules(&self) -> Result<Vec<StoredSchedule>, Error> {
        let mut found = Vec::new();
        let mut scan = self.scan_set(keys::CRON_NAMES.to_owned());
        while let Some(names) = scan.next_names().await? {
            for names in names.chunks(PAGE) {
                found.extend(self.read_schedules(names).await?);
            }
        }
        found.sort_by(|one, other| one.name.cmp(&other.name));
        // SSCAN may return a name twice.
        found.dedup_by(|one, other| one.name == other.name);
        Ok(found)
    }

    /// The schedule of this name.
    pub async fn schedule(&self, name: &str) -> Result<StoredSchedule, Error> {
        let found = self.read_schedules(&[name.to_owned()]).await?;
        let found = found.into_iter().next();
        found.ok_or_else(|| Error::ScheduleNotFound(name.to_owned()))
    }

    async fn read_schedules(&self, names: &[String]) -> Result<Vec<StoredSchedule>, Error> {
        let mut read = redis::pipe();
        for name in names {
            read.cmd("HMGET")
                .arg(keys::cron_schedule(name))
                .arg(&FIELDS);
        }
        // An error in one schedule must not hide the others.
        read.ignore_errors();
        let rows: Vec<redis::RedisResult<Value>> = self.conn.pipeline(&read).await?;
        let rows = names.iter().zip(rows);
        let mut found = Vec::with_capacity(names.len());
        for (name, row) in rows {
            let row: Vec<Option<Vec<u8>>> =
                match row.and_then(|row| Ok(redis::from_redis_value(row)?)) {
                    Ok(row) => row,
                    // A key of another type: a schedule with an empty definition, which cannot be read.
                    Err(error) if error.code() == Some("WRONGTYPE") => {
                        vec![Some(Vec::new()); FIELDS.len()]
                    }
                    Err(error) => return Err(self.conn.explain(&error, read.cmd_iter())),
                };
            found.extend(decode(name, row));
        }
        Ok(found)
    }

    /// Stores a schedule.
    pub async fn put_schedule(
        &self,
        put: &SchedulePut<'_>,
        now: DateTime<Utc>,
    ) -> Result<SchedulePlaced, Error> {
        let paused = match put.paused {
            Some(true) => "1",
            Some(false) => "0",
            None => "",
        };
        let code: i64 = script::PUT_SCHEDULE
            .on(&[
                keys::CRON_NAMES.to_owned(),
                keys::CRON_VERSION.to_owned(),
                keys::cron_schedule(put.name),
            ])
            .arg(put.name)
            .arg(put.definition)
            .arg(put.timing)
            .arg(revision())
            .arg(now.timestamp_millis())
            .arg(put.by)
            .arg(paused)
            .arg(i32::from(put.replace))
            .run(&self.conn)
            .await?;
        Ok(match code {
            1 => SchedulePlaced::Added,
            2 => SchedulePlaced::Replaced,
            3 => SchedulePlaced::Unchanged,
            _ => SchedulePlaced::Taken,
        })
    }

    /// Removes a schedule and its history. Returns whether there was one.
    pub async fn remove_schedule(&self, name: &str) -> Result<bool, Error> {
        let removed: i64 = script::REMOVE_SCHEDULE
            .on(&[
                keys::CRON_NAMES.to_owned(),
                keys::CRON_VERSION.to_owned(),
                keys::cron_schedule(name),
                keys::cron_history(name),
            ])
            .arg(name)
            .arg(revision())
            .run(&self.conn)
            .await?;
        if removed == 1 {
            self.forget_events(name).await?;
        }
        Ok(removed == 1)
    }

    /// Pauses or resumes a schedule. Returns whether that changed anything.
    pub async fn pause_schedule(
        &self,
        name: &str,
        paused: bool,
        by: &str,
        now: DateTime<Utc>,
    ) -> Result<bool, Error> {
        let code: i64 = script::PAUSE_SCHEDULE
            .on(&[keys::CRON_VERSION.to_owned(), keys::cron_schedule(name)])
            .arg(i32::from(paused))
            .arg(revision())
            .arg(now.timestamp_millis())
            .arg(by)
            .run(&self.conn)
            .await?;
        match code {
            1 => Ok(true),
            0 => Ok(false),
            _ => Err(Error::ScheduleNotFound(name.to_owned())),
        }
    }

    /// Claims ticks for `owner`, each for `lease`, in one pipeline; each has an outcome of its own. A tick that is
    /// more than `ahead` ahead of the server's clock is refused.
    pub async fn claim_ticks(
        &self,
        ticks: &[Tick],
        owner: &str,
        lease: Duration,
        ahead: Duration,
    ) -> Result<Vec<Result<TickClaim, Error>>, Error> {
        let calls = ticks.iter().map(|tick| {
            script::CLAIM_TICK
                .on(&[keys::cron_schedule(&tick.name)])
                .arg(&tick.revision)
                .arg(tick.at.timestamp())
                .arg(owner)
                .arg(milliseconds(lease))
                .arg(milliseconds(ahead))
        });
        let answers = script::run_all(calls.collect(), &self.conn).await?;
        let answers = answers.into_iter().map(|answer| {
            let (code, number): (i64, i64) = match redis::from_redis_value(answer?) {
                Ok(answer) => answer,
                Err(error) => return Err(self.conn.explain(&error.into(), [])),
            };
            let span = Duration::from_millis(number.unsigned_abs());
            Ok(match code {
                1 => TickClaim::Claimed,
                0 => TickClaim::Over(DateTime::from_timestamp(number, 0).unwrap_or_default()),
                -2 => TickClaim::Held(span),
                -3 => TickClaim::Ahead(span),
                _ => TickClaim::Changed,
            })
        });
        Ok(answers.collect())
    }

    /// Stores the outcomes of ticks in one pipeline. Each can fail on its own.
    pub async fn settle_ticks(
        &self,
        records: &[TickRecord],
        owner: &str,
    ) -> Result<Vec<Result<(), Error>>, Error> {
        let calls = records.iter().map(|record| {
            let tick = record.at.map(|at| at.timestamp().to_string());
            script::SETTLE_TICK
                .on(&[
                    keys::cron_schedule(&record.name),
                    keys::cron_history(&record.name),
                ])
                .arg(tick.unwrap_or_default())
                .arg(owner)
                .arg(&record.record)
                .arg(i32::from(record.over))
                .arg(RECORDS)
                .arg(HISTORY_TTL.as_secs())
        });
        let answers = script::run_all(calls.collect(), &self.conn).await?;
        Ok(answers.into_iter().map(|answer| answer.map(drop)).collect())
    }

    /// The outcomes of the last ticks of a schedule, newest first.
    pub async fn schedule_history(&self, name: &str, limit: usize) -> Result<Vec<String>, Error> {
        if limit == 0 {
            return Ok(Vec::new());
        }
        let mut range = redis::cmd("LRANGE");
        range
            .arg(keys::cron_history(name))
            .arg(0)
            .arg(limit.min(RECORDS) - 1);
        let records: Vec<Value> = self.conn.command(&range).await?;
        let text = |record| redis::from_redis_value::<String>(record).ok();
        Ok(records.into_iter().filter_map(text).collect())
    }
}

fn decode(name: &str, row: Vec<Option<Vec<u8>>>) -> Option<StoredSchedule> {
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    let row: Vec<Option<String>> = row.into_iter().map(|bytes| bytes.map(text)).collect();
    let row: [Option<String>; 8] = row.try_into().ok()?;
    let [
        definition,
        revision,
        paused,
        since,
        fired,
        outcome,
        changed_at,
        changed_by,
    ] = row;
    let time =
        |milliseconds: Option<String>| DateTime::from_timestamp_millis(milliseconds?.parse().ok()?);
    Some(StoredSchedule {
        name: name.to_owned(),
        definition: definition?,
        revision: revision.unwrap_or_default(),
        paused: paused.as_deref() == Some("1"),
        since: time(since).unwrap_or_default(),
        fired: fired.and_then(|seconds| DateTime::from_timestamp(seconds.parse().ok()?, 0)),
        outcome,
        changed_at: time(changed_at),
        changed_by: changed_by.unwrap_or_default(),
    })
}

/// Random, so that no revision is used twice even if Redis is restored from an older state.
fn revision() -> String {
    uuid::Uuid::new_v4().to_string()
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
