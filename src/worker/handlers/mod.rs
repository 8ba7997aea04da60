//! What runs a task, what it gets, and how it is asked to end.

pub(crate) mod capture;
pub(crate) mod command;
pub(crate) mod environment;
pub(crate) mod exec_limit;
pub(crate) mod exit_codes;
pub mod guardian;
#[cfg(feature = "cli")]
pub(crate) mod hook;
#[cfg(feature = "cli")]
pub(crate) mod http;
pub(crate) mod mux;
mod not_started;
#[cfg(feature = "cli")]
pub(crate) mod pipe;
mod pipes;
pub(crate) mod runner;
pub(crate) mod surroundings;
pub(crate) mod transcript;

use chrono::{DateTime, Utc};
use futures_util::future::{BoxFuture, ready};
use tokio::sync::watch;

pub use self::transcript::Transcript;
use crate::task::Message;
use crate::task::transition::{Failure, TaskResult};

/// One run of a task.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// The task.
    pub message: Message,
    /// When this attempt must have ended.
    pub deadline: DateTime<Utc>,
    /// For what the handler prints.
    pub transcript: Transcript,
}

/// Why an attempt must end before its handler is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopReason {
    /// Its timeout or deadline has passed.
    TimedOut,
    /// An operator cancelled it.
    Cancelled,
    /// The lease is lost: another worker may have the task by now.
    LeaseLost,
    /// The worker is shutting down and has waited long enough.
    Aborted,
}

/// Notifies a handler that its attempt must end.
#[derive(Debug, Clone)]
pub struct Stop(watch::Receiver<Option<StopReason>>);

/// The sending side of a [`Stop`]; the first reason given stays.
#[derive(Debug, Clone)]
pub struct Stopper(watch::Sender<Option<StopReason>>);

impl Stopper {
    /// Both sides.
    pub fn new() -> (Self, Stop) {
        let (sender, receiver) = watch::channel(None);
        (Self(sender), Stop(receiver))
    }

    /// Asks the attempt to end.
    pub fn stop(&self, reason: StopReason) {
        self.0.send_if_modified(|current| {
            let first = current.is_none();
            current.get_or_insert(reason);
            first
        });
    }
}

impl Stop {
    /// The reason, if the attempt has been asked to end.
    pub fn reason(&self) -> Option<StopReason> {
        *self.0.borrow()
    }

    /// Waits until the attempt is asked to end; forever if it never is.
    pub async fn requested(&mut self) -> StopReason {
        match self.0.wait_for(Option::is_some).await.map(|reason| *reason) {
            Ok(Some(reason)) => reason,
            // The sender is gone, so nobody can ask any more.
            Ok(None) | Err(_) => std::future::pending().await,
        }
    }
}

/// Something that can run tasks.
///
/// A worker starts its handlers once, runs attempts, many at the same time, and stops them once.
pub trait Handler: Send + Sync + 'static {
    /// Prepares for attempts, before the first one. On an error, a text for people, the worker does not start.
    fn start(&self) -> BoxFuture<'_, Result<(), String>> {
        Box::pin(ready(Ok(())))
    }

    /// How many attempts it can run at the same time, once it has started; `None` = any number. Other tasks are not claimed.
    fn room(&self) -> Option<usize> {
        None
    }

    /// Runs one attempt. The result is stored if the task has a retention.
    ///
    /// The future should end soon after `stop` is requested; if it does not, it is dropped, so dropping it
    /// must leave nothing behind.
    fn run<'a>(
        &'a self,
        attempt: &'a Attempt,
        stop: Stop,
    ) -> BoxFuture<'a, Result<TaskResult, Failure>>;

    /// Releases what is kept between attempts. No attempt is running, and none will follow.
    fn stop(&self) -> BoxFuture<'_, ()> {
        Box::pin(ready(()))
    }
}

/// A handler that could not start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("handler {pattern:?} cannot start ({reason})")]
pub struct NotStarted {
    /// The pattern of its types.
    pub pattern: String,
    /// Why, for people.
    pub reason: String,
}

impl<F> Handler for F
where
    F: for<'a> Fn(&'a Attempt, Stop) -> BoxFuture<'a, Result<TaskResult, Failure>>
        + Send
        + Sync
        + 'static,
{
    fn run<'a>(
        &'a self,
        attempt: &'a Attempt,
        stop: Stop,
    ) -> BoxFuture<'a, Result<TaskResult, Failure>> {
        self(attempt, stop)
    }
}
