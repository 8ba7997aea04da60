//! A task about to be enqueued: its options, their defaults, and all validation of them.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::message::DEFAULT_TIMEOUT;
use super::transition::whole_second;
use super::{Message, QueueName, TaskId, TaskType};

/// Retries that follow a first failure when nothing else is said, as in Asynq.
pub const DEFAULT_MAX_RETRY: i32 = 25;

/// A task that is not in Redis yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTask {
    /// Chooses the handler.
    pub kind: TaskType,
    /// Free bytes. `None` differs from empty in the uniqueness lock only, as in Go.
    pub payload: Option<Vec<u8>>,
    /// Where it goes.
    pub queue: QueueName,
    /// Chosen by the caller, so that sending it twice is harmless.
    pub id: TaskId,
    /// Retries after the first failure; negative counts as 0.
    pub max_retry: i32,
    /// Limit of one attempt. Parts of a second are rounded up; zero = none.
    pub timeout: Option<Duration>,
    /// No attempt runs past this instant.
    pub deadline: Option<DateTime<Utc>>,
    /// When it may start.
    pub start: Start,
    /// No other task of this queue, type and payload is accepted for this long.
    pub unique_for: Option<Duration>,
    /// How long to keep it after success. Parts of a second are rounded up.
    pub retention: Duration,
    /// Waits in this group until it is merged with others.
    pub group: Option<String>,
    /// What the enqueuer wants to say besides the payload.
    pub headers: BTreeMap<String, String>,
}

/// What holds for a task whose document does not say otherwise; `null` says nothing.
#[derive(Debug, Clone)]
pub struct Defaults {
    /// The queue.
    pub queue: QueueName,
    /// Retries after the first failure.
    pub max_retry: i32,
    /// Limit of one attempt.
    pub timeout: Option<Duration>,
    /// No attempt runs past this.
    pub deadline: Option<DateTime<Utc>>,
    /// When it may start.
    pub start: Start,
    /// How long its uniqueness lock holds.
    pub unique_for: Option<Duration>,
    /// How long it is kept after success.
    pub retention: Duration,
    /// The group it waits in.
    pub group: Option<String>,
    /// Headers, each of which a document may replace.
    pub headers: BTreeMap<String, String>,
}

impl Defaults {
    /// A new task that differs from these in nothing.
    pub fn task(&self, kind: TaskType, id: TaskId, payload: Option<Vec<u8>>) -> NewTask {
        NewTask {
            kind,
            payload,
            id,
            queue: self.queue.clone(),
            max_retry: self.max_retry,
            timeout: self.timeout,
            deadline: self.deadline,
            start: self.start,
            unique_for: self.unique_for,
            retention: self.retention,
            group: self.group.clone(),
            headers: self.headers.clone(),
        }
    }
}

/// When a task may start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// At once.
    Now,
    /// Not before this instant; a past one means at once.
    At(DateTime<Utc>),
}

/// Where a new task is put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Placement<'a> {
    /// Ready to be processed.
    Pending,
    /// Waiting until this instant.
    Scheduled(DateTime<Utc>),
    /// Waiting in this group.
    Group(&'a str),
}

/// An option that Asynq would refuse, or silently misread.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// The lock would end before anything can happen.
    #[error("the unique time must be at least one second")]
    UniqueTooShort,
    /// A group needs a name.
    #[error("the group name must contain at least one character that is not white space")]
    BlankGroup,
    /// A duration too long for the message.
    #[error("the {0} is too long")]
    TooLong(&'static str),
}

impl NewTask {
    /// A task with Asynq's defaults: queue `default`, 25 retries, thirty minutes per attempt.
    ///
    /// ```
    /// use qctl::task::{NewTask, TaskType};
    /// let task = NewTask::new(TaskType::new("email:deliver")?, Some(b"{}".to_vec()));
    /// assert_eq!(task.queue.as_str(), "default");
    /// # Ok::<(), qctl::task::NameError>(())
    /// ```
    pub fn new(kind: TaskType, payload: Option<Vec<u8>>) -> Self {
        Self {
            kind,
            payload,
            queue: QueueName::default(),
            id: TaskId::random(),
            max_retry: DEFAULT_MAX_RETRY,
            timeout: None,
            deadline: None,
            start: Start::Now,
            unique_for: None,
            retention: Duration::ZERO,
            group: None,
            headers: BTreeMap::new(),
        }
    }

