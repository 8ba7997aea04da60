//! A task to enqueue, and its validation.

use chrono::{DateTime, Utc};

use super::message::DEFAULT_TIMEOUT;
use super::options::{MAX_PAYLOAD, whole_seconds};
use super::time::END;
use super::transition::whole_second;
use super::{Invalid, Message, TaskId, TaskOptions, TaskType};

/// A task that is not yet in Redis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTask {
    /// Chooses the handler.
    pub kind: TaskType,
    /// Arbitrary bytes. `None` differs from empty only in the uniqueness lock, as in Go.
    pub payload: Option<Vec<u8>>,
    /// Chosen before the task is sent, so that Redis stores it once even if it is sent twice.
    pub id: TaskId,
    /// When it may start.
    pub start: Start,
    /// Its queue, and how it is treated there.
    pub options: TaskOptions,
}

/// When a task may start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// At once.
    Now,
    /// Not before this instant. A past instant means at once.
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

impl NewTask {
    /// A task with a random id and the default options, to start at once.
    ///
    /// ```
    /// use qctl::task::{NewTask, TaskType};
    /// let task = NewTask::new(TaskType::new("email:deliver")?, Some(b"{}".to_vec()))
    ///     .with(|options| options.max_retry = 3);
    /// assert_eq!(task.options.queue.as_str(), "default");
    /// # Ok::<(), qctl::task::NameError>(())
    /// ```
    pub fn new(kind: TaskType, payload: Option<Vec<u8>>) -> Self {
        Self {
            kind,
            payload,
            id: TaskId::random(),
            start: Start::Now,
            options: TaskOptions::default(),
        }
    }

    /// The same task with changed options.
    #[must_use]
    pub fn with(mut self, change: impl FnOnce(&mut TaskOptions)) -> Self {
        change(&mut self.options);
        self
    }

    /// Where it goes if it is enqueued at `now`. A start time wins over a group, as in Go.
    pub fn placement(&self, now: DateTime<Utc>) -> Placement<'_> {
        match (self.start, &self.options.group) {
            (Start::At(at), _) if at > now => Placement::Scheduled(whole_second(at)),
            (Start::At(_) | Start::Now, Some(group)) => Placement::Group(group),
            (Start::At(_) | Start::Now, None) => Placement::Pending,
        }
    }

    /// How long its uniqueness lock must hold, in whole seconds: from `now` to its start, plus the unique time.
    pub fn lock_seconds(&self, now: DateTime<Utc>) -> Result<Option<i64>, Invalid> {
        self.check()?;
        let Some(unique_for) = self.options.unique_for else {
            return Ok(None);
        };
        let wait = match self.placement(now) {
            Placement::Scheduled(at) => (at - now).to_std().unwrap_or_default(),
            Placement::Pending | Placement::Group(_) => std::time::Duration::ZERO,
        };
        whole_seconds(wait.saturating_add(unique_for), "unique time").map(Some)
    }

    /// Refuses what [`NewTask::message`] and [`NewTask::lock_seconds`] would refuse, without encoding the message.
    pub fn check(&self) -> Result<(), Invalid> {
        let size = self.payload.as_ref().map_or(0, Vec::len);
        if size >= MAX_PAYLOAD {
            return Err(Invalid::PayloadTooLarge(size));
        }
        match self.start {
            Start::At(at) if at >= END => Err(Invalid::TooLate("start")),
            Start::At(_) | Start::Now => self.options.check(),
        }
    }

    /// The message to store. Its `unique_key` is left to the broker, which knows the keys.
    pub fn message(&self) -> Result<Message, Invalid> {
        self.check()?;
        let options = &self.options;
        let deadline = options.deadline.map_or(0, |deadline| deadline.timestamp());
        let timeout = match options.timeout.filter(|timeout| !timeout.is_zero()) {
            None if deadline == 0 => DEFAULT_TIMEOUT,
            timeout => timeout.unwrap_or_default(),
        };
        Ok(Message {
            kind: self.kind.to_string(),
            payload: self.payload.clone().unwrap_or_default(),
            id: self.id.to_string(),
            queue: options.queue.to_string(),
            max_retry: options.max_retry.max(0),
            timeout: whole_seconds(timeout, "timeout")?,
            deadline,
            retention: whole_seconds(options.retention, "retention")?,
            group: options.group.clone().unwrap_or_default(),
            headers: options.headers.clone(),
            ..Message::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

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
            let message = task()
                .with(|options| {
                    options.timeout = timeout_ms.map(Duration::from_millis);
                    options.deadline = deadline.map(|seconds| at(seconds * 1000));
                })
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
        let unique = |start, group: Option<&str>| {
            NewTask { start, ..task() }.with(|options| {
                options.group = group.map(str::to_owned);
                options.unique_for = Some(Duration::from_secs(5));
            })
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
        let short = task().with(|options| options.unique_for = unique_for);
        assert_eq!(short.lock_seconds(at(0)), Err(Invalid::UniqueTooShort));
        let group = Some(" ".to_owned());
        assert_eq!(
            task().with(|options| options.group = group).message(),
            Err(Invalid::BlankGroup)
        );
        let end: DateTime<Utc> = "+10000-01-01T00:00:00Z".parse().unwrap();
        let late = NewTask {
            start: Start::At(end),
            ..task()
        };
        assert_eq!(late.message(), Err(Invalid::TooLate("start")));
        let late = task().with(|options| options.deadline = Some(end));
        assert_eq!(late.message(), Err(Invalid::TooLate("deadline")));
        let long = task().with(|options| options.retention = Duration::MAX);
        assert_eq!(long.message(), Err(Invalid::TooLong("retention")));
        assert_eq!(
            task()
                .with(|options| options.max_retry = -3)
                .message()
                .unwrap()
                .max_retry,
            0
        );
    }
}
