//! A schedule: when to enqueue what.

use std::fmt;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::str::FromStr;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

use super::spec::{Spec, Zone};
use crate::task::{NewTask, Start, TaskId, TaskOptions, TaskType};

/// A schedule, without its state in Redis (paused, progress).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    pub name: ScheduleName,
    pub spec: Spec,
    /// Applies if the spec names no zone.
    pub zone: Zone,
    pub kind: TaskType,
    pub payload: Option<Vec<u8>>,
    pub options: TaskOptions,
    /// From the tick to the start of the task.
    pub delay: Duration,
    pub catch_up: CatchUp,
    /// A task starts up to this long after its tick.
    pub jitter: Duration,
    /// There are no ticks before this time.
    pub start_at: Option<DateTime<Utc>>,
    /// There are no ticks after this time.
    pub end_at: Option<DateTime<Utc>>,
    /// A note for people.
    pub note: Option<String>,
}

/// What to do about ticks that passed while no scheduler was running.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CatchUp {
    /// Skip all of them.
    None,
    /// Fire the newest one, skip the others.
    #[default]
    Latest,
    /// Fire the newest ones, up to this number.
    All(u32),
}

impl CatchUp {
    /// The number of ticks that `all` fires.
    pub const DEFAULT_MAX: u32 = 100;
    const LIMIT: u32 = 10_000;
}

impl fmt::Display for CatchUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Latest => f.write_str("latest"),
            Self::All(Self::DEFAULT_MAX) => f.write_str("all"),
            Self::All(most) => write!(f, "all:{most}"),
        }
    }
}

/// A text that is no policy for missed ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not one of none, latest, all, or all:N with N from 1 to 10000")]
pub struct NoCatchUp;

impl FromStr for CatchUp {
    type Err = NoCatchUp;

    fn from_str(text: &str) -> Result<Self, NoCatchUp> {
        match text {
            "none" => Ok(Self::None),
            "latest" => Ok(Self::Latest),
            "all" => Ok(Self::All(Self::DEFAULT_MAX)),
            other => {
                let most = other.strip_prefix("all:").ok_or(NoCatchUp)?;
                let most = most.parse().map_err(|_| NoCatchUp)?;
                let sane = (1..=Self::LIMIT).contains(&most);
                sane.then_some(Self::All(most)).ok_or(NoCatchUp)
            }
        }
    }
}

/// The name of a schedule: up to 128 visible characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScheduleName(String);

/// An invalid name of a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the name of a schedule is 1 to 128 characters, without white space or control characters")]
pub struct BadName;

impl ScheduleName {
    /// Checks a name.
    pub fn new(text: impl Into<String>) -> Result<Self, BadName> {
        let text = text.into();
        let hidden = |c: char| c.is_whitespace() || c.is_control();
        let fits = !text.is_empty() && text.chars().count() <= 128 && !text.contains(hidden);
        fits.then_some(Self(text)).ok_or(BadName)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ScheduleName {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        Self::new(text)
    }
}

impl fmt::Display for ScheduleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Schedule {
    /// The first tick later than `after`. `@every` counts from `anchor`.
    pub fn next(&self, after: DateTime<Utc>, anchor: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let after = match self.start_at {
            // `start` itself may be a tick.
            Some(start) => after.max(start - TimeDelta::nanoseconds(1)),
            None => after,
        };
        let next = self.spec.next(after, &self.zone, anchor)?;
        self.end_at.is_none_or(|end| next <= end).then_some(next)
    }

    /// Why no tick follows `now`; `None` if one does.
    pub fn never_fires(&self, now: DateTime<Utc>) -> Option<&'static str> {
        if self.next(now, now).is_some() {
            return None;
        }
        Some(match self.end_at {
            Some(end) if end <= now => "its end has passed",
            Some(_) => "no time before its end matches its spec",
            None => "no time in the next five years matches its spec",
        })
    }

    /// A sentence about a schedule without future ticks.
    pub fn warning(&self, now: DateTime<Utc>) -> Option<String> {
        let name = self.name.as_str();
        let warning = |why| format!("schedule {name:?} never fires: {why}");
        self.never_fires(now).map(warning)
    }

    /// The task of a tick. Every scheduler makes the same task with the same id.
    pub fn task(&self, tick: DateTime<Utc>) -> NewTask {
        let instant = tick.to_rfc3339_opts(SecondsFormat::AutoSi, true);
        let wait = self.delay.saturating_add(self.offset(tick));
        let start = if wait.is_zero() {
            Start::Now
        } else {
            let start = TimeDelta::from_std(wait).ok();
            start
                .and_then(|wait| tick.checked_add_signed(wait))
                .map_or(Start::Now, Start::At)
        };
        self.new_task(format!("{}@{instant}", self.name), start)
    }

    /// A task without a tick, for `cron run`.
    pub fn task_now(&self) -> NewTask {
        let id = format!("{}@run-{}", self.name, uuid::Uuid::new_v4());
        self.new_task(id, Start::Now)
    }

    fn new_task(&self, id: String, start: Start) -> NewTask {
        NewTask {
            kind: self.kind.clone(),
            payload: self.payload.clone(),
            // An id is invalid only if it is blank, and this one begins with a name.
            id: TaskId::new(id).unwrap_or_else(|_| TaskId::random()),
            start,
            options: self.options.clone(),
        }
    }

    /// The delay within the jitter. Every scheduler computes the same one.
    fn offset(&self, tick: DateTime<Utc>) -> Duration {
        let span = u64::try_from(self.jitter.as_millis()).unwrap_or(u64::MAX);
        if span == 0 {
            return Duration::ZERO;
        }
        // DefaultHasher::new() has fixed keys: the hash is the same in every process of one build.
        let mut hasher = DefaultHasher::new();
        (self.name.as_str(), tick.timestamp()).hash(&mut hasher);
        Duration::from_millis(hasher.finish() % span.saturating_add(1))
    }
}