    /// Where it goes if it is enqueued at `now`. A start time wins over a group, as in Go.
    pub fn placement(&self, now: DateTime<Utc>) -> Placement<'_> {
        match (self.start, &self.group) {
            (Start::At(at), _) if at > now => Placement::Scheduled(whole_second(at)),
            (Start::At(_) | Start::Now, Some(group)) => Placement::Group(group),
            (Start::At(_) | Start::Now, None) => Placement::Pending,
        }
    }

    /// How long its uniqueness lock must hold, in whole seconds: from `now` to its start, and its time.
    pub fn lock_seconds(&self, now: DateTime<Utc>) -> Result<Option<i64>, Invalid> {
        let Some(unique_for) = self.unique_for else {
            return Ok(None);
        };
        if unique_for < Duration::from_secs(1) {
            return Err(Invalid::UniqueTooShort);
        }
        let wait = match self.placement(now) {
            Placement::Scheduled(at) => (at - now).to_std().unwrap_or_default(),
            Placement::Pending | Placement::Group(_) => Duration::ZERO,
        };
        seconds(wait.saturating_add(unique_for), "unique time").map(Some)
    }

    /// What [`NewTask::message`] and [`NewTask::lock_seconds`] would refuse, without the work.
    pub fn check(&self) -> Result<(), Invalid> {
        self.check_group()?;
        seconds(self.timeout.unwrap_or_default(), "timeout")?;
        seconds(self.retention, "retention")?;
        let Some(unique_for) = self.unique_for else {
            return Ok(());
        };
        if unique_for < Duration::from_secs(1) {
            return Err(Invalid::UniqueTooShort);
        }
        seconds(unique_for, "unique time").map(|_| ())
    }

    fn check_group(&self) -> Result<(), Invalid> {
        match &self.group {
            Some(group) if group.trim().is_empty() => Err(Invalid::BlankGroup),
            Some(_) | None => Ok(()),
        }
    }

    /// The message to store. Its `unique_key` is left to the broker, which knows the keys.
    pub fn message(&self) -> Result<Message, Invalid> {
        self.check_group()?;
        let deadline = self.deadline.map_or(0, |deadline| deadline.timestamp());
        let timeout = match self.timeout.unwrap_or_default() {
            Duration::ZERO if deadline == 0 => DEFAULT_TIMEOUT,
            timeout => timeout,
        };
        Ok(Message {
            kind: self.kind.to_string(),
            payload: self.payload.clone().unwrap_or_default(),
            id: self.id.to_string(),
            queue: self.queue.to_string(),
            max_retry: self.max_retry.max(0),
            timeout: seconds(timeout, "timeout")?,
            deadline,
            retention: seconds(self.retention, "retention")?,
            group: self.group.clone().unwrap_or_default(),
            headers: self.headers.clone(),
            ..Message::default()
        })
    }
}

/// A thousand years: far above any use, far below what overflows a date or a Redis expiry.
const LONGEST: i64 = 1_000 * 366 * 24 * 3600;

/// Whole seconds, rounded up: Asynq truncates, which turns half a second into "not set".
fn seconds(duration: Duration, what: &'static str) -> Result<i64, Invalid> {
    let whole = duration
        .as_secs()
        .saturating_add(u64::from(duration.subsec_nanos() > 0));
    i64::try_from(whole)
        .ok()
        .filter(|&whole| whole <= LONGEST)
        .ok_or(Invalid::TooLong(what))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task() -> NewTask {
        NewTask::new(TaskType::new("t").unwrap(), None)
    }

    fn at(milliseconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(milliseconds).unwrap()
    }

    #[test]
    fn timeout_and_deadline_follow_asynqs_rule() {
        let stored = |timeout_ms: Option<u64>, deadline: Option<i64>| {
            let message = NewTask {
                timeout: timeout_ms.map(Duration::from_millis),
                deadline: deadline.map(|seconds| at(seconds * 1000)),
                ..task()
            }
            .message()
            .unwrap();
            (message.timeout, message.deadline)
        };
        assert_eq!(stored(None, None), (1800, 0));
        assert_eq!(stored(Some(0), None), (1800, 0));
        assert_eq!(stored(Some(60_000), None), (60, 0));
        assert_eq!(stored(None, Some(99)), (0, 99));
        assert_eq!(stored(Some(60_000), Some(99)), (60, 99));
        assert_eq!(stored(None, Some(0)), (1800, 0));
        assert_eq!(stored(Some(200), None), (1, 0), "rounded up, not dropped");
    }

    #[test]
    fn placement_and_lock_time() {
        let now = at(10_500);
        let unique = |start, group: Option<&str>| NewTask {
            start,
            group: group.map(str::to_owned),
            unique_for: Some(Duration::from_secs(5)),
            ..task()
        };
        let later = unique(Start::At(at(12_000)), Some("g"));
        assert_eq!(later.placement(now), Placement::Scheduled(at(12_000)));
        assert_eq!(later.lock_seconds(now).unwrap(), Some(7));
        let past = unique(Start::At(at(10_500)), Some("g"));
        assert_eq!(past.placement(now), Placement::Group("g"));
        assert_eq!(past.lock_seconds(now).unwrap(), Some(5));
        assert_eq!(unique(Start::Now, None).placement(now), Placement::Pending);
        let fraction = unique(Start::At(at(11_001)), None);
        assert_eq!(fraction.placement(now), Placement::Scheduled(at(12_000)));
    }

    #[test]
    fn what_is_refused() {
        let unique_for = Some(Duration::from_millis(999));
        let short = NewTask {
            unique_for,
            ..task()
        };
        assert_eq!(short.lock_seconds(at(0)), Err(Invalid::UniqueTooShort));
        let group = Some(" ".to_owned());
        assert_eq!(
            NewTask { group, ..task() }.message(),
            Err(Invalid::BlankGroup)
        );
        let long = NewTask {
            retention: Duration::MAX,
            ..task()
        };
        assert_eq!(long.message(), Err(Invalid::TooLong("retention")));
        assert_eq!(
            NewTask {
                max_retry: -3,
                ..task()
            }
            .message()
            .unwrap()
            .max_retry,
            0
        );
    }
}
