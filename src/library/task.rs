//! A task to enqueue, or as a handler gets it.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::Error;
use crate::task::{Message, NameError, NewTask, QueueName, Start, TaskId, TaskOptions, TaskType};

/// A task: a type, a payload of any bytes, headers, and options for enqueuing.
///
/// The defaults are Asynq's: queue `default`, 25 retries, thirty minutes for each attempt, run at once, not kept
/// after success. A value that Asynq would refuse, such as a blank queue, is reported when the task is enqueued.
/// A handler gets the type, the payload and the headers, but not the options.
///
/// ```
/// use std::time::Duration;
/// use qctl::Task;
///
/// #[derive(serde::Serialize)]
/// struct Welcome { user_id: u64 }
///
/// let task = Task::json("email:welcome", &Welcome { user_id: 42 })?
///     .queue("critical")
///     .max_retry(10)
///     .process_in(Duration::from_secs(10))
///     .header("traceparent", "00-4bf92f35-00f067aa-01");
/// assert_eq!(task.payload(), br#"{"user_id":42}"#);
/// # Ok::<(), qctl::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use = "a task does nothing until it is enqueued"]
pub struct Task {
    pub(super) kind: String,
    pub(super) payload: Option<Vec<u8>>,
    /// The name is checked when the task is enqueued.
    pub(super) queue: Option<String>,
    pub(super) id: Option<String>,
    pub(super) start: When,
    pub(super) options: TaskOptions,
}

#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) enum When {
    #[default]
    Now,
    In(Duration),
    At(DateTime<Utc>),
}

impl Task {
    /// A task with a payload of any bytes.
    pub fn new(kind: impl Into<String>, payload: impl Into<Vec<u8>>) -> Self {
        Self {
            payload: Some(payload.into()),
            ..Self::without_payload(kind)
        }
    }

    /// A task without a payload, like Go's `NewTask` with a nil payload. It differs from an empty payload only in the
    /// uniqueness lock.
    pub fn without_payload(kind: impl Into<String>) -> Self {
        Self {
            kind: kind.into(),
            payload: None,
            queue: None,
            id: None,
            start: When::Now,
            options: TaskOptions::default(),
        }
    }

    /// A task whose payload is this value as JSON.
    ///
    /// # Errors
    /// [`Error::Json`] if the value cannot be written as JSON, for example a map with keys that are not strings.
    pub fn json(kind: impl Into<String>, payload: &impl Serialize) -> Result<Self, Error> {
        let payload = serde_json::to_vec(payload).map_err(Error::Json)?;
        Ok(Self::new(kind, payload))
    }

    /// The queue: `default` unless set.
    pub fn queue(mut self, name: impl Into<String>) -> Self {
        self.queue = Some(name.into());
        self
    }

    /// How many retries may follow the first attempt: 25 by default. With 0, the first failure archives the task.
    pub fn max_retry(mut self, retries: u32) -> Self {
        self.options.max_retry = i32::try_from(retries).unwrap_or(i32::MAX);
        self
    }

    /// How long one attempt may take. Fractions of a second are rounded up. Zero means the default: thirty minutes, or
    /// no limit if there is a deadline.
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.options.timeout = Some(timeout);
        self
    }

    /// No attempt runs past this instant. A whole second; takes `SystemTime` and chrono's `DateTime<Utc>`.
    pub fn deadline(mut self, deadline: impl Into<DateTime<Utc>>) -> Self {
        self.options.deadline = Some(deadline.into());
        self
    }

    /// Delays the first attempt by this time. Rounded up to a whole second.
    pub const fn process_in(mut self, delay: Duration) -> Self {
        self.start = When::In(delay);
        self
    }

    /// The first attempt starts at this instant, or at once if it has passed. Rounded up to a whole second.
    pub fn process_at(mut self, at: impl Into<DateTime<Utc>>) -> Self {
        self.start = When::At(at.into());
        self
    }

    /// Refuses other tasks with the same queue, type and payload for this long, counted from the start time, or until
    /// this task succeeds or is deleted. At least a second.
    pub const fn unique(mut self, lock: Duration) -> Self {
        self.options.unique_for = Some(lock);
        self
    }

    /// How long the task and its result are kept after success: by default, they are deleted at once.
    pub const fn retention(mut self, retention: Duration) -> Self {
        self.options.retention = retention;
        self
    }

    /// Waits in this group until it is merged with others of the group; see
    /// [`WorkerBuilder::groups`](crate::WorkerBuilder::groups). A worker that merges groups must serve the queue.
    pub fn group(mut self, name: impl Into<String>) -> Self {
        self.options.group = Some(name.into());
        self
    }

    /// The id, unique within the queue: a random UUID by default. With an id of your own, enqueuing the task again is
    /// refused while it exists.
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Adds a header. One with the same name is replaced.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.options.headers.insert(name.into(), value.into());
        self
    }

    /// The type.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The payload; empty if there is none.
    pub fn payload(&self) -> &[u8] {
        self.payload.as_deref().unwrap_or_default()
    }

    /// Parses the payload as JSON.
    ///
    /// ```
    /// # use qctl::Task;
    /// let task = Task::new("email:welcome", r#"{"user_id": 42}"#);
    /// let value: serde_json::Value = task.payload_json()?;
    /// assert_eq!(value["user_id"], 42);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    ///
    /// # Errors
    /// The payload is not JSON, or not of this shape. Another attempt will fail too, so a handler usually maps this
    /// with [`HandlerError::skip_retry`](crate::HandlerError::skip_retry).
    pub fn payload_json<T: DeserializeOwned>(&self) -> serde_json::Result<T> {
        serde_json::from_slice(self.payload())
    }

    /// The headers, by name.
    pub const fn headers(&self) -> &BTreeMap<String, String> {
        &self.options.headers
    }

    /// As a handler gets it.
    pub(super) fn received(message: Message) -> Self {
        let mut task = Self::new(message.kind, message.payload);
        task.options.headers = message.headers;
        task
    }

    /// Checks the names; the broker checks the rest.
    pub(super) fn into_new(self, now: DateTime<Utc>) -> Result<NewTask, NameError> {
        let mut options = self.options;
        if let Some(queue) = self.queue {
            options.queue = QueueName::new(queue)?;
        }
        Ok(NewTask {
            kind: TaskType::new(self.kind)?,
            payload: self.payload,
            id: self.id.map_or_else(|| Ok(TaskId::random()), TaskId::new)?,
            start: match self.start {
                When::Now => Start::Now,
                When::In(delay) => TimeDelta::from_std(delay)
                    .ok()
                    .and_then(|delay| now.checked_add_signed(delay))
                    .map_or(Start::At(DateTime::<Utc>::MAX_UTC), Start::At),
                When::At(at) => Start::At(at),
            },
            options,
        })
    }
}
